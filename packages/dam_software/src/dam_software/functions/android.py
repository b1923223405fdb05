"""Android packages: what the manifest says, and the icon."""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING, Any

from dam.core.analysis import understood
from dam.core.exceptions import ContentCorruptError, ContentRefusedError
from dam_software.functions.android_binary import Element, Value, read_xml
from dam_software.functions.android_icon import PICTURES, Painter
from dam_software.functions.android_table import ResourceTable

if TYPE_CHECKING:
    from PIL import Image

MOST_MANIFEST_BYTES, MOST_TABLE_BYTES, MOST_ICON_BYTES = 8 << 20, 64 << 20, 8 << 20
MOST_PERMISSIONS = 200


def read_apk(file: IO[bytes]) -> tuple[dict[str, Any], dict[str, bytes], Image.Image | None]:
    """What a package says about itself, its icon ({"icon": a picture}) where it has one of pixels, else its icon drawn.

    Raises ContentError.
    """
    with understood("The package"), zipfile.ZipFile(file) as package:
        manifest = list(read_xml(_member(package, "AndroidManifest.xml", MOST_MANIFEST_BYTES), "manifest").all())
        names = set(package.namelist())
        has_table = "resources.arsc" in names
        table = ResourceTable(_member(package, "resources.arsc", MOST_TABLE_BYTES) if has_table else b"")
        info = _told(manifest, table)
        told = next((one.values for one in manifest if one.name == "application"), {})
        value = told.get("icon", told.get("roundIcon"))
        icon = next((name for name in table.files(value) if name in names), "")
        if icon.endswith(PICTURES):
            return info, {"icon": _member(package, icon, MOST_ICON_BYTES)}, None
        painter = Painter(table, lambda name: _member(package, name, MOST_ICON_BYTES) if name in names else None)
        return info, {}, painter.icon(value)


def _member(package: zipfile.ZipFile, name: str, most: int) -> bytes:
    with package.open(name) as member:
        data = member.read(most + 1)
    if len(data) > most:
        raise ContentRefusedError(f"The package's {name} unpacks to more than {most >> 20} MiB; it is not read.")
    return data


def _told(manifest: list[Element], table: ResourceTable) -> dict[str, Any]:
    """The fields of SoftwareInfoComponent."""
    first: dict[str, dict[str, Value | str]] = {}
    for element in manifest:
        first.setdefault(element.name, element.values)
    if "manifest" not in first:
        raise ContentCorruptError("The package's manifest is damaged.")
    head, application, sdk = (first.get(name, {}) for name in ("manifest", "application", "uses-sdk"))
    named = {name: table.text(head.get(name)) for name in ("package", "versionCode")}
    named |= {name: table.text(sdk.get(name)) for name in ("minSdkVersion", "targetSdkVersion")}
    asked = [element.values for element in manifest if element.name == "uses-permission"][:MOST_PERMISSIONS]
    details: dict[str, Any] = {key: value for key, value in named.items() if value}
    details["permissions"] = [permission for values in asked if (permission := table.text(values.get("name")))]
    return {
        "format": "apk",
        "product": table.text(application.get("label")) or named.get("package"),
        "version": table.text(head.get("versionName")) or named.get("versionCode"),
        "details": details,
    }

"""The XMP of a picture as a flat dictionary under ExifTool's tag names.

Namespaces are dropped and names begin with a capital; a field of a structure is named after both ("RegionsAppliedToDimensionsW").
The packet is parsed with defusedxml: no entity is expanded, nothing outside is read. Source: ISO 16684-1 (XMP part 1) and
https://exiftool.org/TagNames/XMP.html.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # it ships no types
from defusedxml.ElementTree import ParseError, fromstring  # type: ignore[import-untyped]  # it ships no types

from dam_media_image.functions.exif_values import apex_aperture, apex_shutter, plain_number

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_PACKET = 8 << 20
_MAX_DEPTH = 12

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_META = "{adobe:ns:meta/}"
_CAMERA_SPACES = ("{http://ns.adobe.com/exif/", "{http://ns.adobe.com/tiff/", "{http://cipa.jp/exif/")

# Where ExifTool's name of a property is not its own name with a capital.
_NAMES: dict[str, str] = {
    "DateTimeDigitized": "CreateDate",
    "ExposureBiasValue": "ExposureCompensation",
    "FocalLengthIn35mmFilm": "FocalLengthIn35mmFormat",
    "ISOSpeedRatings": "ISO",
    "ImageLength": "ImageHeight",
    "PixelXDimension": "ExifImageWidth",
    "PixelYDimension": "ExifImageHeight",
    "CreatorContactInfoCiAdrCity": "CreatorCity",
    "CreatorContactInfoCiAdrCtry": "CreatorCountry",
    "CreatorContactInfoCiAdrExtadr": "CreatorAddress",
    "CreatorContactInfoCiAdrPcode": "CreatorPostalCode",
    "CreatorContactInfoCiAdrRegion": "CreatorRegion",
    "CreatorContactInfoCiEmailWork": "CreatorWorkEmail",
    "CreatorContactInfoCiTelWork": "CreatorWorkTelephone",
    "CreatorContactInfoCiUrlWork": "CreatorWorkURL",
}
_APEX = {"ApertureValue": apex_aperture, "MaxApertureValue": apex_aperture, "ShutterSpeedValue": apex_shutter}
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?")
_RATIONAL = re.compile(r"([+-]?\d{1,15})/(\d{1,15})")
_COORDINATE = re.compile(r"(\d{1,3})(?:,(\d{1,2}(?:\.\d+)?))?(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])")


def read_xmp(packet: bytes | str) -> dict[str, Any]:
    """Read an XMP packet: text, numbers of the camera's properties, signed decimal degrees, lists for bags and sequences.

    Raises `ValueError` for a packet that is not well-formed, too large, or that declares entities.
    """
    raw = packet.encode("utf-8", "surrogateescape") if isinstance(packet, str) else packet
    if len(raw) > MAX_PACKET:
        raise ValueError(f"the packet has {len(raw)} bytes, more than {MAX_PACKET}")
    try:
        root = fromstring(raw.strip(b"\x00 \t\r\n"), forbid_dtd=True)
    except DefusedXmlException as error:
        raise ValueError("the packet has a document type, which XMP has no use for") from error
    except (ParseError, LookupError) as error:
        raise ValueError(f"the packet is not well-formed XML: {error}") from error
    fields: dict[str, Any] = {}
    toolkit = root.get(f"{_META}xmptk")
    if toolkit:
        fields["XMPToolkit"] = toolkit
    for rdf in root.iter(f"{_RDF}RDF"):
        for description in rdf:
            _add_struct(description, "", fields, 0)
    return fields


def _add_struct(element: Element, prefix: str, fields: dict[str, Any], depth: int) -> None:
    """Add the properties of a structure: its attributes, and its children."""
    for name, text in element.attrib.items():
        if not name.startswith((_RDF, "{http://www.w3.org/XML")) and name.startswith("{"):
            _add(fields, _name(prefix, name), _text_value(name, text))
    for child in element:
        _add_property(child, _name(prefix, child.tag), fields, depth + 1)


def _add_property(element: Element, name: str, fields: dict[str, Any], depth: int) -> None:
    if depth > _MAX_DEPTH:
        return
    container = next((child for child in element if child.tag in (f"{_RDF}Alt", f"{_RDF}Bag", f"{_RDF}Seq")), None)
    if container is not None:
        _add_container(element, container, name, fields, depth)
    elif element.find(f"{_RDF}Description") is not None:
        _add_struct(next(iter(element.iter(f"{_RDF}Description"))), name, fields, depth)
    elif len(element) or any(not key.startswith("{http://www.w3.org/") for key in element.attrib):
        _add_struct(element, name, fields, depth)
    else:
        _add(fields, name, _text_value(element.tag, element.text or element.get(f"{_RDF}resource") or ""))


def _add_container(element: Element, container: Element, name: str, fields: dict[str, Any], depth: int) -> None:
    """Add a list, or the languages of a text: the default one under the plain name, others as "Title-de"."""
    values: list[Any] = []
    for item in container:
        language = item.get(_XML_LANG)
        if container.tag == f"{_RDF}Alt" and language is not None:
            _add(fields, name if language == "x-default" else f"{name}-{language}", _text_value(element.tag, item.text or ""))
        elif len(item) or any(not key.startswith("{http://www.w3.org/XML") for key in item.attrib):
            _add_property(item, name, fields, depth + 1)
        else:
            value = _text_value(element.tag, item.text or "")
            if value is not None:
                values.append(value)
    if values:
        fields[name] = values[0] if container.tag == f"{_RDF}Alt" else values
    if name not in fields:
        other = next((key for key in fields if key.startswith(f"{name}-")), None)
        if other is not None:
            fields[name] = fields[other]


def _add(fields: dict[str, Any], name: str, value: Any) -> None:
    """Keep a value; a second one of the same name (a field of a list of structures) makes a list."""
    if value is None:
        return
    known = fields.get(name)
    if known is None:
        fields[name] = value
    elif isinstance(known, list):
        known.append(value)
    elif known != value:
        fields[name] = [known, value]


def _name(prefix: str, tag: str) -> str:
    local = tag.rpartition("}")[2]
    name = prefix + local[:1].upper() + local[1:]
    return _NAMES.get(name, name)


def _text_value(tag: str, text: str) -> Any:
    """The value of a simple property; None for an empty one."""
    text = text.strip()
    if not text:
        return None
    if date := _DATE.fullmatch(text):
        year, month, day, clock, zone = date.groups()
        return f"{year}:{month}:{day}" + (f" {clock}{zone or ''}" if clock else "")
    if tag.startswith(_CAMERA_SPACES) or tag.endswith("}Rating"):
        value = _camera_value(text)
        reader = _APEX.get(tag.rpartition("}")[2])
        return reader(value) if reader else value
    return text


def _camera_value(text: str) -> Any:
    if place := _COORDINATE.fullmatch(text):
        whole, minutes, seconds, side = place.groups()
        value = float(whole) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
        return round(-value if side in "SW" else value, 10)
    if rational := _RATIONAL.fullmatch(text):
        return plain_number(int(rational[1]) / int(rational[2])) if int(rational[2]) else None
    if _NUMBER.fullmatch(text):
        return plain_number(float(text)) if "." in text else int(text)
    return text

"""Storage URNs: exact names for the places of content, and paths as text for people.

    fs://<root>/<relative path>              a file beneath a root
    fs://local/<absolute path>               a file of this machine, by its absolute path
    fs://s3/<bucket>/<key>                   an object in an S3-compatible store
    fs://system/dam_cache/<sha256>/<name>    a derived file in the cache
    cas://sha256/<hash>                      an object in the store
    archive://<entity>/<name>[#<n>]          a member of an archive; n tells members of the same name apart
    virtual://<type>/<id>                    a thing without bytes of its own

The path is made of raw bytes, percent-encoded (RFC 3986, section 2.1), so every name that a disk can hold comes back unchanged.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes

from dam.core.exceptions import UsageError

SCHEMES = ("fs", "cas", "archive", "virtual")
LOCAL = "local"
SYSTEM = "system"
CACHE = b"dam_cache"

_URN = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/]*)/(?P<path>.*)", re.DOTALL | re.IGNORECASE)
_OCCURRENCE = re.compile(r"(?P<path>.*)#(?P<number>[0-9]{1,9})", re.DOTALL)
_SHA256 = re.compile(rb"[0-9a-f]{64}")
_SAFE = "/!$&'()*+,;=:@"
"""What a path may hold unencoded besides letters, digits and -._~ (RFC 3986, `pchar`)."""


@dataclass(frozen=True, slots=True)
class Urn:
    """One place of content, exactly.

    `authority` is what stands before the path: a root, `sha256`, an archive's entity id, or a virtual type. `path` is raw bytes.
    `occurrence` tells archive members of the same name apart. Raises UsageError when the parts make no URN.
    """

    scheme: str
    authority: str
    path: bytes
    occurrence: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be a place."""
        shown = display_path(_raw(self.authority))
        problem = _problem(self)
        if problem:
            raise UsageError(f"'{self.scheme}://{shown}/…' is no storage URN: {problem}.")

    def __str__(self) -> str:
        """The URN as text; `parse_urn` reads it back unchanged."""
        number = "" if self.occurrence is None else f"#{self.occurrence}"
        return f"{self.scheme}://{quote_from_bytes(_raw(self.authority), safe='')}/{quote_from_bytes(self.path, safe=_SAFE)}{number}"


def _raw(text: str) -> bytes:
    """The text as raw bytes, with the bytes that `os.fsdecode` could not decode as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        shown = text.encode("utf-8", "replace").decode()
        raise UsageError(f"'{shown}' holds characters that are no text, so it cannot be part of a URN.") from error


def _problem(urn: Urn) -> str | None:
    """What is wrong with the parts, or None."""
    if urn.scheme not in SCHEMES:
        return f"its scheme must be one of {', '.join(SCHEMES)}"
    if not urn.authority or not urn.path:
        return "it must have a name before and after the slash"
    if "\0" in urn.authority:
        return "its first part holds a zero byte"
    if urn.scheme != "archive" and urn.occurrence is not None:
        return "only a member of an archive has a number"
    match urn.scheme:
        case "fs":
            parts = urn.path.split(b"/")
            return "a path may not hold '..' or a zero byte" if b".." in parts or b"\0" in urn.path else None
        case "cas":
            right = urn.authority == "sha256" and _SHA256.fullmatch(urn.path) is not None
            return None if right else "it must be cas://sha256/ and 64 hexadecimal digits"
        case "archive":
            right = urn.authority.isascii() and urn.authority.isdecimal() and (urn.occurrence is None or 0 <= urn.occurrence < 10**9)
            return None if right else "the archive must be given by the number of its entity"
        case _:
            return None


def parse_urn(text: str) -> Urn:
    """Read a storage URN; raises UsageError when it is none.

    Characters that should be percent-encoded are taken as they stand, so a path may be pasted. `fs://local` takes the absolute path
    with or without its first slash.
    """
    found = _URN.fullmatch(text)
    if found is None:
        shown = display_path(text.encode("utf-8", "replace"))
        raise UsageError(
            f"'{shown}' is no storage URN; it should look like fs://photos/a.jpg, with one of the schemes {', '.join(SCHEMES)}."
        )
    scheme, rest, occurrence = found["scheme"].lower(), found["path"], None
    numbered = _OCCURRENCE.fullmatch(rest) if scheme == "archive" else None
    if numbered:
        rest, occurrence = numbered["path"], int(numbered["number"])
    authority = unquote_to_bytes(_raw(found["authority"])).decode("utf-8", "surrogateescape")
    path = unquote_to_bytes(_raw(rest))
    if scheme == "cas":
        path = path.lower()
    elif (scheme, authority) == ("fs", LOCAL):
        path = path.lstrip(b"/")
    return Urn(scheme, authority, path, occurrence)


def location_urn(root: str, path: bytes) -> str:
    """The URN of a file beneath a root: `root` is the root's name, `path` the raw path relative to it."""
    return str(Urn("fs", root, path))


def store_urn(sha256: bytes) -> str:
    """The URN of an object in the store, by its 32-byte SHA-256."""
    return str(Urn("cas", "sha256", sha256.hex().encode()))


def member_urn(archive: int, name: bytes, occurrence: int | None = None) -> str:
    """The URN of a member of an archive: `archive` is the archive's entity id, `name` the member's name as the archive has it."""
    return str(Urn("archive", str(archive), name, occurrence))


def virtual_urn(kind: str, identifier: str) -> str:
    """The URN of a thing without bytes of its own."""
    return str(Urn("virtual", kind, _raw(identifier)))


def cache_urn(sha256: bytes, name: str) -> str:
    """The URN of a derived file in the cache: the 32-byte SHA-256 of what it is derived from, and the file's name."""
    return str(Urn("fs", SYSTEM, CACHE + b"/" + sha256.hex().encode() + b"/" + _raw(name)))


def path_of_urn(text: str) -> tuple[str, bytes] | None:
    """The root's name and the raw path in an `fs://` URN; None when the text is something else (a plain path, another scheme).

    For `fs://local/…` the root's name is "local" and the path is absolute without its first slash. Raises UsageError for a broken one.
    """
    if not text.lower().startswith("fs://"):
        return None
    urn = parse_urn(text)
    return urn.authority, urn.path


def display_path(path: bytes) -> str:
    """A raw path as text for people: never exact, always harmless.

    UTF-8 with a replacement sign for what is none, in the composed form (NFC). Control characters and invisible ones that turn the
    direction of writing (Unicode TR 36, section 2.5) are shown as their number, so that a name cannot pretend to be another.
    """
    text = unicodedata.normalize("NFC", path.decode("utf-8", "replace"))
    return text if text.isprintable() else "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    """The character, or its number when it would not be seen. The joiners stay: emoji and several scripts are written with them."""
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") and character not in "\u200c\u200d"
    return f"\\u{ord(character):04x}" if hidden else character

r"""PARAM.SFO: what a game says about itself.

Source: PlayStation developer wiki, "PARAM.SFO". Little endian: a header of 20 bytes (magic `\0PSF`, version, start of the keys, start
of the values, number of entries), then 16 bytes an entry (place of the key, format, length, length at most, place of the value).
"""

from __future__ import annotations

import struct

from dam.core.exceptions import ContentCorruptError

MAGIC = b"\0PSF"
MOST_BYTES = 1 << 20
"""No PARAM.SFO is larger; the real ones have some hundred bytes."""

_HEADER = struct.Struct("<4s4xIII")
_ENTRY = struct.Struct("<HHIII")
_TEXT, _NUMBER = {0x0004, 0x0204}, 0x0404


def parse_sfo(data: bytes) -> dict[str, str | int]:
    """Read the parameters: name to text or number, in the file's order. Raises ContentCorruptError for what is no PARAM.SFO."""
    if len(data) < _HEADER.size or not data.startswith(MAGIC):
        raise ContentCorruptError("The PARAM.SFO does not begin as one does.")
    _, keys, values, count = _HEADER.unpack_from(data)
    end = _HEADER.size + count * _ENTRY.size
    if end > len(data) or not end <= keys <= values <= len(data):
        raise ContentCorruptError("The PARAM.SFO points beyond its own end.")
    return dict(_parameter(data, keys, values, *_ENTRY.unpack_from(data, _HEADER.size + place * _ENTRY.size)) for place in range(count))


def _parameter(data: bytes, keys: int, values: int, key: int, kind: int, length: int, _room: int, value: int) -> tuple[str, str | int]:
    name_end = data.find(b"\0", keys + key, values)
    if name_end < 0 or values + value + length > len(data):
        raise ContentCorruptError("The PARAM.SFO points beyond its own end.")
    name = data[keys + key : name_end].decode("utf-8", "replace")
    raw = data[values + value : values + value + length]
    if kind in _TEXT:
        return name, raw.partition(b"\0")[0].decode("utf-8", "replace").strip()
    if kind == _NUMBER and length == 4:
        return name, int.from_bytes(raw, "little")
    raise ContentCorruptError(f"The PARAM.SFO holds '{name}' in a form that is not known.")

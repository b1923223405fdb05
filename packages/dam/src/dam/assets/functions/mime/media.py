"""Signatures of pictures, sound and films that take more than a comparison of the first bytes."""

from __future__ import annotations

import struct

from dam.assets.functions.mime.glimpse import Glimpse
from dam.assets.functions.mime.table import BRANDS, IFF_FORMS, OGG_PICTURES, OGG_SOUND, RIFF_FORMS


def riff(seen: Glimpse) -> str | None:
    """RIFF, RF64 and BW64: the form type after the size (Multimedia Programming Interface 1.0; EBU Tech 3306)."""
    return RIFF_FORMS.get(seen.head[8:12])


def iff(seen: Glimpse) -> str | None:
    """EA IFF 85: the form type after the size."""
    return IFF_FORMS.get(seen.head[8:12])


def dsdiff(seen: Glimpse) -> str | None:
    """DSDIFF 1.5, 3.1: a FRM8 chunk of form DSD."""
    return "audio/x-dff" if seen.head[12:16] == b"DSD " else None


def bitmap(seen: Glimpse) -> str | None:
    """Windows bitmap: a file header, then an info header of a known size (BITMAPINFOHEADER and its kin)."""
    known = {12, 16, 40, 52, 56, 64, 108, 124}
    return "image/bmp" if len(seen.head) >= 26 and struct.unpack_from("<I", seen.head, 14)[0] in known else None


def bzip2(seen: Glimpse) -> str | None:
    """bzip2: a block size, then the magic of a block or of the end."""
    digit, magic = seen.head[3:4], seen.head[4:10]
    return "application/x-bzip2" if b"1" <= digit <= b"9" and magic in (b"1AY&SY", b"\x17rE8P\x90") else None


def base_media(seen: Glimpse) -> str | None:
    """ISO base media (ISO/IEC 14496-12, 4.3) by its brands: MP4, QuickTime, 3GPP, HEIF, AVIF, CR3, JPEG 2000."""
    head = seen.head
    end = min(struct.unpack_from(">I", head)[0], 512)
    major = head[8:12]
    compatible = {head[place : place + 4] for place in range(16, end - 3, 4)}
    if major in (b"mif1", b"mif2", b"msf1", b"miaf"):
        # A structural brand; the coding stands among the compatible ones (ISO/IEC 23008-12, 10.2)
        for brand in (b"avif", b"avis", b"heic", b"heix", b"hevc", b"hevx"):
            if brand in compatible:
                return BRANDS[brand]
    if major[:2] == b"3g":
        return "video/3gpp2" if major[:3] == b"3g2" else "video/3gpp"  # 3GPP TS 26.244, 5.3; 3GPP2 C.S0050
    return BRANDS.get(major, "video/mp4")


def jpeg2000(seen: Glimpse) -> str | None:
    """JPEG 2000 (ITU-T T.800, I.5): the signature box, then a file type box."""
    return BRANDS.get(seen.head[20:24], "image/jp2")


def matroska(seen: Glimpse) -> str | None:
    """Matroska and WebM by the DocType of the EBML header (RFC 8794, 11.2.4)."""
    place = seen.head.find(b"\x42\x82", 4, 4096)
    if place < 0 or place + 3 > len(seen.head) or not seen.head[place + 2] & 0x80:
        return None
    length = seen.head[place + 2] & 0x7F
    doc_type = seen.head[place + 3 : place + 3 + length].rstrip(b"\0")
    return {b"webm": "video/webm", b"matroska": "video/x-matroska"}.get(doc_type)


def ogg(seen: Glimpse) -> str | None:
    """Ogg by the first packets of its streams (RFC 3533, 6): a picture among them makes it video."""
    head, place, sound = seen.head, 0, False
    for _ in range(16):
        if head[place : place + 4] != b"OggS" or place + 27 > len(head) or not head[place + 5] & 2:
            break
        lacing = head[place + 27 : place + 27 + head[place + 26]]
        packet = place + 27 + len(lacing)
        if head.startswith(OGG_PICTURES, packet):
            return "video/ogg"
        sound = sound or head.startswith(OGG_SOUND, packet)
        place = packet + sum(lacing)
    return "audio/ogg" if sound else None


def id3(seen: Glimpse) -> str | None:
    """What follows an ID3v2 tag (ID3v2.4 structure, 3.1); a tag longer than the glimpse is taken for an MP3's."""
    head = seen.head
    if len(head) < 10 or head[3] > 4 or max(head[6:10]) > 0x7F:
        return None
    end = 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]) + (10 if head[5] & 0x10 else 0)
    if end >= len(head):
        return "audio/mpeg" if seen.size > end else None
    rest = head[end : end + 8192].lstrip(b"\0")
    for prefix, mime in ((b"fLaC", "audio/flac"), (b"MAC ", "audio/x-ape"), (b"TTA1", "audio/x-tta"), (b"wvpk", "audio/x-wavpack")):
        if rest.startswith(prefix):
            return mime
    return _frame(rest)


def _frame(data: bytes) -> str | None:
    """MPEG audio or AAC ADTS by the sync word (ISO/IEC 11172-3, 2.4.1.3; 13818-7, 6.2)."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    layer = data[1] >> 1 & 3
    if layer == 0:
        return "audio/aac" if data[1] & 0xF6 == 0xF0 and data[2] >> 2 & 15 < 13 else None
    valid = data[1] >> 3 & 3 != 1 and data[2] >> 4 != 15 and data[2] >> 2 & 3 != 3
    return "audio/mpeg" if valid else None


def transport_stream(seen: Glimpse) -> str | None:
    """MPEG transport stream: a sync byte every 188 bytes (ISO/IEC 13818-1, 2.4.3), or every 192 behind a time stamp (Blu-ray)."""
    for first, step in ((0, 188), (4, 192)):
        packets = range(first, min(len(seen.head), first + 8 * step), step)
        if len(packets) >= 3 and all(seen.head[place] == 0x47 for place in packets):
            return "video/mp2t"
    return None


def compressed_iso(seen: Glimpse) -> str | None:
    """CSO and ZSO: the size of the disk, then a block size that is a power of two (the CISO header of PSP tools)."""
    if len(seen.head) < 24:
        return None
    total, block = struct.unpack_from("<QI", seen.head, 8)
    return "application/x-compressed-iso" if total and 512 <= block <= 1 << 22 and not block & (block - 1) else None


def windows_program(seen: Glimpse) -> str | None:
    """Portable Executable: the place of its signature stands in the DOS header (PE format, "Signature")."""
    if len(seen.head) < 64:
        return None
    place = struct.unpack_from("<I", seen.head, 60)[0]
    return "application/vnd.microsoft.portable-executable" if seen.at(place, 4) == b"PE\0\0" else None


def stereolithography(seen: Glimpse) -> str | None:
    """Binary STL: 80 bytes of anything, the number of triangles, and 50 bytes for each; nothing else tells it."""
    if len(seen.head) < 84 or b"\0" not in seen.head:
        return None
    triangles = struct.unpack_from("<I", seen.head, 80)[0]
    return "model/stl" if triangles and seen.size == 84 + 50 * triangles else None


def tiff(seen: Glimpse) -> str | None:
    """TIFF (6.0, section 2) and BigTIFF; CR2 marks itself behind the header. Other raw photos are TIFF here, see `camera_raw`."""
    return "image/x-canon-cr2" if seen.head[8:11] == b"CR\2" else "image/tiff"


_MAKE, _NEW_SUBFILE_TYPE, _COMPRESSION, _DNG_VERSION = 0x010F, 0x00FE, 0x0103, 0xC612
_MAKERS = ((b"NIKON", "image/x-nikon-nef"), (b"SONY", "image/x-sony-arw"), (b"PENTAX", "image/x-pentax-pef"))
_MAKERS_COMPRESSIONS = (32767, 34713, 65535)  # Sony, Nikon, Pentax


def camera_raw(head: bytes) -> str | None:
    """The raw photo format that a TIFF is, by the tags of its first directory (TIFF 6.0, section 2); None for a plain picture.

    DNGVersion makes it a DNG (DNG 1.7, chapter 3). A camera's own format has the maker's name, and either a reduced picture in the first
    directory (the raw one lies deeper) or the maker's own compression there. A TIFF that was developed from a raw photo has neither.
    """
    tags = _first_directory(head)
    if _DNG_VERSION in tags:
        return "image/x-adobe-dng"
    make = tags.get(_MAKE)
    compression, reduced = tags.get(_COMPRESSION), tags.get(_NEW_SUBFILE_TYPE)
    if not isinstance(make, bytes) or (reduced != 1 and compression not in _MAKERS_COMPRESSIONS):
        return None
    return next((mime for name, mime in _MAKERS if make.upper().startswith(name)), None)


def _first_directory(head: bytes) -> dict[int, bytes | int]:
    """The tags of the first directory as far as they are needed: texts as bytes, all else as the first number."""
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    start = struct.unpack_from(order + "I", head, 4)[0] if order and len(head) >= 8 else 0
    if order is None or not 8 <= start <= len(head) - 2:
        return {}
    count = min(struct.unpack_from(order + "H", head, start)[0], 256, (len(head) - start - 2) // 12)
    tags: dict[int, bytes | int] = {}
    for place in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, number, value = struct.unpack_from(order + "HHII", head, place)
        if kind == 2:
            text = value if number > 4 else place + 8
            tags[tag] = head[text : text + min(number, 64)]
        else:
            tags[tag] = struct.unpack_from(order + "H", head, place + 8)[0] if kind == 3 else value
    return tags

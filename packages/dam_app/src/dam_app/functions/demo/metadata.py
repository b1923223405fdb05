"""Metadata blocks for the demo pictures: Exif, XMP and IPTC.

Sources: Exif 2.32 (CIPA DC-008), XMP specification part 1 and 3 (Adobe), IPTC-IIM 4.2 in Photoshop's image resource 0x0404.
"""

from __future__ import annotations

import struct
from datetime import datetime
from xml.sax.saxutils import escape

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from dam_app.functions.demo.picture import Caption, Picture, Place

AUTHOR = "Robin Vale"


def exif_block(picture: Picture) -> Image.Exif:
    """Build the Exif block of a picture: orientation always; camera, exposure, time and place where they are known."""
    exif = Image.Exif()
    base = ExifTags.Base
    exif[base.Orientation] = picture.orientation
    taken = datetime.fromisoformat(picture.taken)
    stamp = taken.strftime("%Y:%m:%d %H:%M:%S")
    if picture.camera:
        offset = taken.strftime("%z")
        offset = f"{offset[:3]}:{offset[3:]}"
        exif[base.Make], exif[base.Model] = picture.camera.make, picture.camera.model
        exif[base.DateTime], exif[base.Artist] = stamp, AUTHOR
        details = exif.get_ifd(ExifTags.IFD.Exif)
        details[base.ExifVersion] = b"0232"
        details[base.DateTimeOriginal] = details[base.DateTimeDigitized] = stamp
        details[base.OffsetTime] = details[base.OffsetTimeOriginal] = details[base.OffsetTimeDigitized] = offset
        if picture.camera.lens:
            details[base.LensModel] = picture.camera.lens
        if picture.exposure:
            details[base.ExposureTime] = IFDRational(*picture.exposure.seconds)
            details[base.FNumber] = IFDRational(round(picture.exposure.aperture * 10), 10)
            details[base.ISOSpeedRatings] = picture.exposure.iso
            details[base.FocalLength] = IFDRational(round(picture.exposure.focal * 10), 10)
    if picture.place:
        _write_place(exif, picture.place)
    return exif


def _write_place(exif: Image.Exif, place: Place) -> None:
    gps, where = ExifTags.GPS, exif.get_ifd(ExifTags.IFD.GPSInfo)
    where[gps.GPSVersionID] = b"\x02\x03\x00\x00"
    where[gps.GPSLatitudeRef], where[gps.GPSLatitude] = ("N" if place.latitude >= 0 else "S"), _sexagesimal(place.latitude)
    where[gps.GPSLongitudeRef], where[gps.GPSLongitude] = ("E" if place.longitude >= 0 else "W"), _sexagesimal(place.longitude)
    where[gps.GPSAltitudeRef] = b"\x00" if place.altitude >= 0 else b"\x01"
    where[gps.GPSAltitude] = IFDRational(round(abs(place.altitude) * 10), 10)


def _sexagesimal(degrees: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    hundredths = round(abs(degrees) * 360_000)
    whole, rest = divmod(hundredths, 360_000)
    minutes, seconds = divmod(rest, 6_000)
    return IFDRational(whole, 1), IFDRational(minutes, 1), IFDRational(seconds, 100)


def xmp_packet(caption: Caption) -> bytes:
    """Build an XMP packet with title, keywords and rating."""
    words = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in caption.keywords)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmp:Rating="{caption.rating}">'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(caption.title)}</rdf:li></rdf:Alt></dc:title>'
        f"<dc:creator><rdf:Seq><rdf:li>{AUTHOR}</rdf:li></rdf:Seq></dc:creator>"
        f"<dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def iptc_segment(caption: Caption, place: Place | None) -> bytes:
    """Build the APP13 segment of a JPEG that carries IPTC title, keywords, author and place in UTF-8."""
    records = [(1, 90, b"\x1b%G"), (2, 5, caption.title.encode()), (2, 80, AUTHOR.encode())]
    records += [(2, 25, word.encode()) for word in caption.keywords]
    if place:
        records += [(2, 90, place.city.encode()), (2, 101, place.country.encode())]
    data = b"".join(struct.pack(">BBBH", 0x1C, record, number, len(value)) + value for record, number, value in records)
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(data)) + data + b"\0" * (len(data) % 2)
    body = b"Photoshop 3.0\0" + resource
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def with_segment(jpeg: bytes, segment: bytes) -> bytes:
    """Insert a marker segment into a JPEG behind its APP0 and APP1 segments."""
    at = 2
    while jpeg[at : at + 2] in (b"\xff\xe0", b"\xff\xe1"):
        at += 2 + int(struct.unpack(">H", jpeg[at + 2 : at + 4])[0])
    return jpeg[:at] + segment + jpeg[at:]

"""What a picture says about itself: EXIF, IPTC, XMP, texts; and what follows from it."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin

from dam.core.analysis import Content
from dam_media_image.functions.analysis import analyse_picture
from dam_media_image.functions.facts import PictureFacts

Look = Callable[..., PictureFacts]
Rational = TiffImagePlugin.IFDRational


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Save a small picture with Pillow's options, and analyse it."""

    def run(name: str = "JPEG", data: bytes | None = None, **options: Any) -> PictureFacts:
        path = tmp_path / "picture"
        if data is None:
            Image.new("RGB", (24, 16), "#336699").save(path, name, **options)
        else:
            path.write_bytes(data)
        facts = analyse_picture(Content(str(path), "", path.stat().st_size, str(tmp_path)), {"thumbnail_sizes": {}})
        json.dumps(facts, allow_nan=False)
        assert facts["problem"] is None
        return facts

    return run


def exif_of(main: dict[int, Any] | None = None, exif: dict[int, Any] | None = None, gps: dict[int, Any] | None = None) -> Image.Exif:
    block = Image.Exif()
    for tag, value in (main or {}).items():
        block[tag] = value
    block.get_ifd(0x8769).update(exif or {})
    block.get_ifd(0x8825).update(gps or {})
    return block


def xmp_of(body: str, attributes: str = "") -> bytes:
    spaces = {
        "dc": "http://purl.org/dc/elements/1.1/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "exif": "http://ns.adobe.com/exif/1.0/",
        "tiff": "http://ns.adobe.com/tiff/1.0/",
        "photoshop": "http://ns.adobe.com/photoshop/1.0/",
        "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    }
    names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in spaces.items())
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" {names} {attributes}>'
        f'{body}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def iptc_jpeg(*datasets: tuple[int, int, bytes]) -> bytes:
    """A JPEG with IPTC datasets in a Photoshop segment."""
    records = b"".join(b"\x1c" + bytes([record, number]) + struct.pack(">H", len(value)) + value for record, number, value in datasets)
    resource = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(records)) + records + b"\x00" * (len(records) % 2)
    body = b"Photoshop 3.0\x00" + resource
    plain = io.BytesIO()
    Image.new("RGB", (24, 16)).save(plain, "JPEG")
    return plain.getvalue()[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + plain.getvalue()[2:]


FULL = exif_of(
    {
        0x010E: "A bird",
        0x010F: "Maker\x00",
        0x0110: "Model 1  ",
        0x0112: 1,
        0x0132: "2020:01:02 03:04:05",
        0x4746: 4,
        0x8298: "Somebody",
        0x9C9B: "Títle".encode("utf-16-le") + b"\x00\x00",
        0x9C9E: "a;b".encode("utf-16-le"),
    },
    {
        0x829A: Rational(1, 250),
        0x829D: Rational(28, 10),
        0x8827: 400,
        0x9000: b"0230",
        0x9003: "2019:05:01 12:00:01",
        0x9004: "2019:05:01 12:00:02",
        0x9011: "+02:00",
        0x9101: b"\x01\x02\x03\x00",
        0x9201: Rational(8, 1),
        0x9202: Rational(3, 1),
        0x9204: Rational(-1, 3),
        0x9291: "25",
        0x9286: b"UNICODE\x00" + "Grüße".encode("utf-16-le"),
        0x920A: Rational(50, 1),
        0x927C: b"secret notes of the maker",
        0xA002: 24,
        0xA003: 16,
        0xA300: b"\x03",
        0xA405: 75,
        0xA431: "S-1",
        0xA432: (Rational(18, 1), Rational(55, 1), Rational(35, 10), Rational(56, 10)),
        0xA434: "Lens 18-55",
    },
    {
        0: b"\x02\x03\x00\x00",
        1: "S",
        2: (33, 51, Rational(3540, 100)),
        3: "E",
        4: (151, Rational(125, 10), 0),
        5: b"\x01",
        6: Rational(123, 10),
        7: (10, 20, Rational(305, 10)),
        29: "2019:05:01",
    },
)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_exif_has_exiftools_names_and_plain_values(name: str, look: Look) -> None:
    facts = look(name, exif=FULL.tobytes())
    wanted = {
        "ImageDescription": "A bird",
        "Make": "Maker",
        "Model": "Model 1",
        "Orientation": 1,
        "ModifyDate": "2020:01:02 03:04:05",
        "Copyright": "Somebody",
        "Rating": 4,
        "XPTitle": "Títle",
        "ExposureTime": 0.004,
        "FNumber": 2.8,
        "ISO": 400,
        "ExifVersion": "0230",
        "DateTimeOriginal": "2019:05:01 12:00:01",
        "CreateDate": "2019:05:01 12:00:02",
        "OffsetTimeOriginal": "+02:00",
        "SubSecTimeOriginal": "25",
        "ComponentsConfiguration": "1 2 3 0",
        "ShutterSpeedValue": 0.00390625,
        "ApertureValue": 2.828427125,
        "ExposureCompensation": -0.3333333333,
        "UserComment": "Grüße",
        "FocalLength": 50,
        "ExifImageWidth": 24,
        "ExifImageHeight": 16,
        "FileSource": 3,
        "FocalLengthIn35mmFormat": 75,
        "SerialNumber": "S-1",
        "LensInfo": "18 55 3.5 5.6",
        "LensModel": "Lens 18-55",
        "GPSVersionID": "2 3 0 0",
        "GPSLatitude": 33.8598333333,
        "GPSLatitudeRef": "S",
        "GPSAltitudeRef": 1,
        "GPSTimeStamp": "10:20:30.5",
        "GPSDateStamp": "2019:05:01",
    }
    if name == "AVIF":  # Pillow keeps it outside of the block
        del wanted["Orientation"]
    assert {key: facts["exif"].get(key) for key in wanted} == wanted
    assert not {"MakerNote", "ExifOffset", "GPSInfo", "StripOffsets"} & set(facts["exif"])
    assert facts["captured_at"] == "2019-05-01T12:00:01.25+02:00"
    assert facts["geo"] == {"latitude": pytest.approx(-33.8598333), "longitude": pytest.approx(151.2083333), "altitude": -12.3}
    assert (facts["title"], facts["description"], facts["keywords"], facts["rating"]) == ("Títle", "A bird", ["a", "b"], 4)


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (95, 0, 0), 3: "E", 4: (10, 0, 0)},
        {1: "N", 2: (45, 0, 0), 3: "E", 4: (181, 0, 0)},
        {2: (45, 0, 0), 4: (10, 0, 0)},
        {1: "N", 2: (Rational(1, 0), 0, 0), 3: "E", 4: (10, 0, 0)},
        {1: "X", 2: (45, 0, 0), 3: "E", 4: (10, 0, 0)},
        {1: "N", 2: (45, 0, 0)},
    ],
)
def test_a_place_that_is_none_is_refused(gps: dict[int, Any], look: Look) -> None:
    assert look(exif=exif_of(gps=gps))["geo"] is None


@pytest.mark.parametrize(("sides", "signs"), [("NE", (1, 1)), ("SW", (-1, -1)), ("NW", (1, -1)), ("SE", (-1, 1))])
def test_the_sides_of_the_earth_give_the_signs(sides: str, signs: tuple[int, int], look: Look) -> None:
    geo = look(exif=exif_of(gps={1: sides[0], 2: (12, 30, 0), 3: sides[1], 4: (60, Rational(150, 10), 36)}))["geo"]
    assert geo == {"latitude": 12.5 * signs[0], "longitude": pytest.approx(60.26 * signs[1]), "altitude": None}


@pytest.mark.parametrize(
    ("exif", "wanted"),
    [
        ({0x9003: "2019:05:01 12:00:00"}, "2019-05-01T12:00:00"),
        ({0x9003: "2019:05:01 12:00:00", 0x9011: "-03:30"}, "2019-05-01T12:00:00-03:30"),
        ({0x9003: "2019:05:01 12:00:00", 0x9011: "nonsense", 0x9291: "   "}, "2019-05-01T12:00:00"),
        ({0x9003: "0000:00:00 00:00:00", 0x9004: "2018:02:03 04:05:06"}, "2018-02-03T04:05:06"),
        ({0x9003: "2019:13:45 99:00:00"}, None),
        ({0x9003: "    :  :     :  :  "}, None),
    ],
)
def test_the_moment_is_iso_8601_with_an_offset_only_if_the_file_says_one(exif: dict[int, Any], wanted: str | None, look: Look) -> None:
    assert look(exif=exif_of(exif=exif))["captured_at"] == wanted


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_xmp_is_flat_under_exiftools_names(name: str, look: Look) -> None:
    body = """
        <dc:title><rdf:Alt><rdf:li xml:lang="de">Vogel</rdf:li><rdf:li xml:lang="x-default">Bird</rdf:li></rdf:Alt></dc:title>
        <dc:description><rdf:Alt><rdf:li xml:lang="x-default">A &lt;b&gt; bird</rdf:li></rdf:Alt></dc:description>
        <dc:subject><rdf:Bag><rdf:li>bird</rdf:li><rdf:li>tree</rdf:li></rdf:Bag></dc:subject>
        <dc:creator><rdf:Seq><rdf:li>Ann</rdf:li></rdf:Seq></dc:creator>
        <exif:GPSLatitude>51,34.5455N</exif:GPSLatitude><exif:GPSLongitude>1,34,30W</exif:GPSLongitude>
        <exif:GPSAltitude>2955/10</exif:GPSAltitude><exif:GPSAltitudeRef>0</exif:GPSAltitudeRef>
        <exif:Flash rdf:parseType="Resource"><exif:Fired>False</exif:Fired></exif:Flash>
        <Iptc4xmpCore:CreatorContactInfo><rdf:Description Iptc4xmpCore:CiAdrCity="Bern"/></Iptc4xmpCore:CreatorContactInfo>"""
    attributes = (
        'xmp:Rating="-1" photoshop:DateCreated="2012-02-19T16:43:29.5+01:00" tiff:Make="Maker" tiff:ImageLength="16" photoshop:City=" "'
    )
    packet = xmp_of(body, attributes)
    options: dict[str, dict[str, Any]] = {"PNG": {"pnginfo": _itxt(packet)}, "TIFF": {"tiffinfo": {700: packet}}}
    facts = look(name, **options.get(name, {"xmp": packet}))
    xmp = facts["xmp"]
    assert (xmp["Title"], xmp["Title-de"], xmp["Description"], xmp["Subject"]) == ("Bird", "Vogel", "A <b> bird", ["bird", "tree"])
    assert (xmp["Creator"], xmp["Rating"], xmp["Make"], xmp["ImageHeight"]) == (["Ann"], -1, "Maker", 16)
    assert (xmp["DateCreated"], xmp["FlashFired"], xmp["CreatorCity"]) == ("2012:02:19 16:43:29.5+01:00", "False", "Bern")
    assert "City" not in xmp
    assert facts["geo"] == {"latitude": pytest.approx(51.5757583), "longitude": pytest.approx(-1.575), "altitude": 295.5}
    assert (facts["title"], facts["keywords"], facts["rating"]) == ("Bird", ["bird", "tree"], -1)
    assert facts["captured_at"] == "2012-02-19T16:43:29.5+01:00"
    assert facts["exif"]["Make"] == "Maker"
    assert facts["notes"] == []


def _itxt(packet: bytes) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet.decode())
    return info


def test_exif_comes_before_xmp(look: Look) -> None:
    block = exif_of({0x010F: "From EXIF"}, {0x9003: "2019:05:01 12:00:00"}, {1: "N", 2: (1, 0, 0), 3: "E", 4: (2, 0, 0)})
    body = "<exif:GPSLatitude>51,0N</exif:GPSLatitude><exif:GPSLongitude>1,0W</exif:GPSLongitude>"
    facts = look(exif=block, xmp=xmp_of(body, 'tiff:Make="From XMP" exif:DateTimeOriginal="2001-01-01T00:00:00"'))
    assert facts["exif"]["Make"] == "From EXIF"
    assert facts["captured_at"] == "2019-05-01T12:00:00"
    assert facts["geo"] == {"latitude": 1.0, "longitude": 2.0, "altitude": None}


HOSTILE = {
    "external entity": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    "parameter entity": '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">',
    "billion laughs": '<!DOCTYPE r [<!ENTITY a "lol">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10)) + "]>",
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_xmp_is_noted_and_costs_nothing_else(attack: str, look: Look) -> None:
    packet = HOSTILE[attack].encode() + b'<x:xmpmeta xmlns:x="adobe:ns:meta/">&x;&a9;</x:xmpmeta>'
    facts = look(exif=FULL, xmp=packet)
    assert facts["xmp"] == {}
    assert facts["exif"]["Make"] == "Maker"
    assert len(facts["notes"]) == 1
    assert facts["notes"][0].startswith("XMP cannot be read")


@pytest.mark.parametrize("packet", [b"<x", b"\xff\x00\xfe", b"<a>" * 50_000, xmp_of("<dc:title>" + "<rdf:Bag><rdf:li>" * 500)[:6000]])
def test_broken_xmp_is_noted(packet: bytes, look: Look) -> None:
    facts = look("WEBP", exif=FULL, xmp=packet)
    assert facts["notes"]
    assert facts["exif"]["Make"] == "Maker"


def test_iptc_has_exiftools_names(look: Look) -> None:
    facts = look(
        data=iptc_jpeg(
            (1, 90, b"\x1b%G"),
            (2, 0, b"\x00\x04"),
            (2, 5, "Tïtle".encode()),
            (2, 25, b"one"),
            (2, 25, b"two"),
            (2, 55, b"20050113"),
            (2, 60, b"120102+0100"),
            (2, 80, b"Ann"),
            (2, 90, b"Bern"),
            (2, 120, b"A caption"),
        )
    )
    assert facts["iptc"] == {
        "ObjectName": "Tïtle",
        "Keywords": ["one", "two"],
        "DateCreated": "2005:01:13",
        "TimeCreated": "12:01:02+01:00",
        "By-line": ["Ann"],
        "City": "Bern",
        "Caption-Abstract": "A caption",
        "ApplicationRecordVersion": 4,
        "CodedCharacterSet": "UTF8",
    }
    assert (facts["title"], facts["description"], facts["keywords"]) == ("Tïtle", "A caption", ["one", "two"])
    assert facts["captured_at"] == "2005-01-13T12:01:02+01:00"


def test_iptc_without_a_character_set_is_utf_8_or_else_latin_1(look: Look) -> None:
    facts = look(data=iptc_jpeg((2, 25, "größe".encode()), (2, 25, "größe".encode("latin-1")), (2, 90, b"X\x00")))
    assert facts["iptc"] == {"Keywords": ["größe", "größe"], "City": "X"}
    assert facts["keywords"] == ["größe"]


def test_broken_iptc_is_noted(look: Look) -> None:
    facts = look(data=iptc_jpeg((2, 5, b"x")).replace(b"\x1c\x02\x05", b"\x99\x02\x05"))
    assert facts["iptc"] == {}
    assert facts["notes"][0].startswith("IPTC cannot be read")


@pytest.mark.parametrize("text", ["© \u4e16\u754c".encode(), "© größe".encode("latin-1")])
def test_text_is_utf_8_or_else_latin_1(text: bytes, look: Look) -> None:
    block = exif_of({0x013B: "X" * len(text)}).tobytes().replace(b"X" * len(text), text)
    assert look(exif=block)["exif"]["Artist"] in ("© \u4e16\u754c", "© größe")


def test_a_broken_tag_costs_only_itself(look: Look) -> None:
    block = exif_of({0x010F: "Maker"}, {0x829A: Rational(1, 0), 0x829D: Rational(28, 10), 0x9286: b"", 0x9201: Rational(-(10**9), 1)})
    facts = look(exif=block)
    assert facts["exif"]["FNumber"] == 2.8
    assert not {"ExposureTime", "UserComment", "ShutterSpeedValue"} & set(facts["exif"])


def test_broken_exif_is_noted_and_costs_nothing_else(look: Look) -> None:
    data = FULL.tobytes()
    for block in (b"Exif\x00\x00garbage!", data[:60], data.replace(struct.pack(">HHI", 0x8769, 4, 1), struct.pack(">HHI", 0x8769, 2, 9))):
        facts = look(exif=block, xmp=xmp_of("", 'xmp:Rating="3"'))
        assert facts["rating"] == 3
        assert facts["notes"]


def test_a_namespace_is_capped(look: Look) -> None:
    facts = look("TIFF", tiffinfo={0x010E: "x" * 300_000, 0x010F: "Maker"})
    assert "ImageDescription" not in facts["exif"]
    assert facts["exif"]["Make"] == "Maker"
    assert "too large" in facts["notes"][0]


def test_metadata_after_the_pixels_of_a_png_is_found(look: Look) -> None:
    plain = io.BytesIO()
    Image.new("RGB", (24, 16)).save(plain, "PNG")
    whole = plain.getvalue()
    packet = b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + zlib.compress(xmp_of("", 'xmp:Rating="5"'))
    chunks = [
        (b"eXIf", FULL.tobytes()[6:]),
        (b"tEXt", b"Description\x00A text"),
        (b"iTXt", packet),
        (b"zTXt", b"Title\x00\x00" + zlib.compress(b"T")),
    ]
    tail = b"".join(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)
    facts = look(data=whole[:-12] + tail + whole[-12:])
    assert (facts["exif"]["Make"], facts["rating"], facts["description"]) == ("Maker", 5, "A bird")
    assert facts["notes"] == []


def test_texts_and_comments(look: Look) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "A title")
    info.add_itxt("Description", "Ä description")
    info.add_text("Comment", "A comment", zip=True)
    facts = look("PNG", pnginfo=info)
    assert (facts["title"], facts["description"], facts["comment"]) == ("A title", "Ä description", "A comment")
    assert look("GIF", comment=b"Made by hand")["comment"] == "Made by hand"
    assert look("JPEG", comment="Grüße".encode())["comment"] == "Grüße"
    assert look("BMP")["comment"] is None


def test_a_text_bomb_costs_only_the_metadata(look: Look) -> None:
    plain = io.BytesIO()
    Image.new("RGB", (24, 16)).save(plain, "PNG")
    body = b"Comment\x00\x00" + zlib.compress(b"x" * 80_000_000)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    for at in (33, len(plain.getvalue()) - 12):
        facts = look(data=plain.getvalue()[:at] + chunk + plain.getvalue()[at:])
        assert (facts["width"], facts["comment"]) == (24, None)
        assert facts["hashes"] is not None

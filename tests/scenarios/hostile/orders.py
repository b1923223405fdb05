"""Documents, drawings and films that ask to be obeyed: entities, scripts, actions, addresses, and names of other files."""

from __future__ import annotations

import gzip

from papers import assembled, docx, epub, odf, packed, pdf  # type: ignore[import-not-found]  # in packages/dam_document/tests

ADDRESS = "http://127.0.0.1:{port}/canary"
SECRET = "{secret}"
"""What a hostile file wants to reach: a listener of the test, and a file outside the folder that is indexed."""

LAUGHS = "".join(f"<!ENTITY {chr(98 + number)} '{f'&{chr(97 + number)};' * 20}'>" for number in range(6))
ENTITIES = {
    "laughs": f"<!DOCTYPE d [<!ENTITY a '{'x' * 1000}'>{LAUGHS}]>",
    "file": f"<!DOCTYPE d [<!ENTITY g SYSTEM 'file://{SECRET}'>]>",
    "address": f"<!DOCTYPE d [<!ENTITY g SYSTEM '{ADDRESS}'>]>",
    "parameter": f"<!DOCTYPE d [<!ENTITY % p SYSTEM '{ADDRESS}'> %p; <!ENTITY g 'x'>]>",
    "outer": f"<!DOCTYPE d SYSTEM '{ADDRESS}' [<!ENTITY g 'x'>]>",
}
XML = "<?xml version='1.0'?>"
SVG = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='40' height='30'>{inside}</svg>"
IN_SVG = {
    "script": f"<script>fetch('{ADDRESS}')</script><rect width='9' height='9' onload='alert(1)'/>",
    "picture": f"<image xlink:href='{ADDRESS}' width='9' height='9'/><image href='file://{SECRET}' width='9' height='9'/>",
    "style": f"<style>@import url('{ADDRESS}'); rect {{ fill: url('{ADDRESS}') }}</style><rect width='9' height='9'/>",
    "foreign": f"<foreignObject width='9' height='9'><iframe xmlns='http://www.w3.org/1999/xhtml' src='{ADDRESS}'/></foreignObject>",
    "use": "<g id='a'><use href='#a'/><use href='#a'/></g><use href='#a'/>",
    "deep": "<g>" * 50_000 + "</g>" * 50_000,
    "pattern": "".join(f"<g id='g{n}'>" + f"<use href='#g{n - 1}'/>" * 10 + "</g>" for n in range(1, 12)) + "<use href='#g11'/>",
}
PACKET = (
    "{entities}<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    "<rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/' dc:format='&g;'/></rdf:RDF></x:xmpmeta>"
)
ACTIONS = {
    "javascript": f"/OpenAction << /S /JavaScript /JS (app.launchURL\\('{ADDRESS}'\\)) >>",
    "launch": f"/OpenAction << /S /Launch /F ({SECRET}) >>",
    "unix": f"/OpenAction << /S /Launch /Unix << /F (/usr/bin/touch) /P ({SECRET}.made) >> >>",
    "uri": f"/OpenAction << /S /URI /URI ({ADDRESS}) >>",
    "submit": f"/OpenAction << /S /SubmitForm /F << /FS /URL /F ({ADDRESS}) >> >>",
    "remote": f"/OpenAction << /S /GoToR /F ({SECRET}) /D [0 /Fit] >>",
    "import": f"/OpenAction << /S /ImportData /F ({SECRET}) >>",
    "additional": "/AA << /WC << /S /JavaScript /JS (this.exportDataObject\\({cName: 'x', nLaunch: 2}\\)) >> >>",
    "names": "/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (app.alert\\(1\\)) >>] >> >>",
    "embedded": "/Names << /EmbeddedFiles << /Names [(evil.exe) << /Type /Filespec /F (evil.exe) >>] >> >>",
}
PLAYLISTS = {
    "concat.mp4": "ffconcat version 1.0\nfile neighbour.mp4\n",
    "concat upwards.mkv": "ffconcat version 1.0\nfile ../secret\n",
    "concat absolute.mp4": f"ffconcat version 1.0\nfile 'file:{SECRET}'\n",
    "hls.mp4": f"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\n{ADDRESS}\n#EXT-X-ENDLIST\n",
    "hls file.mkv": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{SECRET}\n#EXT-X-ENDLIST\n",
    "hls map.m3u8": f'#EXTM3U\n#EXT-X-MAP:URI="{ADDRESS}"\n#EXT-X-KEY:METHOD=AES-128,URI="{ADDRESS}"\n#EXTINF:1,\na.ts\n',
    "dash.mpd": f"{XML}<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><BaseURL>{ADDRESS}</BaseURL><Period/></MPD>",
    "session.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 49170 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "titles.mp4": f"1\n00:00:00,000 --> 00:00:01,000\n<img src='{ADDRESS}'>\n",
    "list.xspf": f"{XML}{ENTITIES['file']}<playlist xmlns='http://xspf.org/ns/0/'><title>&g;</title></playlist>",
    "things.plist": f"{XML}{ENTITIES['laughs']}<plist version='1.0'><string>&g;</string></plist>",
    "reference.mov": f"[Reference]\nRef1={ADDRESS}\n",
    "stream.asx": f"<asx version='3.0'><entry><ref href='{ADDRESS}'/></entry></asx>",
    "shortcut.url": f"[InternetShortcut]\nURL={ADDRESS}\nIconFile={ADDRESS}\n",
    "page.html": f"<html><head><base href='{ADDRESS}'><script src='{ADDRESS}'></script></head><body><img src='{ADDRESS}'></body></html>",
    "page.md": f"# A page\n\n![x]({ADDRESS}) <script>alert(1)</script>\n",
}  # fmt: skip


def looping_pages() -> bytes:
    """A PDF whose tree of pages contains itself."""
    made: bytes = assembled(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2000000000 /Parent 2 0 R >>"])
    return made


def packed_objects() -> bytes:
    """A PDF with a stream of objects that says to unpack to very much, and does."""
    import zlib

    stream = zlib.compress(bytes(200 << 20), 1)
    filters = "/Type /ObjStm /N 1000000 /First 4 /Filter [/FlateDecode /FlateDecode]"
    body = f"3 0 obj\n<< {filters} /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream\nendobj\n"
    whole: bytes = pdf("A page.")
    return whole.replace(b"%PDF-1.4\n", b"%PDF-1.5\n" + body) + body


def nested_message(depth: int) -> bytes:
    """A message within a message within a message."""
    head = b"From: a@example.org\nSubject: nested\nMIME-Version: 1.0\n"
    parts = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (number, number) for number in range(depth))
    return head + parts + b"Content-Type: text/plain\n\nthe end\n"


def many_parts(count: int) -> bytes:
    """A message of so many parts."""
    head = b'From: a@example.org\nSubject: many\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    return head + b'--b\nContent-Disposition: attachment; filename="../../evil"\n\nx\n' * count + b"--b--\n"


def paper_files(port: int, secret: str) -> dict[str, bytes]:
    """All of them by the names of their files; `port` is the listener's, `secret` the path of the file that none may read."""
    texts = {f"svg {name}.svg": SVG.format(inside=inside) for name, inside in IN_SVG.items()}
    texts |= {f"svg entity {name}.svg": XML + entity + SVG.format(inside="<text y='9'>&g;</text>") for name, entity in ENTITIES.items()}
    texts |= {f"packet {name}.xmp": PACKET.replace("{entities}", entity) for name, entity in ENTITIES.items()}
    texts |= {f"list {name}": text for name, text in PLAYLISTS.items()}
    files = {name: filled(text, port, secret) for name, text in texts.items()}
    for name, entity in ENTITIES.items():
        xml = filled(f"{XML}{entity}<w:document xmlns:w='w'><w:p><w:t>&g;</w:t></w:p></w:document>", port, secret).decode()
        files[f"entity {name}.docx"] = docx(**{"word/document.xml": xml})
        files[f"entity {name}.odt"] = packed({"content.xml": xml}, ("mimetype", "application/vnd.oasis.opendocument.text"))
        files[f"entity {name}.epub"] = packed({"META-INF/container.xml": xml}, ("mimetype", "application/epub+zip"))
    for name, action in ACTIONS.items():
        files[f"action {name}.pdf"] = pdf("Hello", root=filled(action, port, secret).decode())
    return files | {
        "pages.pdf": looping_pages(),
        "objects.pdf": packed_objects(),
        "nested.eml": nested_message(10_000),
        "parts.eml": many_parts(10_000),
        "script.svgz": gzip.compress(filled(SVG.format(inside=IN_SVG["script"]), port, secret)),
        "fine.odt": odf(),
        "fine.epub": epub(),
    }


def filled(text: str, port: int, secret: str) -> bytes:
    """The text with what it wants to reach."""
    return text.replace("{port}", str(port)).replace(SECRET, secret).encode()

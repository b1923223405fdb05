"""Kinds of text that show in the first lines."""

from __future__ import annotations

import json
import re

from dam.assets.functions.mime.glimpse import Glimpse
from dam.assets.functions.mime.table import PRECISE_XML, XML_ROOTS

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SUBTITLE = re.compile(r"\s*\d{1,6}\r?\n\d{1,3}:\d\d:\d\d[,.]\d{1,3} --> \d{1,3}:\d\d:\d\d[,.]\d{1,3}")
_SCRIPT = re.compile(r"^\[V4\+? Styles\]|^ScriptType:", re.MULTILINE)
"""(Advanced) SubStation Alpha, of which there is no standard: sections that players expect."""
_PROLOGUE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s+[^\[>]*+(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)(?=[\s/>])")
_WEB_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_STRING, _NUMBER = r'"(?:[^"\\\x00-\x1f]|\\.)*+"', r"-?\d[\d.eE+-]*+"
_JSON_START = re.compile(rf"\s*(?:\[\s*)*+(?:\{{\s*{_STRING}\s*:|\[\s*(?:{_STRING}|{_NUMBER}|true|false|null)\s*,)")
_WAVEFRONT = re.compile(r"^v[ \t]+-?[\d.][\d.eE+-]*[ \t]+-?[\d.]", re.MULTILINE)
_WAVEFRONT_FACE = re.compile(r"^(?:f|l)[ \t]+-?\d+(?:/-?\d*){0,2}[ \t]+-?\d", re.MULTILINE)

LONGEST_PROLOGUE = 8192


def decoded(head: bytes) -> str | None:
    """The bytes as text when they seem to be text: without zero bytes, or in UTF-16 with its mark at the start."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, "replace")
    return None if b"\0" in head[:8192] else head.decode("utf-8", "replace")


def text_kind(seen: Glimpse) -> str | None:
    """The kind of a text by its first characters; None when they do not tell."""
    text = decoded(seen.head[:LONGEST_PROLOGUE])
    if text is None:
        return None
    if re.match(r"WEBVTT(?=[ \t\r\n]|\Z)", text):  # W3C WebVTT, 4.1
        return "text/vtt"
    if _SUBTITLE.match(text):
        return "application/x-subrip"
    if text.lstrip().startswith("[Script Info]") and _SCRIPT.search(text):
        return "text/x-ssa"
    start = text.lstrip()[:1]
    if start == "<":
        return markup_kind(text)
    return json_kind(seen) if start in ("{", "[") else None


def markup_kind(text: str) -> str | None:
    """XML and HTML by the outermost element, behind declarations, comments and a document type (XML 1.0, 2.8)."""
    if _WEB_PAGE.match(text.lstrip()):
        return "text/html"
    declared = text.lstrip().startswith("<?xml ")
    known = XML_ROOTS.get(xml_root(text))
    return known or ("text/xml" if declared else None)


def xml_root(text: str) -> str:
    """The local name of the outermost element in lower case, or nothing."""
    place = 0
    while skipped := _PROLOGUE.match(text, place):
        place = skipped.end()
    found = _ROOT.match(text, place)
    return found[1].lower() if found else ""


def json_kind(seen: Glimpse) -> str | None:
    """JSON (RFC 8259) or one JSON value a line: by parsing when all is seen, else by a beginning that little else has."""
    text = decoded(seen.head) or ""
    if seen.size <= len(seen.head) and _parses(text):
        return "application/json"
    lines = text.split("\n", 2)
    if len(lines) > 1 and lines[1].startswith(("{", "[")) and _parses(lines[0]):
        return "application/x-ndjson"
    return "application/json" if seen.size > len(seen.head) and _JSON_START.match(text[:LONGEST_PROLOGUE]) else None


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def precise_text(mime_type: str, head: bytes) -> str:
    """A narrower name for a text, XML or JSON, where its content tells it; else the same name."""
    text = decoded(head) or ""
    if mime_type == "application/json":
        # glTF 2.0, 5.17: "asset" is the one property that must be there
        is_model = re.search(r'"asset"\s*:\s*\{', text) and re.search(r'"(?:scenes|meshes|nodes|buffers)"\s*:\s*\[', text)
        return "model/gltf+json" if is_model else mime_type
    if text.lstrip().startswith("<"):
        return PRECISE_XML.get(xml_root(text[:LONGEST_PROLOGUE]), mime_type)
    if re.match(r"solid\b", text) and re.search(r"^[ \t]*+(?:facet[ \t]+normal|endsolid)\b", text, re.MULTILINE):
        return "model/stl"
    if text.startswith(("ply\n", "ply\r\n")):
        return "model/x-ply"
    if _WAVEFRONT.search(text) and (_WAVEFRONT_FACE.search(text) or re.search(r"^(?:mtllib|usemtl|vn) ", text, re.MULTILINE)):
        return "model/obj"
    if re.search(r"^newmtl[ \t]+\S", text, re.MULTILINE):
        return "model/mtl"
    return "application/mbox" if re.match(r"From \S+ .*\d{4}\r?\n[\w-]+:", text) else mime_type  # RFC 4155, appendix A

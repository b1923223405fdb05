"""Web pages and other markup, as the words that a reader sees. Nothing in them is run or fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from dam.core.analysis import Content
from dam_document.functions.plain import LARGEST_TEXT, decoded
from dam_document.functions.reading import Full, Reading, iso_moment, new_reading, value, values

_BLANKS = re.compile(r"[ \t\r\n\f]+")
UNSEEN = ["script", "style", "noscript", "template", "head", "svg", "iframe", "object"]
BLOCKS = (
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "footer", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td", "th", "title", "tr", "ul",
)  # fmt: skip
"""Elements that end a line."""


def read_html(content: Content, settings: Mapping[str, Any]) -> Reading:
    """Read a web page: what it says of itself, and its text."""
    reading = new_reading("html", settings)
    data = content.read(LARGEST_TEXT)
    add_page(reading, data)
    return reading


def add_page(reading: Reading, data: bytes) -> None:
    """Add a web page to what was read."""
    tree = LexborHTMLParser(decoded(data))
    told: dict[str, str] = {}
    for node in tree.css("meta[name][content], meta[property][content]")[:200]:
        name = (node.attributes.get("name") or node.attributes.get("property") or "").lower()
        told.setdefault(name, node.attributes.get("content") or "")
    title = tree.css_first("head > title") or tree.css_first("title")
    reading.title = reading.title or value(title.text() if title else told.get("og:title"))
    reading.author = reading.author or value(told.get("author"))
    reading.description = reading.description or value(told.get("description") or told.get("og:description"))
    reading.keywords = reading.keywords or values(told.get("keywords"))
    reading.producer = reading.producer or value(told.get("generator"))
    reading.created = reading.created or iso_moment(told.get("article:published_time") or told.get("date"))
    root = tree.css_first("html")
    reading.language = reading.language or value(root.attributes.get("lang") if root else None)
    reading.has_scripts = reading.has_scripts or tree.css_first("script") is not None
    with suppress(Full):
        reading.text.add(_seen(tree))


def markup_text(data: bytes) -> str:
    """The words of a web page alone."""
    return _seen(LexborHTMLParser(decoded(data)))


def _seen(tree: LexborHTMLParser) -> str:
    tree.strip_tags(UNSEEN)
    body: LexborNode | None = tree.body
    if body is None:
        return ""
    pieces: list[str] = []
    waiting: list[LexborNode | str] = [body]
    while waiting:  # no recursion, for pages may be nested as deep as they like
        node = waiting.pop()
        if isinstance(node, str):
            pieces.append(node)
        elif node.tag == "-text":
            pieces.append(node.text(deep=False) if node.parent and node.parent.tag == "pre" else _BLANKS.sub(" ", node.text(deep=False)))
        else:
            if node.tag in BLOCKS:
                pieces.append("\n")
                waiting.append("\n")
            waiting += reversed(list(node.iter(include_text=True)))
    return "".join(pieces)

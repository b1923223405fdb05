"""What can be told of a file by its first bytes."""

from __future__ import annotations

import re

from dam.assets.resources import Facts

_XMP = re.compile(rb"<(?:\w+:)?xmpmeta\b|<rdf:RDF\b[^>]*>\s*<rdf:Description\b[^>]*http://ns\.adobe\.com/")
_HEAD = 16_384


def is_sidecar(facts: Facts) -> bool:
    """Whether a text is an XMP packet, as programs for photos keep it beside a picture (ISO 16684-1, 7.3.3)."""
    return _XMP.search(facts.get("head", b"")[:_HEAD]) is not None

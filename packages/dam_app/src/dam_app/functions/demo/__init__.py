"""A collection that the program paints by itself, for who has no pictures at hand (`dam serve --demo`).

`collection` decides whether to make it, `drawing` makes the files, `photographs` and `artworks` say which; the painters are
`mountains`, `shores`, `towns`, `closeups`, `abstracts` and `graphics`, `oddities` adds copies and damaged files, and `canvas`
and `metadata` are the tools of all.
"""

from dam_app.functions.demo.collection import DemoSummary, make_demo_collection

__all__ = ["DemoSummary", "make_demo_collection"]

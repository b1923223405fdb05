"""Finds assets by name, path, tag, title or type."""

from __future__ import annotations

from typing import Annotated

import typer

from dam_app.cli.ls import MEMBERS, ls


def search(
    query: Annotated[
        list[str],
        typer.Argument(
            help='Words, "phrases", tag:x, type:image, mime:image/*, path:2019/, name:x, status:ready, date:2019-05..2020, added:2024, '
            "size:>10MB, width:>=4000, height:500, duration:<60, rating:>=4; -x for not (after --)."
        ),
    ],
    sort: Annotated[str, typer.Option(help="captured, added, name, size or id; -name turns it around.")] = "captured",
    limit: Annotated[int, typer.Option(help="At most so many; 0 means all.", min=0)] = 0,
    *,
    members: Annotated[bool | None, MEMBERS] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
) -> None:
    """Find assets by file name, path, tag, title or type."""
    ls(" ".join(query), None, None, sort, limit, members=members, as_json=as_json, as_jsonl=as_jsonl)

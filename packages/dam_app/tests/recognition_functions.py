"""Analyses for test_recognition.py: what a child runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dam.core.analysis import Content


def first_line(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"first": Path(content.path).read_text().partition("\n")[0]}


def all_lines(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"lines": Path(content.path).read_text().splitlines()}

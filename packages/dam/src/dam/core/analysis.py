"""What an analysis is: a pure function that a child process runs on one file.

This module is imported by every child, so it imports nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

AnalysisFunction: TypeAlias = "Callable[[Content, Mapping[str, Any]], Mapping[str, Any]]"


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file, and a folder to write results to.

    `path` is opened for reading only. `scratch` is an empty folder that belongs to this one run: files left in it are taken
    over by the caller under the names that the function's answer gives, everything else is removed.
    """

    path: str
    mime_type: str
    size: int
    scratch: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """The name, version and function of one analysis.

    `function` is an import path `package.module:function` of an `AnalysisFunction`: it takes a `Content` and the plugin's
    settings as plain data, and returns plain data that JSON can carry (dict, list, str, int, float, bool, None).
    It raises a `ContentError` for a file that cannot be understood. A higher `version` means that old answers are computed anew.
    `timeout` is in seconds, `memory` in bytes of address space.
    """

    name: str
    version: int
    function: str
    timeout: float = 60.0
    memory: int = 1 << 30

"""What holds for the processes that read files, as one of them sees it; `dam doctor` shows it."""

from __future__ import annotations

import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dam.core.analysis import Analysis, Content

PROBE = Analysis("worker.probe", 1, "dam.core.worker_probe:probe", timeout=60, memory=256 << 20)


def probe(content: Content, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whether memory is limited, and in which network this process is."""
    del content, settings
    return {"memory": resource.getrlimit(resource.RLIMIT_DATA)[0] != resource.RLIM_INFINITY, "network": network()}


def network() -> str:
    """The network that this process is in, as the system names it; "" where it does not tell. See network_namespaces(7)."""
    try:
        return str(Path("/proc/self/ns/net").readlink())
    except OSError:
        return ""

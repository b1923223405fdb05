"""The command base classes under the path that older documents name."""

from __future__ import annotations

from dam.commands.analysis_commands import AnalysisCommand, OpenContentCommand
from dam.commands.core import BaseCommand, ExecutionStrategy

__all__ = ["AnalysisCommand", "BaseCommand", "ExecutionStrategy", "OpenContentCommand"]

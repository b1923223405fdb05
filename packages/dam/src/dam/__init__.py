"""dam: an Entity-Component-System engine for digital assets.

Everything that a plugin author needs is here: `from dam import Plugin, World, system, BaseCommand, UniqueComponent`.
Names are loaded when they are first asked for, so that importing one part of the engine does not import all of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dam.assets.events import AssetChanged, AssetExamined, AssetReady
    from dam.assets.models import AssetCategory, AssetComponent, AssetStatus, AssetType
    from dam.assets.resources import AssetAnalysis, AssetDriver, DriverRegistry, Facts, Findings
    from dam.commands.analysis_commands import AnalysisCommand
    from dam.commands.core import BaseCommand, ExecutionStrategy
    from dam.core.analysis import Analysis, Content
    from dam.core.events import BaseEvent
    from dam.core.exceptions import (
        ContentCorruptError,
        ContentError,
        ContentRefusedError,
        ContentUnreadableError,
        ContentUnsupportedError,
        DamError,
    )
    from dam.core.executor import CommandResult, Result, SystemExecutor
    from dam.core.plugin import Plugin
    from dam.core.stages import SystemStage
    from dam.core.systems import handles_command, system
    from dam.core.transaction import WorldTransaction
    from dam.core.world import World
    from dam.core.world_manager import create_world
    from dam.models.config import ConfigComponent, SettingsModel
    from dam.models.core.base_component import BaseComponent, UniqueComponent
    from dam.models.entity import Entity
    from dam.system_events.batch import Batch
    from dam.system_events.progress import Progress
    from dam.system_events.requests import PasswordRequest, PasswordResponse

_HOMES = {
    "dam.assets.events": ("AssetChanged", "AssetExamined", "AssetReady"),
    "dam.assets.models": ("AssetCategory", "AssetComponent", "AssetStatus", "AssetType"),
    "dam.assets.resources": ("AssetAnalysis", "AssetDriver", "DriverRegistry", "Facts", "Findings"),
    "dam.commands.analysis_commands": ("AnalysisCommand",),
    "dam.commands.core": ("BaseCommand", "ExecutionStrategy"),
    "dam.core.analysis": ("Analysis", "Content"),
    "dam.core.events": ("BaseEvent",),
    "dam.core.exceptions": (
        "ContentCorruptError",
        "ContentError",
        "ContentRefusedError",
        "ContentUnreadableError",
        "ContentUnsupportedError",
        "DamError",
    ),
    "dam.core.executor": ("CommandResult", "Result", "SystemExecutor"),
    "dam.core.plugin": ("Plugin",),
    "dam.core.stages": ("SystemStage",),
    "dam.core.systems": ("handles_command", "system"),
    "dam.core.transaction": ("WorldTransaction",),
    "dam.core.world": ("World",),
    "dam.core.world_manager": ("create_world",),
    "dam.models.config": ("ConfigComponent", "SettingsModel"),
    "dam.models.core.base_component": ("BaseComponent", "UniqueComponent"),
    "dam.models.entity": ("Entity",),
    "dam.system_events.batch": ("Batch",),
    "dam.system_events.progress": ("Progress",),
    "dam.system_events.requests": ("PasswordRequest", "PasswordResponse"),
}

__all__ = [
    "Analysis",
    "AnalysisCommand",
    "AssetAnalysis",
    "AssetCategory",
    "AssetChanged",
    "AssetComponent",
    "AssetDriver",
    "AssetExamined",
    "AssetReady",
    "AssetStatus",
    "AssetType",
    "BaseCommand",
    "BaseComponent",
    "BaseEvent",
    "Batch",
    "CommandResult",
    "ConfigComponent",
    "Content",
    "ContentCorruptError",
    "ContentError",
    "ContentRefusedError",
    "ContentUnreadableError",
    "ContentUnsupportedError",
    "DamError",
    "DriverRegistry",
    "Entity",
    "ExecutionStrategy",
    "Facts",
    "Findings",
    "PasswordRequest",
    "PasswordResponse",
    "Plugin",
    "Progress",
    "Result",
    "SettingsModel",
    "SystemExecutor",
    "SystemStage",
    "UniqueComponent",
    "World",
    "WorldTransaction",
    "create_world",
    "handles_command",
    "system",
]

_MODULES = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a public name from where it lives (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module 'dam' has no attribute '{name}'")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return __all__

"""Every import path and shape that plugins are promised."""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.metadata import entry_points

import pytest

PATHS = [
    "dam.models.entity.Entity",
    "dam.models.core.base_class.Base",
    "dam.models.core.base_component.Component",
    "dam.models.core.base_component.BaseComponent",
    "dam.models.core.base_component.UniqueComponent",
    "dam.models.base_component.Component",
    "dam.models.base_component.BaseComponent",
    "dam.models.base_component.UniqueComponent",
    "dam.models.config.ConfigComponent",
    "dam.models.config.SettingsModel",
    "dam.core.plugin.Plugin",
    "dam.core.world.World",
    "dam.core.transaction.WorldTransaction",
    "dam.core.stages.SystemStage",
    "dam.core.systems.system",
    "dam.core.systems.handles_command",
    "dam.core.world_manager.create_world",  # create_world_from_components comes with worlds that are described in a database
    "dam.core.events.BaseEvent",
    "dam.core.events.AssetIngestionRequested",
    "dam.core.logging_config.setup_logging",
    "dam.core.executor.Result",
    "dam.core.executor.CommandResult",
    "dam.core.executor.ExecutionStrategy",
    "dam.core.executor.SystemExecutor",
    "dam.commands.core.BaseCommand",
    "dam.core.commands.BaseCommand",
    "dam.commands.analysis_commands.AnalysisCommand",
    "dam.system_events.requests.PasswordRequest",
    "dam.system_events.requests.PasswordResponse",
    *(f"dam.sdk.{name}" for name in ("AssetDriverManager", "AssetSDK", "AssetService", "BaseAssetDriver", "LinkManager")),
    *("dam.sdk.MediaProcessor", "dam.sdk.PipelineService"),
    "dam_app.commands.IngestFileCommand",
    "dam_app.commands.ProcessFileByHashCommand",
    "dam_app.commands.ProcessImageCommand",
    "dam_fs.events.FileStored",
    "dam_fs.resources.FileStorageResource",
    "dam_media_image.events.ImageAssetDetected",
]
MODULES = ["dam_app.systems.ingestion", "dam_test_utils.fixtures"]
SHAPES = {
    "dam.core.world.World": [
        *("register_system", "register_component", "register_driver", "register_relation"),
        *("register_namespace", "register_processor"),
        *("add_resource", "add_plugin", "get_resource", "send_event", "run_stage", "transaction", "settled"),
        "dispatch_command",
    ],
    "dam.core.transaction.WorldTransaction": ["add_component_to_entity"],
    "dam.core.executor.SystemExecutor": [
        *("asend", "get_one_value", "get_all_results", "get_all_results_flat", "get_first_non_none_value", "converse"),
        *("__await__", "__aiter__", "__anext__"),
    ],
    "dam.core.executor.CommandResult": ["one", "first"],
    "dam.commands.analysis_commands.AnalysisCommand": ["open_stream"],
    "dam.sdk.AssetService": ["register_path", "ingest_virtual", "add_asset_file"],
    "dam.sdk.LinkManager": ["link", "get_neighbors", "shortest_path", "impact_analysis"],
    "dam.sdk.AssetDriverManager": ["register_driver", "process_asset"],
    "dam.sdk.BaseAssetDriver": ["on_ingest", "get_preview_logic", "render_ui_component"],
    "dam.sdk.AssetSDK": ["get_metadata"],
    "dam.sdk.MediaProcessor": ["process"],
    "dam_fs.resources.FileStorageResource": ["store_file", "get_file_path"],
    "dam_test_utils.fixtures": ["world", "make_world", "sample_files"],
}


def _at(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


@pytest.mark.parametrize("path", PATHS)
def test_a_promised_name_is_there(path: str) -> None:
    assert _at(path) is not None


@pytest.mark.parametrize("path", MODULES)
def test_a_promised_module_is_there(path: str) -> None:
    assert import_module(path).__name__ == path


@pytest.mark.parametrize("path", SHAPES)
def test_a_promised_shape_is_kept(path: str) -> None:
    thing = _at(path)
    assert [name for name in SHAPES[path] if not hasattr(thing, name)] == []


def test_a_name_at_two_paths_is_one_thing() -> None:
    assert _at("dam.commands.core.BaseCommand") is _at("dam.core.commands.BaseCommand")
    for name in ("Component", "BaseComponent", "UniqueComponent"):
        assert _at(f"dam.models.base_component.{name}") is _at(f"dam.models.core.base_component.{name}")


def test_the_ways_to_register_a_system() -> None:
    parameters = inspect.signature(_at("dam.core.world.World").register_system).parameters  # type: ignore[attr-defined]  # a class found by its path
    assert {"command_type", "event_type", "stage"} <= set(parameters)


def test_all_that_a_plugin_author_needs_comes_from_dam() -> None:
    dam = import_module("dam")
    assert list(dam.__all__) == sorted(set(dam.__all__)), "sorted, and each name once"
    assert not [name for name in dam.__all__ if not hasattr(dam, name)]
    needed = {"BaseCommand", "BaseComponent", "BaseEvent", "ConfigComponent", "DamError", "Entity", "Plugin", "Result"}
    needed |= {"SettingsModel", "SystemStage", "UniqueComponent", "World", "WorldTransaction", "system"}
    assert needed <= set(dam.__all__)
    assert len(dam.__all__) <= 48, "some forty names; the rest has its own place"


def test_the_plugins_are_found_by_their_entry_points() -> None:
    found = {entry.name: entry.value for entry in entry_points(group="dam.plugins")}
    for package in ("dam_fs", "dam_media_image", "dam_app", "dam_web"):
        assert any(value.startswith(f"{package}.plugin:") for value in found.values()), package
    assert any(value.startswith("dam.assets.plugin:") for value in found.values())
    for entry in entry_points(group="dam.plugins"):
        assert inspect.isclass(entry.load()), entry

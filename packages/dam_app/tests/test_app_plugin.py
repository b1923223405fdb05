"""The plugin keeps the contract of every plugin."""

from __future__ import annotations

from dam_app.plugin import AppPlugin
from dam_test_utils.contracts import PluginContract


class TestContract(PluginContract):
    plugin = AppPlugin

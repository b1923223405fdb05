"""The plugin keeps the contract of every plugin."""

from __future__ import annotations

from dam.assets.plugin import AssetsPlugin
from dam_test_utils.contracts import PluginContract


class TestContract(PluginContract):
    plugin = AssetsPlugin

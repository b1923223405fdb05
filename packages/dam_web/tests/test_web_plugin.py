"""The plugin keeps the contract of every plugin."""

from __future__ import annotations

from dam_test_utils.contracts import PluginContract
from dam_web.plugin import WebPlugin


class TestContract(PluginContract):
    plugin = WebPlugin

"""The plugin keeps the contract of every plugin."""

from __future__ import annotations

from dam_software.plugin import SoftwarePlugin
from dam_test_utils.contracts import PluginContract


class TestContract(PluginContract):
    plugin = SoftwarePlugin

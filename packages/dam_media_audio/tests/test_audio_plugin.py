"""The plugin keeps the contract of every plugin."""

from __future__ import annotations

from dam_media_audio.plugin import AudioPlugin
from dam_test_utils.contracts import PluginContract


class TestContract(PluginContract):
    plugin = AudioPlugin

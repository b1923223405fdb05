"""The plugin keeps the contract of every plugin."""

from __future__ import annotations

from dam_subtitles.plugin import SubtitlesPlugin
from dam_test_utils.contracts import PluginContract


class TestContract(PluginContract):
    plugin = SubtitlesPlugin

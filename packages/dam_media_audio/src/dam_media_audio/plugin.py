"""The plugin for sound: its table of contents."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from dam.assets.models import AssetType
from dam.assets.resources import AssetAnalysis, AssetDriver
from dam.assets.settings import AssetsSettings
from dam.core.later import later
from dam.core.plugin import Plugin
from dam.core.world import World
from dam_media_audio.analyses import AUDIO, FINGERPRINT, PREVIEW
from dam_media_audio.commands import ProcessAudioCommand
from dam_media_audio.events import AudioAssetDetected
from dam_media_audio.functions.tools import FFMPEG, NO_FFMPEG, missing_ffmpeg
from dam_media_audio.settings import AudioSettings, AudioSettingsComponent

SYSTEMS = "dam_media_audio.systems"
SOUND = ("audio/*", "application/ogg")
FILM = ("video/x-ms-asf", "video/mp4", "video/quicktime", "video/x-matroska", "video/webm")


class AudioPlugin(Plugin):
    """Knows sound: facts, tags, cover or waveform, and how it sounds."""

    name = "dam_media_audio"
    requires = ("dam_assets",)
    migrations = "dam_media_audio.migrations"
    Settings = AudioSettings
    SettingsComponent = AudioSettingsComponent

    def build(self, world: World) -> None:
        """Register what sound needs; fingerprints are made only while there is a program for them."""
        world.register_component(AudioSettingsComponent)
        world.register_models(
            "dam_media_audio.models",
            {"AudioMetadataComponent": "component_audio_metadata", "AudioFingerprintComponent": "component_audio_fingerprint"},
        )
        settings = world.get_settings(AudioSettings)
        audio = replace(AUDIO, timeout=settings.timeout)
        analyses = [
            AssetAnalysis(
                audio, later(f"{SYSTEMS}:audio_findings"), world.get_settings(AssetsSettings).thumbnails(), later(f"{SYSTEMS}:FOUND")
            )
        ]
        if settings.fingerprints:
            told, found = {"ffmpeg": str(settings.ffmpeg or "")}, later(f"{SYSTEMS}:FINGERPRINTED")
            missing = partial(missing_ffmpeg, told["ffmpeg"])
            analyses.append(AssetAnalysis(FINGERPRINT, later(f"{SYSTEMS}:fingerprint_findings"), told, found, missing_tool=missing))
        world.register_driver(AssetDriver(AssetType.AUDIO, SOUND, detected=AudioAssetDetected, analyses=tuple(analyses), preview=PREVIEW))
        world.register_driver(
            AssetDriver(
                AssetType.AUDIO,
                FILM,
                name="sound_only",
                recognises=later(f"{SYSTEMS}:is_sound_only"),
                detected=AudioAssetDetected,
                analyses=tuple(analyses),
                preview=PREVIEW,
            )
        )
        world.register_system(later(f"{SYSTEMS}:process_audio_system"), event_type=AudioAssetDetected)
        world.register_handlers(SYSTEMS, {ProcessAudioCommand: "handle_process_audio"})

    def optional(self, world: World) -> dict[str, str | None]:
        """Fingerprints need FFmpeg."""
        settings = world.get_settings(AudioSettings)
        if not settings.fingerprints:
            return {}
        return {FFMPEG: NO_FFMPEG if missing_ffmpeg(str(settings.ffmpeg or "")) else None}

"""The systems of the picture plugin."""

from __future__ import annotations

from dam_media_image.systems.pictures import handle_process_image, process_image_metadata_system

__all__ = ["handle_process_image", "process_image_metadata_system"]

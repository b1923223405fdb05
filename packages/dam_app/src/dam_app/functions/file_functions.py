"""What a file is, and whether it has been imported."""

from __future__ import annotations

import os
from pathlib import Path

from dam.assets.commands import FindAssetCommand
from dam.commands.core import Dispatcher
from dam.core.exceptions import EntityNotFoundError
from dam_app.commands import FindImportCommand

KINDS = ("image", "video", "audio", "text", "font", "model")
DOCUMENTS = ("application/pdf", "application/rtf", "application/msword", "application/vnd.oasis.", "application/vnd.openxmlformats-")
ARCHIVES = ("application/zip", "application/x-7z-compressed", "application/x-rar", "application/x-tar", "application/gzip")


async def is_path_imported(world: Dispatcher, file_path: Path) -> bool:
    """Whether the file at this path was taken into the store before, or is indexed in place."""
    if (await world.dispatch_command(FindImportCommand(file_path))).one() is not None:
        return True
    absolute = str(file_path.absolute())  # noqa: ASYNC240 - it prepends the working directory, and looks at no file
    try:
        await world.dispatch_command(FindAssetCommand(absolute))
    except EntityNotFoundError:
        return False
    return True


def detect_file_mime_type(file_path: Path) -> str:
    """The MIME type of a file, from its content. Raises OSError."""
    from dam.assets.functions.mime import HEAD_BYTES, TAIL_BYTES, detect_mime_type  # noqa: PLC0415 - loads libmagic

    with file_path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(HEAD_BYTES)
        file.seek(max(0, size - TAIL_BYTES))
        return detect_mime_type(head, size, file.read(TAIL_BYTES))


def get_file_type(file_path: Path) -> str:
    """The kind of a file, from its content; raises OSError.

    It is "image", "video", "audio", "document", "archive", "font", "model" or "other".
    """
    mime_type = detect_file_mime_type(file_path)
    main = mime_type.partition("/")[0]
    if main == "text" or mime_type.startswith(DOCUMENTS):
        return "document"
    if mime_type in ARCHIVES:
        return "archive"
    return main if main in KINDS else "other"

"""Commands that look at the content of one entity."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, ClassVar, Generic

from dam.commands.core import Access, BaseCommand, Dispatcher, EventType, ResultType


@dataclass
class OpenContentCommand(BaseCommand[BinaryIO | None]):
    """Opens the content of an entity for reading; the answer is a seekable binary stream, or None when it cannot be reached."""

    access: ClassVar[Access] = "none"
    entity_id: int


@dataclass
class AnalysisCommand(BaseCommand[ResultType, EventType], Generic[ResultType, EventType]):
    """Looks at one entity's content.

    `depth` counts how deep inside archives the content lies. `stream` is content that the caller has already opened.
    """

    access: ClassVar[Access] = "none"
    entity_id: int
    depth: int = field(default=0, kw_only=True)
    stream: BinaryIO | None = field(default=None, kw_only=True, repr=False)

    @asynccontextmanager
    async def open_stream(self, world: Dispatcher) -> AsyncIterator[BinaryIO | None]:
        """The entity's content as a binary stream, or None when no copy of it can be reached; closed on leaving.

        A stream that the caller gave is handed on from its beginning and stays the caller's to close.
        """
        if self.stream is not None:
            self.stream.seek(0)
            yield self.stream
            return
        answer = await world.dispatch_command(OpenContentCommand(self.entity_id))
        stream: Any = answer.first()
        try:
            yield stream
        finally:
            if stream is not None:
                stream.close()

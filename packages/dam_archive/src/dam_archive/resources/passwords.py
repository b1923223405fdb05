"""The passwords of archives, kept by content and encrypted at rest."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from dam_archive.functions.keyring import decrypt, encrypt, make_key, read_key

if TYPE_CHECKING:
    from dam.core.world import World
    from dam_archive.models import ArchivePassword


class PasswordKeeper:
    """Keeps the right password of each archive that was opened, for all archives of the same content (SHA-256)."""

    def __init__(self, world: World, key_file: Path) -> None:
        """The key is made with the first password."""
        self._world = world
        self._key_file = key_file

    async def find(self, content: bytes) -> str | None:
        """The password of a content, or None; one that was encrypted with a key that is lost is none either."""
        kept = _kept()
        statement = select(kept.secret).where(kept.content == content)
        secret = await self._world.database.read(lambda connection: connection.execute(statement).scalar_one_or_none())
        key = await asyncio.to_thread(read_key, self._key_file) if secret is not None else None
        return decrypt(key, secret) if key is not None and secret is not None else None

    async def keep(self, content: bytes, password: str) -> None:
        """Keep a password."""
        key = await asyncio.to_thread(make_key, self._key_file)
        async with self._world.transaction() as transaction:
            await transaction.upsert_rows(_kept(), [{"content": content, "secret": encrypt(key, password)}])

    async def forget(self, content: bytes) -> None:
        """Forget the password of a content."""
        async with self._world.transaction() as transaction:
            await transaction.execute(delete(_kept()).where(_kept().content == content))


def _kept() -> type[ArchivePassword]:
    """The table of passwords; every start makes a keeper, and few look for one."""
    from dam_archive.models import ArchivePassword  # noqa: PLC0415 - as said

    return ArchivePassword

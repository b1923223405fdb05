"""`Unit`: one database transaction, shared by all handlers that joined it; and the rule of who joins which."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session

from dam.commands.core import Access
from dam.core.exceptions import AccessError, DatabaseBusyError, QuestionWithPendingWritesError, TransactionAbortedError
from dam.core.faults import fault
from dam.core.writes import write_components
from dam.models.core.base_component import Component
from dam.system_events.base import BaseEvent

if TYPE_CHECKING:
    from dam.core.transaction import WorldTransaction
    from dam.core.world import World

CURRENT: ContextVar[WorldTransaction | None] = ContextVar("dam_current_transaction", default=None)
"""The transaction that a nested dispatch joins; set only while a handler is being stepped."""


CALLERS: ContextVar[tuple[Unit, ...]] = ContextVar("dam_calling_transactions", default=())
"""The transactions of the callers that were not joined; set, as `CURRENT` is, only while a handler is being stepped."""


class _Session(Session):
    """A session that knows its unit, so that raw statements keep the same rules."""


class Unit:
    """One database transaction. It opens nothing before its first statement.

    `joinable` is False for the transaction of a handler whose command has access "none": nested dispatches do not join it.
    `joined` names the commands that run in it beside its owner's, `parallel` counts those whose handlers run at once.
    `written_by` names the first command whose changes are not committed yet, `writes` counts its writing statements,
    `failed_by` names what failed in it. Whatever uses the session holds `lock` for one statement. `callers` are the callers' transactions
    that it did not join: one of them that holds the writer would be waited for by its own caller.
    """

    __slots__ = (
        "_session", "access", "begun", "callers", "closed", "committing", "events", "failed_by", "joinable", "joined",
        "lock", "owner", "parallel", "pending", "savepoints", "world", "writes", "written_by",
    )  # fmt: skip

    def __init__(self, world: World, access: Access, owner: str, *, joinable: bool = True) -> None:
        """Belong to `owner` (a name for messages), who must call `commit` or `rollback`."""
        self.callers = CALLERS.get()
        self.world = world
        self.access = access
        self.owner = owner
        self.joinable = joinable
        self.lock = asyncio.Lock()
        self.pending: list[Component] = []
        self.events: list[BaseEvent] = []
        self.joined: list[str] = []
        self.begun = False
        self.closed = False
        self.committing = False
        self.parallel = 0
        self.savepoints = 0
        self.writes = 0
        self.written_by: str | None = None
        self.failed_by: str | None = None
        self._session: AsyncSession | None = None

    @property
    def dialect(self) -> str:
        """The name of the database, as SQLAlchemy calls it."""
        return "sqlite" if self.world.database.is_sqlite else "postgresql"

    @property
    def session(self) -> AsyncSession:
        """The session, made at its first use."""
        if not self.begun and self.callers and self.access == "write":
            self.check_callers()
        if self._session is None:
            database = self.world.database
            engine = database.reader if self.access == "read" else database.writer
            self._session = AsyncSession(engine, expire_on_commit=False, sync_session_class=_Session, info={"unit": self})
        return self._session

    def check(self) -> None:
        """Raise TransactionAbortedError when nothing more can be done in this transaction."""
        if self.closed:
            raise TransactionAbortedError(f"The transaction of {self.owner} has ended; nothing more can be done in it.")
        if self.failed_by is not None:
            raise TransactionAbortedError(f"The transaction of {self.owner} will be rolled back because {self.failed_by} failed in it.")

    def check_callers(self) -> None:
        """Raise AccessError when a caller holds the writer, so that we would wait for each other."""
        for caller in self.callers:
            if caller.holds_writer and not caller.closed and caller.world is self.world:
                raise AccessError(
                    f"{self.owner} wants to write, but {caller.owner}, which dispatched it, has begun to write meanwhile: "
                    "they would wait for each other."
                )

    def wrote(self, name: str) -> None:
        """Remember that a command has changed something."""
        self.writes += 1
        self.written_by = self.written_by or name

    @property
    def has_unflushed(self) -> bool:
        """Whether objects of the session were changed that no statement has written yet."""
        session = self._session
        return session is not None and bool(session.new or session.dirty or session.deleted)

    @property
    def has_writes(self) -> bool:
        """Whether there are changes that are not committed."""
        return bool(self.written_by or self.pending) or self.has_unflushed

    @property
    def holds_writer(self) -> bool:
        """Whether everyone else who wants to write waits for this transaction."""
        return self.begun and self.access == "write"

    async def begin(self) -> None:
        """Begin at the first statement: a snapshot for readers, the writer's turn for writers."""
        if self.begun:
            return
        try:
            await self.session.connection()
        except DatabaseBusyError as error:
            holder = next((unit.owner for unit in self.world.units if unit.holds_writer and unit is not self), None)
            if holder is None:
                raise
            raise DatabaseBusyError(f"{self.owner} cannot write: {holder} holds the writer and does not end. {error}") from error

    async def flush(self) -> None:
        """Write what waits to be written."""
        if self.pending:
            await self.session.run_sync(self.write_pending)

    def write_before_statement(self) -> None:
        """Write what waits to be written before a statement of ours that took a way of its own; not in the midst of a flush."""
        if self.begun and self._session is not None and not self._session.sync_session._flushing:  # noqa: SLF001 - it tells nobody else
            self.write_pending(self._session.sync_session)

    def write_pending(self, session: Session) -> None:
        """Write what waits to be written; a failure dooms the transaction, since a part may have been written."""
        waiting, self.pending = self.pending, []
        before = CURRENT.get()
        CURRENT.set(None)  # it may be a joined reader's statement that makes us write what others have queued
        try:
            write_components(session, self.dialect, waiting)
            session.flush()
        except BaseException:
            self.failed_by = self.failed_by or self.written_by
            raise
        finally:
            CURRENT.set(before)

    async def settle(self) -> None:
        """Write changed objects, so that a reader that joins is not the one who does."""
        if self.has_unflushed:
            async with self.lock:
                await self.session.flush()

    async def release(self, reason: str) -> None:
        """End a transaction that has written nothing; it begins anew, with a new snapshot, at the next statement.

        What was loaded before keeps its values, but changing it writes nothing: load it anew. Raises QuestionWithPendingWritesError
        when there are changes: they would be neither kept nor undone meanwhile.
        """
        if self.has_writes or self.savepoints:
            raise QuestionWithPendingWritesError(
                f"{self.owner} cannot {reason} while changes of {self.written_by or self.owner} are not committed; ask first, then write."
            )
        if self.begun:
            await finish(self._release())

    async def _release(self) -> None:
        async with self.lock:
            self.session.expunge_all()  # a rollback empties what the session still knows
            await self.session.rollback()
            self.begun = False
            self.world.units.discard(self)

    async def commit(self) -> None:
        """Commit, and hand the events over for delivery; on any failure everything is rolled back and the failure raised.

        It is shielded from cancellation: a call that is cancelled meanwhile has committed and announced its events.
        """
        try:
            self._check_joined()
            self.check()
            if self.pending:
                async with self.lock:
                    await self.begin()
                    await self.flush()
            if self._session is None:
                self._end()
            else:
                await finish(self._commit(self._session))
        except BaseException:
            if not self.closed:
                await self.rollback()
            raise

    def _check_joined(self) -> None:
        if self.joined:
            names = ", ".join(self.joined)
            raise TransactionAbortedError(
                f"{names} still runs in the transaction of {self.owner}, which has returned; await it before returning."
            )

    async def _commit(self, session: AsyncSession) -> None:
        CURRENT.set(None)  # this is a task of its own; what is left to be written is the owner's
        async with self.lock:
            if self.closed:  # the World was closed meanwhile, and has rolled it back
                raise TransactionAbortedError(f"The transaction of {self.owner} has ended; nothing more can be done in it.")
            fault("unit.before_commit")
            self.committing = True
            await session.commit()
            fault("unit.after_commit")
            self._end()
            await session.close()

    def _end(self) -> None:
        self.closed = True
        self.world.units.discard(self)
        events, self.events = self.events, []
        for item in events:
            self.world.publish(item)

    async def rollback(self) -> None:
        """Undo everything and drop the events; waits for a statement, or a commit, that is under way."""
        if self._session is not None and not self.closed:
            await finish(self._rollback(self._session))
        self.closed = True

    async def _rollback(self, session: AsyncSession) -> None:
        async with self.lock:
            if self.closed:
                return
            self.closed = True
            self.pending.clear()
            self.events.clear()
            self.world.units.discard(self)
            await session.close()


async def finish(work: Coroutine[Any, Any, None]) -> None:
    """Run to its end even when the caller is cancelled; the cancellation is raised afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except BaseException:  # noqa: BLE001 - raised below, from the task itself
            break
    task.result()
    if cancelled is not None:
        raise cancelled


async def enter(world: World, access: Access, name: str) -> tuple[Unit | None, bool]:
    """The transaction that a command of this access runs in, and whether the command owns it.

    read joins read and write, write joins write, anything else begins its own; access "none" has none. Raises AccessError for what
    could only wait for itself: write inside read, and anything that may write inside a write transaction that it cannot join.
    """
    view = CURRENT.get()
    ambient = view.unit if view is not None and view.world is world and not view.unit.closed else None
    if ambient is not None and not ambient.joinable:
        if ambient.begun or ambient.has_writes:
            if ambient.has_writes or ambient.savepoints:
                if access != "read":
                    raise AccessError(f"{name} cannot run inside {ambient.owner}, whose own transaction holds uncommitted changes.")
            else:
                await ambient.release(f"dispatch {name}")
        ambient = None
    if access == "none":
        if ambient is not None and ambient.holds_writer:
            raise AccessError(
                f"{name} takes long and has no transaction, but {ambient.owner} holds the writer; dispatch it before the first statement."
            )
        return None, False
    if ambient is None:
        return Unit(world, access, name), True
    if access == "write" and (ambient.access == "read" or (view is not None and view.access == "read")):
        raise AccessError(f"{name} writes, but it was dispatched by {ambient.owner}, which only reads; its access must be 'write'.")
    ambient.check()
    if access == "read" and ambient.access == "write":
        await ambient.settle()
    ambient.joined.append(name)
    return ambient, False


@event.listens_for(_Session, "do_orm_execute")
def _raw_statement(state: ORMExecuteState) -> None:
    """Let a statement that goes through the session itself see what waits to be written."""
    unit: Unit | None = state.session.info.get("unit")
    if unit is not None and unit.pending:
        unit.write_pending(state.session)


@event.listens_for(_Session, "after_begin")
def _begun(session: Session, *_: object) -> None:
    """Know of the transaction, whichever statement began it."""
    unit: Unit | None = session.info.get("unit")
    if unit is not None:
        unit.begun = True
        unit.world.units.add(unit)

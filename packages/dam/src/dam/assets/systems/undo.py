"""Undoing what people have done, by the journal; what somebody has changed since is never overwritten unasked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Table, and_, delete, exists, insert, select, update

from dam.assets.commands import ListActionsCommand, UndoCommand, UndoOutcome
from dam.assets.functions.journal import as_text, as_values
from dam.assets.models.journal import JournalAction, JournalChange
from dam.assets.systems.asset_versions import touch
from dam.assets.systems.journal import who
from dam.core.exceptions import ConflictError, EntityNotFoundError, UsageError
from dam.core.systems import system
from dam.core.transaction import IntegrityError, WorldTransaction
from dam.core.writes import table_of
from dam.models.core.base_class import Base
from dam.models.entity import Entity
from dam.models.types import utc_now

ACTION, CHANGE = table_of(JournalAction), table_of(JournalChange)
TOLD = 3
"""How many things that were changed since are named in a sentence."""
WORDS = {
    "component_tag": "tag",
    "component_title": "title",
    "component_description": "description",
    "component_rating": "rating",
    "component_asset": "visibility",
    "component_trashed": "place in the trash",
    "links": "link",
    "roots": "name",
}
"""What people call what the rows of a table say."""


class Step(NamedTuple):
    """A part of an action, as it is to be turned around: rows of a table, what they ought to say now, and what they are to say then."""

    table: Table
    column: str
    key: dict[str, Any]
    expected: str | None
    wanted: dict[str, Any] | None
    fit: list[int]
    changed: list[int]
    gone: list[int]


@system(on_command=ListActionsCommand)
async def handle_list_actions(command: ListActionsCommand, transaction: WorldTransaction) -> list[dict[str, Any]]:
    """List actions, the latest first."""
    undoable = exists().where(CHANGE.c.action_id == ACTION.c.id)
    statement = select(ACTION, undoable.label("undoable")).order_by(ACTION.c.id.desc()).limit(max(1, min(command.limit, 1000)))
    if command.before_id is not None:
        statement = statement.where(ACTION.c.id < command.before_id)
    return await transaction.read(lambda connection: [_shown(row) for row in connection.execute(statement).mappings()])


def _shown(row: Any) -> dict[str, Any]:
    undone_at = row["undone_at"]
    about = {name: row[name] for name in ("id", "verb", "details", "count", "who", "undone_by")}
    moments = {"at": row["at"].isoformat(), "undone_at": undone_at.isoformat() if undone_at else None}
    return {**about, **moments, "undoable": bool(row["undoable"])}


@system(on_command=UndoCommand)
async def handle_undo(command: UndoCommand, transaction: WorldTransaction) -> UndoOutcome:
    """Look at every row that the action has changed, then turn it around where nobody has changed it since."""
    action = await _chosen(transaction, command)
    steps = [step async for step in _steps(transaction, action["id"], redo=command.redo)]
    changed = sum(len(step.changed) for step in steps)
    gone = sum(len(step.gone) for step in steps)
    told = [sentence for step in steps for sentence in _sentences(step, overwrite=command.on_conflict == "overwrite")]
    fit = sum(len(step.fit) for step in steps) + (changed if command.on_conflict == "overwrite" else 0)
    if (told and command.on_conflict == "refuse") or not fit:
        some = "; ".join(told[:TOLD]) + (" …" if len(told) > TOLD else "")
        raise ConflictError(
            f"Action {action['id']} ({action['verb']} {action['details']}) was not {'done again' if command.redo else 'undone'}: "
            f"{changed + gone} of {fit + len(told)} things were changed since ({some}). --skip does the rest, --overwrite minds no change."
        )
    if not command.dry_run:
        await _turn(transaction, steps, overwrite=command.on_conflict == "overwrite")
        undone = {"undone_at": None, "undone_by": None} if command.redo else {"undone_at": utc_now(), "undone_by": who()}
        await transaction.update_rows(JournalAction, [{"id": action["id"], **undone}])
    return UndoOutcome(action, fit, told)


async def _chosen(transaction: WorldTransaction, command: UndoCommand) -> dict[str, Any]:
    """The action that is meant; raises an error when it cannot be turned around."""
    undoable = exists().where(CHANGE.c.action_id == ACTION.c.id)
    statement = select(ACTION, undoable.label("undoable"))
    if command.action_id is not None:
        statement = statement.where(ACTION.c.id == command.action_id)
    elif command.redo:
        statement = statement.where(ACTION.c.undone_at.is_not(None)).order_by(ACTION.c.undone_at.desc(), ACTION.c.id)
    else:
        statement = statement.where(ACTION.c.undone_at.is_(None)).order_by(ACTION.c.id.desc())
    row = (await transaction.execute(statement.limit(1))).mappings().first()
    if row is None:
        which = f"action {command.action_id}" if command.action_id is not None else "action"
        raise EntityNotFoundError(f"There is no {which} that can be {'done again' if command.redo else 'undone'}; see `dam undo --list`.")
    if not row["undoable"]:
        earlier = " An earlier one can, by its number (`dam undo --list`)." if command.action_id is None else ""
        raise ConflictError(f"Action {row['id']} ({' '.join(filter(None, (row['verb'], row['details'])))}) cannot be undone.{earlier}")
    if (row["undone_at"] is not None) != command.redo:
        raise UsageError(
            f"Action {row['id']} was undone already; --redo does it again." if not command.redo else f"Action {row['id']} was not undone."
        )
    return _shown(row)


async def _steps(transaction: WorldTransaction, action_id: int, *, redo: bool) -> AsyncIterator[Step]:
    """Look at each part of an action, the last one first when it is undone."""
    order = CHANGE.c.id if redo else CHANGE.c.id.desc()
    rows = (await transaction.execute(select(CHANGE).where(CHANGE.c.action_id == action_id).order_by(order))).mappings().all()
    transaction.world.load_models()
    for row in rows:
        expected, wanted = (row["before"], row["after"]) if redo else (row["after"], row["before"])
        table = Base.metadata.tables.get(row["table_name"])
        if table is None:
            raise ConflictError("The plugin that knows what was changed is not there; install it again.")
        yield await _look(transaction, table, row, as_text(expected) if expected is not None else None, wanted)


async def _look(transaction: WorldTransaction, table: Table, row: Any, expected: str | None, wanted: dict[str, Any] | None) -> Step:
    """Compare the rows with what they ought to be."""
    column, key, subjects = row["column_name"], as_values(table, row["row_key"]), row["subjects"]
    said = list(row["before"] or row["after"])
    about = table.c[column]
    statement = select(about, *(table.c[name] for name in said)).where(about.in_(subjects), *_matches(table, key))
    now = {one[column]: as_text({name: one[name] for name in said}) for one in (await transaction.execute(statement)).mappings()}
    lost = await _lost(transaction, table, column, key, subjects) if wanted is not None else set()
    if not set(_ends(table)) & {column}:
        lost |= {one for one in subjects if one not in now}
    fit = [one for one in subjects if one not in lost and now.get(one) == expected]
    changed = [one for one in subjects if one not in lost and now.get(one) != expected]
    return Step(table, column, key, expected, wanted, fit, changed, sorted(lost))


def _matches(table: Table, key: dict[str, Any]) -> Iterator[Any]:
    return (table.c[name] == value for name, value in key.items())


def _ends(table: Table) -> list[str]:
    """The columns that name entities."""
    return [one.name for one in table.columns if any(key.column.table.name == Entity.__tablename__ for key in one.foreign_keys)]


async def _lost(transaction: WorldTransaction, table: Table, column: str, key: dict[str, Any], subjects: list[int]) -> set[int]:
    """The subjects that cannot have such a row any more, since an entity that it names is gone."""
    ends = _ends(table)
    others = {value for name, value in key.items() if name in ends}
    wanted = others | (set(subjects) if column in ends else set())
    known = set((await transaction.execute(select(Entity.id).where(Entity.id.in_(sorted(wanted))))).scalars()) if wanted else set()
    return set(subjects) if others - known else (set(subjects) - known if column in ends else set())


def _sentences(step: Step, *, overwrite: bool) -> Iterator[str]:
    """What stands in the way of a step, a sentence for each thing."""
    word = WORDS.get(step.table.name, "facts")
    about = " ".join(str(value) for name, value in step.key.items() if name != "origin")
    kind = "root" if step.table.name == "roots" else "asset"
    for subject in () if overwrite else step.changed:
        yield f"{kind} {subject}: its {word}{f' {about}' if about else ''} is another now"
    for subject in step.gone:
        yield f"{kind} {subject}: it, or what belongs to it, is gone"


async def _turn(transaction: WorldTransaction, steps: Sequence[Step], *, overwrite: bool) -> None:
    """Write what the rows are to say, a statement or two a step, and announce it."""
    touched: set[int] = set()
    for step in steps:
        subjects = [*step.fit, *(step.changed if overwrite else ())]
        if not subjects:
            continue
        table = step.table
        chosen = and_(table.c[step.column].in_(subjects), *_matches(table, step.key))
        try:
            if step.wanted is None:
                await transaction.execute(delete(table).where(chosen))
            else:
                values = as_values(table, step.wanted)
                there = set((await transaction.execute(select(table.c[step.column]).where(chosen))).scalars())
                await transaction.execute(update(table).where(chosen).values(values))
                rows = [{step.column: one, **step.key, **values} for one in subjects if one not in there]
                if rows:
                    await transaction.execute(insert(table), rows)
        except IntegrityError as error:
            raise ConflictError(f"It cannot be undone: what it would bring back ({step.wanted}) is something else's now.") from error
        ends = _ends(table)
        touched |= {value for name, value in step.key.items() if name in ends} | (set(subjects) if step.column in ends else set())
    await touch(transaction, sorted(touched))

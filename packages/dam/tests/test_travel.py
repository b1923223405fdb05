"""Commands travel to a worker as plain data; what cannot is refused by the name of its field."""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dam.assets.commands import OpenContentCommand
from dam.commands.analysis_commands import AnalysisCommand
from dam.commands.core import BaseCommand, ExecutionStrategy
from dam.core.commands import pack_command, unpack_command
from dam.core.exceptions import CommandCannotTravelError, NoHandlerError, StreamCannotTravelError


class Colour(Enum):
    RED = "red"


@dataclass
class Part:
    paths: tuple[Path, ...]
    colour: Colour = Colour.RED


@dataclass
class Travel(BaseCommand[Any, Any]):
    value: Any = None


@dataclass
class Look(AnalysisCommand[None]):
    notes: list[str] = field(default_factory=list)


KNOWN = [Travel, Look, OpenContentCommand]


def there_and_back(command: BaseCommand[Any, Any]) -> BaseCommand[Any, Any]:
    return unpack_command(pack_command(command), KNOWN)


plain = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.binary(), st.datetimes(), st.dates(), st.times(),
        st.uuids(), st.decimals(allow_nan=False), st.sampled_from([Colour.RED, ExecutionStrategy.PARALLEL]),
        st.binary(min_size=1).filter(lambda raw: b"\0" not in raw).map(os.fsdecode).map(Path),
    ),
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(st.one_of(st.text(), st.integers()), inner),
        st.frozensets(st.integers()), st.sets(st.text()),
    ),
    max_leaves=8,
)  # fmt: skip


@given(value=plain)
def test_plain_data_comes_back_as_it_was(value: Any) -> None:
    assert there_and_back(Travel(value)) == Travel(value)


def test_commands_come_back_whole() -> None:
    commands: list[BaseCommand[Any, Any]] = [
        Look(7, ["a"], depth=2, execution_strategy=ExecutionStrategy.PARALLEL),
        Travel(Part((Path("a/b"), Path(os.fsdecode(b"\xff.jpg"))))),
        Travel([datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 2), timedelta(seconds=1.5), Decimal("1.20"), UUID(int=5)]),
        OpenContentCommand(3),
    ]
    for command in commands:
        assert there_and_back(command) == command
        json.loads(pack_command(command)).keys()


def test_an_open_stream_stays_here() -> None:
    with pytest.raises(StreamCannotTravelError, match=r"Look holds an open stream \(Look.stream\)"):
        pack_command(Look(1, stream=io.BytesIO(b"content")))
    with pytest.raises(StreamCannotTravelError, match=r"Travel.value\[1\]"):
        pack_command(Travel([1, io.StringIO()]))


@pytest.mark.parametrize(
    ("value", "words"), [(object(), "Travel.value is a object"), ({"a": [Travel]}, r"Travel.value\['a'\]\[0\] is a type")]
)
def test_what_is_no_plain_data_is_refused_by_name(value: Any, words: str) -> None:
    with pytest.raises(CommandCannotTravelError, match=words):
        pack_command(Travel(value))


def test_only_commands_that_are_answered_here_are_made() -> None:
    with pytest.raises(NoHandlerError, match=r"Nothing here answers .*Travel"):
        unpack_command(pack_command(Travel()), [Look])


def test_nothing_but_plain_data_is_made() -> None:
    text = json.dumps(
        {"command": f"{Travel.__module__}:Travel", "fields": {"value": {"of": "subprocess:Popen", "fields": {"args": "true"}}}}
    )
    with pytest.raises(TypeError, match="no plain data"):
        unpack_command(text, KNOWN)

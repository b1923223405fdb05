"""What handlers give back: `Result`, one of a generator, and `CommandResult`, all of a command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a handler that is an async generator: `yield Result(value)`."""

    value: Any


@dataclass(slots=True)
class CommandResult(Generic[ResultT]):
    """What the handlers of a command returned, in registration order."""

    results: list[ResultT] = field(default_factory=list)

    def one(self) -> ResultT:
        """The only result; ValueError says how many there were instead."""
        if len(self.results) != 1:
            raise ValueError(f"one result was expected, but there are {len(self.results)}")
        return self.results[0]

    get_one_value = one

    def first(self) -> ResultT | None:
        """The first result, or None."""
        return self.results[0] if self.results else None

    def get_all_results(self) -> list[ResultT]:
        """All results."""
        return list(self.results)

    def get_all_results_flat(self) -> list[Any]:
        """All results, those that are lists replaced by their elements."""
        flat: list[Any] = []
        for value in self.results:
            flat.extend(value) if isinstance(value, list) else flat.append(value)
        return flat

    def get_first_non_none_value(self) -> ResultT | None:
        """The first result that is not None, or None."""
        return next((value for value in self.results if value is not None), None)

    def add(self, value: Any) -> None:
        """Take one more result; the results of another command are taken one by one."""
        if isinstance(value, CommandResult):
            self.results.extend(value.results)
        else:
            self.results.append(value)

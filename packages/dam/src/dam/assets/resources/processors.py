"""Media processors: work that plugins do on an asset in the background, each for itself."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from dam.core.exceptions import RegistrationError

RECORDS = "processor."
"""What the records of processors begin with, among those of analyses; the processor's name follows."""
LONGEST_NAME = 100
HOOK = "register_media_processors"
"""The method (of a plugin) or function (of a module) that gives processors."""


@runtime_checkable
class MediaProcessor(Protocol):
    """Something that works on an asset when it is there: fetches, recognises, tags.

    It may say more about itself by attributes: `name` (by default its class), `order` (the lowest first; 0), `applies_to` (asset
    types; all), `attempts` (how often it is tried; 3) and `version` (a new one works on every asset again; 1).
    """

    async def process(self, asset_id: int) -> None:
        """Work on one asset. Doing it twice must equal doing it once: after a crash it may run again."""
        ...


@dataclass(frozen=True, slots=True)
class RegisteredProcessor:
    """A processor and what is known of it."""

    processor: MediaProcessor
    name: str
    order: int = 0
    applies_to: tuple[str, ...] = ()
    attempts: int = 3
    version: int = 1

    @property
    def record(self) -> str:
        """What its records are called."""
        return RECORDS + self.name

    async def run(self, asset_id: int) -> None:
        """Let it work on one asset."""
        answer: Any = self.processor.process(asset_id)
        if inspect.isawaitable(answer):
            await answer


class ProcessorRegistry:
    """The processors of a World in the order in which they run."""

    def __init__(self) -> None:
        """Empty."""
        self._by_name: dict[str, RegisteredProcessor] = {}
        self.turn = asyncio.Lock()
        """Held by the run that is under way, so that no asset is worked on twice at a time."""

    def register(self, processor: Any) -> None:
        """Add a processor, or a `RegisteredProcessor`; the same one again changes nothing.

        Raises RegistrationError when it has no `process`, or its name is taken by another or too long.
        """
        if not isinstance(processor, RegisteredProcessor):
            processor = describe_processor(processor)
        known = self._by_name.get(processor.name)
        if known is not None and known.processor is not processor.processor:
            raise RegistrationError(f"Two processors are called '{processor.name}'; give one of them another name.")
        self._by_name[processor.name] = processor

    def register_hooks(self, module: Any) -> None:
        """Ask a plugin or module for its processors by the hook `register_media_processors`, if it has it."""
        hook = getattr(module, HOOK, None)
        answer = hook() if callable(hook) else None
        for processor in answer if isinstance(answer, Iterable) else () if answer is None else (answer,):
            self.register(processor)

    def __iter__(self) -> Iterator[RegisteredProcessor]:
        """In their order; equals in the order of registration."""
        return iter(sorted(self._by_name.values(), key=lambda one: one.order))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._by_name)


def describe_processor(processor: Any, **more: Any) -> RegisteredProcessor:
    """What a processor says about itself by its attributes, unless `more` says otherwise; raises RegistrationError when it is none."""
    if not callable(getattr(processor, "process", None)):
        raise RegistrationError(f"{processor!r} is no media processor: it has no method process(asset_id).")
    said: dict[str, Any] = {
        name: getattr(processor, name) for name in ("order", "applies_to", "attempts", "version") if hasattr(processor, name)
    }
    name = getattr(processor, "name", None) or type(processor).__name__
    said |= {"name": name} | more
    described = RegisteredProcessor(processor, **said)
    if not described.name or len(described.name) > LONGEST_NAME:
        raise RegistrationError(f"The name of a processor has 1 to {LONGEST_NAME} characters, not {len(described.name)}.")
    return described

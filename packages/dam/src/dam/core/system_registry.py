"""`SystemRegistry`: which systems answer a command, hear an event or run in a stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from dam.commands.core import BaseCommand
from dam.core.later import Later
from dam.core.stages import SystemStage
from dam.core.systems import Declared, SystemInfo, Trigger, declared_triggers, describe_system
from dam.system_events.base import BaseEvent


class SystemRegistry:
    """The systems of one World by what triggers them, each in the order of registration.

    One that is named for `later` is loaded and described when its trigger first comes.
    """

    def __init__(self, world_type: type[Any], placed: Mapping[Trigger, tuple[SystemInfo | Later, ...]] | None = None) -> None:
        """With these systems; a parameter of the type `world_type` gets the World."""
        self._world_type: Any = world_type
        self._placed: dict[Trigger, tuple[SystemInfo | Later, ...]] = dict(placed or {})
        self._ready: dict[Trigger, tuple[SystemInfo, ...]] = {}
        self._heard: dict[type[BaseEvent], tuple[SystemInfo, ...]] = {}

    def copy(self) -> Self:
        """Another one that knows the same."""
        return type(self)(self._world_type, self._placed)

    def register(self, function: Callable[..., Any], trigger: Trigger | None) -> None:
        """Take a function for a trigger, or for all that its decorators name; see `World.register_system`."""
        if isinstance(function, Later) and trigger is not None:
            self._place(trigger, function)
            return
        for one in _declarations(function, trigger):
            self._place(one.trigger, describe_system(function, one, world_type=self._world_type))

    def _place(self, trigger: Trigger, system: SystemInfo | Later) -> None:
        known = self._placed.get(trigger, ())
        if all(_function(one) != _function(system) for one in known):
            self._placed[trigger] = (*known, system)
            self._ready.pop(trigger, None)
            self._heard.clear()

    def of(self, trigger: Trigger) -> tuple[SystemInfo, ...]:
        """The systems of exactly this trigger."""
        ready = self._ready.get(trigger)
        if ready is None:
            found = {info.function: info for info in (self._described(one, trigger) for one in self._placed.get(trigger, ()))}
            ready = self._ready[trigger] = tuple(found.values())
        return ready

    def _described(self, system: SystemInfo | Later, trigger: Trigger) -> SystemInfo:
        if isinstance(system, SystemInfo):
            return system
        function = system.load()
        return describe_system(function, _declarations(function, trigger)[0], world_type=self._world_type)

    def hearing(self, event_type: type[BaseEvent]) -> tuple[SystemInfo, ...]:
        """The listeners of an event class and of its base classes, those of the class itself first."""
        heard = self._heard.get(event_type)
        if heard is None:
            heard = tuple(info for base in event_type.__mro__ if base in self._placed for info in self.of(base))
            self._heard[event_type] = heard
        return heard

    def is_heard(self, event_type: type[BaseEvent]) -> bool:
        """Whether an event class has listeners; none is loaded for the answer."""
        return any(base in self._placed for base in event_type.__mro__)

    @property
    def command_types(self) -> list[type[BaseCommand[Any, Any]]]:
        """The commands that something answers."""
        return [one for one in self._placed if isinstance(one, type) and issubclass(one, BaseCommand)]

    def loaded(self) -> Iterator[SystemInfo]:
        """The systems that are not named for later, or have been needed since."""
        for trigger, systems in self._placed.items():
            yield from self._ready.get(trigger) or [one for one in systems if isinstance(one, SystemInfo)]

    def __iter__(self) -> Iterator[SystemInfo]:
        """Every system: those that answer commands, then the listeners, then those of stages."""
        for trigger in sorted(self._placed, key=_order):
            yield from self.of(trigger)


def _order(trigger: Trigger) -> int:
    if isinstance(trigger, SystemStage):
        return 2
    return 0 if issubclass(trigger, BaseCommand) else 1


def _function(system: SystemInfo | Later) -> Any:
    return system if isinstance(system, Later) else system.function


def _declarations(function: Callable[..., Any], trigger: Trigger | None) -> tuple[Declared, ...]:
    """When a function runs: what its decorators say, narrowed to `trigger`. Raises TypeError where both say nothing, or contradict."""
    declared = declared_triggers(function)
    if trigger is None:
        if not declared:
            raise TypeError(
                f"{_name(function)} says nowhere when it runs; decorate it with @system or give command_type=, event_type= or stage="
            )
        return declared
    if not declared:
        return (Declared(trigger),)
    chosen = tuple(one for one in declared if one.trigger == trigger)
    if not chosen:
        raise TypeError(f"{_name(function)} is decorated for {declared[0].trigger!r}, but is being registered for {trigger!r}")
    return chosen


def _name(function: Any) -> str:
    return getattr(function, "__qualname__", repr(function))

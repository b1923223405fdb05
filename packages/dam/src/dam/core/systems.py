"""`@system`: a plain function becomes a part of a World; its parameters say by their types what it needs."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast, get_args, get_origin

from dam.commands.core import Access, BaseCommand
from dam.core.exceptions import RegistrationError
from dam.core.stages import SystemStage
from dam.system_events.base import BaseEvent
from dam.system_events.batch import BATCH_LIMIT, Batch

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])
Trigger = type[BaseCommand[Any, Any]] | type[BaseEvent] | SystemStage

_ATTRIBUTE = "__dam_triggers__"


@dataclass(frozen=True, slots=True)
class Declared:
    """What the decorator wrote down: when the function runs, with which access to the database, and how large its batches may be."""

    trigger: Trigger
    access: Access | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """A registered system: its function, what triggers it, and where each parameter comes from.

    `message` are the parameters that get the command or event itself, `world` those that get the World,
    `transaction` those that get the `WorldTransaction`, `resources` the (parameter, type) pairs that get a resource.
    `batch` is how many events a listener that takes a `Batch` hears at once, 0 for one that takes them one by one.
    """

    function: Callable[..., Any]
    trigger: Trigger
    access: Access
    is_generator: bool
    message: tuple[str, ...]
    world: tuple[str, ...]
    transaction: tuple[str, ...]
    resources: tuple[tuple[str, type[Any]], ...]
    batch: int = 0

    @property
    def name(self) -> str:
        """The function's name, for messages."""
        return f"{self.function.__module__}.{self.function.__qualname__}"


def system(
    *,
    on_command: type[BaseCommand[Any, Any]] | None = None,
    on_event: type[BaseEvent] | None = None,
    on_stage: SystemStage | None = None,
    access: Access | None = None,
    limit: int | None = None,
) -> Callable[[FunctionT], FunctionT]:
    """Say when a function runs: it answers a command, hears an event, or runs in a stage (exactly one of them).

    `access` is for listeners and stages: what their transaction may do ("none", the default for listeners, "read" or "write",
    the default for stages); a command's access stands on its class. `limit` is for a listener that takes a `Batch`: how many events
    it hears at once at most.
    Raises TypeError for none or more than one trigger.
    """
    triggers = [trigger for trigger in (on_command, on_event, on_stage) if trigger is not None]
    if len(triggers) != 1:
        raise TypeError("@system needs exactly one of on_command, on_event and on_stage")
    if on_command is not None and access is not None:
        raise TypeError(f"the access of a handler stands on its command: set {on_command.__name__}.access")
    if limit is not None and (on_event is None or limit < 1):
        raise TypeError("limit is how many events a listener that takes a Batch hears at once: a number from 1, beside on_event")
    declared = Declared(triggers[0], access, limit)

    def decorate(function: FunctionT) -> FunctionT:
        setattr(function, _ATTRIBUTE, (*getattr(function, _ATTRIBUTE, ()), declared))
        return function

    return decorate


def handles_command(command_type: type[BaseCommand[Any, Any]]) -> Callable[[FunctionT], FunctionT]:
    """Say that a function answers a command: the same as `@system(on_command=...)`."""
    return system(on_command=command_type)


def declared_triggers(function: Callable[..., Any]) -> tuple[Declared, ...]:
    """What `@system` wrote on the function; empty for an undecorated one."""
    return cast("tuple[Declared, ...]", getattr(function, _ATTRIBUTE, ()))


@lru_cache(maxsize=1024)  # the Worlds of one process have the same systems
def describe_system(function: Callable[..., Any], declared: Declared, *, world_type: type[Any]) -> SystemInfo:
    """Resolve a function's parameters by their types, once; a parameter of `world_type` gets the World.

    Raises RegistrationError naming the parameter that cannot be resolved.
    """
    from dam.core.transaction import WorldTransaction  # noqa: PLC0415 - the transaction module is heavy and imports nothing of this

    trigger = declared.trigger
    where = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', repr(function))}"
    _check_kind(function, trigger, where)
    found: dict[str, list[Any]] = {"message": [], "batch": [], "world": [], "transaction": [], "resources": []}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise RegistrationError(f"System {where}: parameter '{parameter.name}' must be an ordinary named parameter.")
        wanted = _annotation(function, parameter, trigger, where)
        if isinstance(trigger, type) and _is_message(wanted, trigger):
            found["message"].append(parameter.name)
        elif isinstance(trigger, type) and _is_batch(wanted, trigger):
            found["batch"].append(parameter.name)
        elif wanted is world_type:
            found["world"].append(parameter.name)
        elif wanted is WorldTransaction:
            found["transaction"].append(parameter.name)
        elif isinstance(wanted, type) and not issubclass(wanted, (BaseCommand, BaseEvent, int, float, str, bytes, dict, list, tuple, set)):
            found["resources"].append((parameter.name, wanted))
        else:
            raise RegistrationError(
                f"System {where}: parameter '{parameter.name}' is a {wanted!r}, which is neither its {_trigger_name(trigger)}, "
                "nor World, WorldTransaction or the type of a resource."
            )
    if found["batch"] and found["message"]:
        raise RegistrationError(
            f"System {where}: parameter '{found['message'][0]}' is one event, but '{found['batch'][0]}' a Batch of them."
        )
    if declared.limit is not None and not found["batch"]:
        raise RegistrationError(f"System {where} has a limit, but takes no Batch.")
    return SystemInfo(
        function=function,
        trigger=trigger,
        access=declared.access or _default_access(trigger),
        is_generator=inspect.isasyncgenfunction(function),
        message=(*found["message"], *found["batch"]),
        world=tuple(found["world"]),
        transaction=tuple(found["transaction"]),
        resources=tuple(found["resources"]),
        batch=(declared.limit or BATCH_LIMIT) if found["batch"] else 0,
    )


def _check_kind(function: Callable[..., Any], trigger: Trigger, where: str) -> None:
    """Refuse what is neither a coroutine function nor, for a command, an async generator; and one that says it is the other."""
    speaks = inspect.isasyncgenfunction(function)
    if not (inspect.iscoroutinefunction(function) or speaks):
        raise RegistrationError(f"System {where} must be an async function or an async generator.")
    if speaks and not (isinstance(trigger, type) and issubclass(trigger, BaseCommand)):
        raise RegistrationError(
            f"System {where} must be a plain async function: nobody hears what it would yield for {_trigger_name(trigger)}."
        )
    returns = None if speaks else _return_type(function)
    if (get_origin(returns) or returns) in {AsyncGenerator, AsyncIterator, AsyncIterable}:
        raise RegistrationError(f"System {where} says that it returns an async generator, but it has no 'yield', so it would tell nothing.")


def _return_type(function: Callable[..., Any]) -> Any:
    """What a function says it returns; None where that cannot be resolved, for nothing is injected there."""
    try:
        return _evaluated(function, function.__annotations__.get("return"))
    except Exception:  # noqa: BLE001 - annotations are code, which may raise anything; parameters are resolved one by one, with messages
        return None


def _default_access(trigger: Trigger) -> Access:
    """A command says it on its class; a listener has no transaction, a stage writes."""
    if isinstance(trigger, SystemStage):
        return "write"
    return trigger.access if issubclass(trigger, BaseCommand) else "none"


def _trigger_name(trigger: Trigger) -> str:
    return trigger.__name__ if isinstance(trigger, type) else f"stage {trigger.name}"


def _is_message(wanted: Any, trigger: type[Any]) -> bool:
    """Whether a parameter of this type takes the command or event: its class, or a base class that is one too."""
    wanted = getattr(wanted, "__origin__", wanted)
    root = BaseCommand if issubclass(trigger, BaseCommand) else BaseEvent
    return isinstance(wanted, type) and issubclass(wanted, root) and issubclass(trigger, wanted)


def _is_batch(wanted: Any, trigger: type[Any]) -> bool:
    """Whether a parameter of this type takes the events of a class many at once."""
    if wanted is not Batch and get_origin(wanted) is not Batch:
        return False
    return issubclass(trigger, BaseEvent) and all(
        of is Any or (isinstance(of, type) and issubclass(trigger, of)) for of in get_args(wanted)
    )


def _annotation(function: Callable[..., Any], parameter: inspect.Parameter, trigger: Trigger, where: str) -> Any:
    """The parameter's type."""
    wanted = parameter.annotation
    if wanted is parameter.empty:
        raise RegistrationError(f"System {where}: parameter '{parameter.name}' has no type, so nothing can be injected for it.")
    if isinstance(trigger, type) and wanted == trigger.__name__:
        return trigger
    try:
        return _evaluated(function, wanted)
    except Exception as error:
        raise RegistrationError(
            f"System {where}: the type '{wanted}' of parameter '{parameter.name}' cannot be resolved ({error}); "
            "import it at run time, not only under TYPE_CHECKING."
        ) from error


def _evaluated(function: Callable[..., Any], annotation: Any) -> Any:
    """An annotation of a function; one that is a string is evaluated where the function was defined."""
    if not isinstance(annotation, str):
        return annotation
    nonlocals = inspect.getclosurevars(function).nonlocals if function.__closure__ else {}
    return eval(annotation, function.__globals__, nonlocals)  # noqa: S307 - the function's own annotation, as typing.get_type_hints does it

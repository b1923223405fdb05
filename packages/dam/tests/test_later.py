"""Systems that are named by their import path, and loaded when their trigger first comes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from dam.commands.core import Access, BaseCommand
from dam.core.exceptions import RegistrationError
from dam.core.later import later
from dam.core.stages import SystemStage
from dam.core.world import World
from dam.models.core.base_component import UniqueComponent
from dam.system_events.base import BaseEvent
from dam_test_utils.fixtures import MakeWorld

MODULE = "dam_later_example"
SOURCE = """
from dam.core.systems import system
from dam.core.world import World
from tests_of_later import Ask, Happened, Other

heard = []

@system(on_command=Ask)
async def answer(command: Ask, world: World) -> str:
    return f"{command.name} in {world.name}"

async def undecorated(command: Other) -> str:
    return "other"

async def listen(event: Happened) -> None:
    heard.append(event)

async def begin(world: World) -> None:
    heard.append(world.name)

def not_async(command: Other) -> None:
    pass
"""


@dataclass
class Ask(BaseCommand[str, Any]):
    access: ClassVar[Access] = "none"

    name: str = "asked"


@dataclass
class Other(BaseCommand[str, Any]):
    access: ClassVar[Access] = "none"


@dataclass
class Happened(BaseEvent):
    pass


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module that nothing has imported."""
    (tmp_path / f"{MODULE}.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "tests_of_later", sys.modules[__name__])
    yield
    sys.modules.pop(MODULE, None)


def is_loaded() -> bool:
    return MODULE in sys.modules


async def test_a_handler_is_loaded_when_its_command_comes(make_world: MakeWorld) -> None:
    world = make_world()
    world.register_handlers(MODULE, {Ask: "answer", Other: "undecorated"})
    await world.open()
    assert world.command_types == [Ask, Other]
    assert not world.loaded_systems()
    assert not is_loaded()
    assert (await world.dispatch_command(Ask("named"))).one() == f"named in {world.name}"
    assert [info.name for info in world.loaded_systems()] == [f"{MODULE}.answer"]
    assert (await world.dispatch_command(Other())).one() == "other"
    assert len(world.systems()) == 2


async def test_a_listener_is_loaded_when_its_event_comes_and_not_when_it_is_sent(make_world: MakeWorld) -> None:
    world = make_world()
    world.register_system(later(f"{MODULE}:listen"), event_type=Happened)
    world.register_system(later(f"{MODULE}:begin"), stage=SystemStage.STARTUP)
    await world.open()
    world.publish(Happened())
    assert not is_loaded()
    await world.settled()
    await world.run_stage(SystemStage.STARTUP)
    assert sys.modules[MODULE].heard == [Happened(), world.name]


async def test_named_handlers_and_others_answer_in_the_order_of_registration_once_each(make_world: MakeWorld) -> None:
    world = make_world()

    async def first(_command: Ask) -> str:
        return "first"

    async def last(_command: Ask) -> str:
        return "last"

    world.register_system(first, command_type=Ask)
    world.register_handlers(MODULE, {Ask: "answer"})
    world.register_handlers(MODULE, {Ask: "answer"})
    world.register_system(last, command_type=Ask)
    assert [*(await world.dispatch_command(Ask())).results] == ["first", f"asked in {world.name}", "last"]
    world.register_system(sys.modules[MODULE].answer)  # the same function, by itself
    assert len((await world.dispatch_command(Ask())).results) == 3


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        (f"{MODULE}:nothing", RegistrationError, f"{MODULE} has no 'nothing'"),
        (f"{MODULE}:not_async", RegistrationError, "must be an async function"),
        (f"{MODULE}:answer", TypeError, "is decorated for"),
        ("no_such_module:answer", ModuleNotFoundError, "no_such_module"),
    ],
)
async def test_a_wrong_name_shows_when_it_is_loaded(make_world: MakeWorld, path: str, error: type[Exception], words: str) -> None:
    world = make_world()
    world.register_system(later(path), command_type=Other)
    with pytest.raises(error, match=words):
        await world.dispatch_command(Other())
    with pytest.raises(error, match=words):
        world.systems()


async def test_listeners_that_cannot_be_loaded_are_a_failure_and_the_next_event_is_heard(make_world: MakeWorld) -> None:
    world: World = make_world()
    heard: list[BaseEvent] = []

    @dataclass
    class Next(BaseEvent):
        pass

    async def listen(event: Next) -> None:
        heard.append(event)

    world.register_system(later("no_such_module:listen"), event_type=Happened)
    world.register_system(listen, event_type=Next)
    await world.open()
    world.publish(Happened())
    world.publish(Next())
    await world.settled()
    assert heard == [Next()]
    assert [failure.listener for failure in world.listener_failures] == ["the listeners of Happened"]


@pytest.mark.parametrize("path", ["dam.core", "dam.core:", ":name", "dam core:name", "dam.core:a.b"])
def test_what_is_no_import_path_is_refused(path: str) -> None:
    with pytest.raises(RegistrationError, match="no import path"):
        later(path)


def test_what_is_named_for_later_needs_its_trigger(make_world: MakeWorld) -> None:
    with pytest.raises(TypeError, match="says nowhere when it runs"):
        make_world().register_system(later(f"{MODULE}:answer"))


class LaterExampleComponent(UniqueComponent):
    __tablename__ = "component_later_example"


async def test_named_components_are_known_once_whether_by_name_or_themselves(make_world: MakeWorld) -> None:
    world = make_world()
    for _ in range(2):
        world.register_models(__name__, {"LaterExampleComponent": "component_later_example"})
    assert world.component_types == [LaterExampleComponent]
    world.register_component(LaterExampleComponent)
    assert world.component_types == [LaterExampleComponent]


async def test_a_name_or_table_that_another_component_has_is_refused_before_anything_is_loaded(make_world: MakeWorld) -> None:
    world = make_world()
    world.register_models(MODULE, {"SomeComponent": "component_some"})
    with pytest.raises(RegistrationError, match="wants the table 'component_some'"):
        world.register_models("elsewhere", {"OtherComponent": "component_some"})
    with pytest.raises(RegistrationError, match="elsewhere brings a SomeComponent"):
        world.register_models("elsewhere", {"SomeComponent": "component_other"})
    assert not is_loaded()


async def test_a_wrong_table_shows_when_it_is_loaded(make_world: MakeWorld) -> None:
    world = make_world()
    world.register_models(__name__, {"LaterExampleComponent": "component_mistyped"})
    with pytest.raises(RegistrationError, match="was to bring the component LaterExampleComponent with the table 'component_mistyped'"):
        world.load_models()

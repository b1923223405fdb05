"""The base classes of all tables: their constructors, their columns, and what they mean in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError, StatementError
from sqlalchemy.orm import Mapped, joinedload, mapped_column

from dam.core.transaction import WorldTransaction
from dam.core.world import World
from dam.models.base_component import UniqueComponent as OlderPath
from dam.models.config import ConfigComponent
from dam.models.core.base_component import BaseComponent, Component, UniqueComponent
from dam.models.entity import Entity
from dam.models.types import JSONDocument, UTCDateTime, utc_now
from dam_test_utils.fixtures import MakeWorld


class ModelsManyComponent(BaseComponent):
    __tablename__ = "component_test_models_many"
    name: Mapped[str]
    size: Mapped[int] = mapped_column(default=0)


class ModelsOneComponent(UniqueComponent):
    __tablename__ = "component_test_models_one"
    data: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)
    moment: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)


def test_the_constructor_takes_the_data_by_keyword() -> None:
    component = ModelsManyComponent(name="a")
    values: tuple[Any, ...] = (component.name, component.size, component.entity_id)
    assert values == ("a", 0, None)
    assert ModelsManyComponent(name="a", entity_id=3).entity_id == 3
    by_entity = ModelsManyComponent(name="a", entity=Entity(id=3))  # type: ignore[call-arg]  # mypy overlooks a declared_attr
    assert by_entity.entity.id == 3
    with pytest.raises(TypeError):
        ModelsManyComponent("a")  # type: ignore[call-arg, arg-type]  # that is what it shows
    for unknown in ({"id": 3}, {"created_at": utc_now()}):
        with pytest.raises(TypeError):
            ModelsManyComponent(name="a", **unknown)


def test_two_components_are_equal_when_they_are_one() -> None:
    component = ModelsManyComponent(name="a")
    assert component == component
    assert component != ModelsManyComponent(name="a")
    assert len({component, ModelsManyComponent(name="a")}) == 2
    assert "name='a'" in repr(component)


def test_paths_and_kinds() -> None:
    assert OlderPath is UniqueComponent
    assert issubclass(BaseComponent, Component)
    assert not ModelsOneComponent.derived
    assert Entity().id is None
    assert Entity(id=7).id == 7


async def open_world(make_world: MakeWorld) -> World:
    world = make_world()
    world.register_components(ModelsManyComponent, ModelsOneComponent)
    await world.open()
    return world


async def fill(transaction: WorldTransaction) -> int:
    entity = await transaction.create_entity()
    await transaction.add_component_to_entity(entity.id, ModelsManyComponent(name="a"))
    return entity.id


@pytest.mark.usefixtures("database")
async def test_an_id_is_never_given_twice(make_world: MakeWorld) -> None:
    world = await open_world(make_world)
    async with world.transaction() as transaction:
        first = await fill(transaction)
        await transaction.delete_entity(first)
        assert await fill(transaction) == first + 1


@pytest.mark.usefixtures("database")
async def test_components_go_with_their_entity(make_world: MakeWorld) -> None:
    world = await open_world(make_world)
    async with world.transaction() as transaction:
        entity = await fill(transaction)
        await transaction.add_component_to_entity(entity, ModelsOneComponent())
        await transaction.flush()
        await transaction.delete_entity(entity)
        for component_type in (ModelsManyComponent, ModelsOneComponent):
            assert (await transaction.execute(select(component_type.entity_id))).all() == []


async def test_the_entity_is_loaded_only_when_asked_for(make_world: MakeWorld) -> None:
    world = await open_world(make_world)
    async with world.transaction() as transaction:
        entity = await fill(transaction)
    async with world.transaction("read") as transaction:
        component = await transaction.get_component(entity, ModelsManyComponent)
        assert component is not None
        with pytest.raises(InvalidRequestError, match="lazy='raise'"):
            _ = component.entity


@pytest.mark.usefixtures("database")
async def test_moments_and_documents_come_back_as_they_went(make_world: MakeWorld) -> None:
    world = await open_world(make_world)
    moment = datetime(2019, 5, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    data = {"a": [1, 2.5, None, True], "ß": {"deep": "\N{GRINNING FACE}"}}
    async with world.transaction() as transaction:
        entity = await transaction.create_entity()
        await transaction.add_component_to_entity(entity.id, ModelsOneComponent(data=data, moment=moment))
    async with world.transaction("read") as transaction:
        found = await transaction.get_component(entity.id, ModelsOneComponent)
        assert found is not None
        assert found.data == data
        assert found.moment == moment
        assert found.moment.tzinfo is UTC
        assert abs(found.created_at - utc_now()) < timedelta(minutes=1)


async def test_a_moment_needs_a_time_zone(make_world: MakeWorld) -> None:
    world = await open_world(make_world)
    with pytest.raises(StatementError, match="needs a time zone"):
        async with world.transaction() as transaction:
            entity = await transaction.create_entity()
            naive = datetime(2019, 5, 1)  # noqa: DTZ001 - that is what it shows
            await transaction.add_component_to_entity(entity.id, ModelsOneComponent(moment=naive))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
async def test_moments_far_away(make_world: MakeWorld, moment: datetime) -> None:
    world = await open_world(make_world)
    async with world.transaction() as transaction:
        entity = await transaction.create_entity()
        await transaction.add_component_to_entity(entity.id, ModelsOneComponent(moment=moment))
        assert (await transaction.execute(select(ModelsOneComponent.moment))).scalar_one() == moment


def test_the_abstract_kinds_are_no_tables() -> None:
    for kind in (Component, BaseComponent, UniqueComponent):
        assert not hasattr(kind, "__table__")
    assert Component.__subclasses__() != []
    assert {ModelsManyComponent, ModelsOneComponent} <= {mapper.class_ for mapper in Component.registry.mappers}


async def test_an_entity_has_a_number_of_its_own_and_is_found_again(make_world: MakeWorld) -> None:
    world = await open_world(make_world)
    async with world.transaction() as transaction:
        first, second = Entity(), Entity()
        transaction.session.add_all([first, second])
        await transaction.session.flush()
        assert first.id != second.id
    async with world.transaction("read") as transaction:
        found = await transaction.get_entity(second.id)
        assert found is not None
        assert found is not second
        assert found.id == second.id
    assert import_module("dam").Entity is Entity


async def test_an_entity_may_have_many_of_a_kind(make_world: MakeWorld) -> None:
    world = await open_world(make_world)
    async with world.transaction() as transaction:
        entity = await fill(transaction)
        await transaction.add_component_to_entity(entity, ModelsManyComponent(name="b"))
    async with world.transaction("read") as transaction:
        statement = select(ModelsManyComponent).options(joinedload(ModelsManyComponent.entity)).order_by(ModelsManyComponent.id)
        both = list((await transaction.session.scalars(statement)).all())
    assert [one.name for one in both] == ["a", "b"]
    assert both[0].id != both[1].id
    for one in both:
        assert (one.entity_id, one.entity.id) == (entity, entity), "asked for, it comes along"
        assert one.created_at.tzinfo is UTC
        assert one.updated_at == one.created_at


async def test_a_change_moves_one_of_the_two_moments(make_world: MakeWorld) -> None:
    world = await open_world(make_world)
    async with world.transaction() as transaction:
        entity = await fill(transaction)
        await transaction.add_component_to_entity(entity, ModelsOneComponent())

    async def moments(kind: type[ModelsManyComponent | ModelsOneComponent]) -> tuple[datetime, datetime]:
        async with world.transaction("read") as transaction:
            component = await transaction.get_component(entity, kind)
            assert component is not None
            return component.created_at, component.updated_at

    before = [await moments(ModelsManyComponent), await moments(ModelsOneComponent)]
    async with world.transaction() as transaction:
        loaded = await transaction.get_component(entity, ModelsManyComponent)
        assert loaded is not None
        loaded.size = 5
        await transaction.add_component_to_entity(entity, ModelsOneComponent(data={"a": 1}))
    after = [await moments(ModelsManyComponent), await moments(ModelsOneComponent)]
    for (created, updated), (still, later) in zip(before, after, strict=True):
        assert created == still
        assert later > updated
        assert created.tzinfo is later.tzinfo is UTC


async def test_every_component_can_be_imported_from_its_package(make_world: MakeWorld) -> None:
    """By its name from the models of its package, and those that every plugin knows from `dam.models` too."""
    import dam.models
    from dam.assets.models import COMPONENTS

    for kind in make_world(None).component_types:
        package = kind.__module__.partition(".models")[0].removesuffix(".settings").removesuffix(".plugin")
        room = f"{package}.settings" if issubclass(kind, ConfigComponent) else f"{package}.models"
        assert getattr(import_module(room), kind.__name__) is kind
    for kind in COMPONENTS:
        assert getattr(dam.models, kind.__name__) is kind
        assert kind.__name__ in dam.models.__all__
    assert all(getattr(dam.models, name) is not None for name in dam.models.__all__)
    assert (dam.models.Entity, dam.models.BaseComponent) == (Entity, BaseComponent)
    with pytest.raises(ImportError):
        exec("from dam.models import NoSuchComponent")

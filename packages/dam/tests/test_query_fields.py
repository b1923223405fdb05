"""Fields of the search language that plugins bring: how values compare, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dam.assets.commands import ExportAssetsCommand, ListAssetsCommand
from dam.assets.functions.field_values import comparisons
from dam.assets.models import AssetComponent, RatingComponent, TagComponent
from dam.assets.plugin import AssetsPlugin
from dam.core.exceptions import RegistrationError, UsageError
from dam.core.world import World
from dam.models.entity import Entity
from dam_test_utils.fixtures import MakeWorld

CASES = [
    ("width_px:4000", {1}),
    ("width_px:>640", {1}),
    ("width_px:>=640", {1, 2}),
    ("width_px:<640", set()),
    ("width_px:600..700", {2}),
    ("-width_px:>640", {2, 3}),
    ("taken:2019", {1}),
    ("taken:2020-02", {2}),
    ("taken:2020-02-29", {2}),
    ("taken:>2019", {2}),
    ("taken:<=2019-12", {1, 3}),
    ("taken:2019..2020", {1, 2}),
    ("label:ANIMAL/*", {2}),
    ("label:animal", set()),
    ("width_px:>1 label:animal/cat", {2}),
    ("date:2019 width:4000 size:>10MB", {1}),
    ("size:<=1.5GiB size:>0.002gb -size:1000k", {1}),
    ("width:>99999999999", set()),
    ("width:>639.5 width:<640.5", {2}),
    ("rating:>=4", {1}),
    ("-rating:>=4", {2, 3}),
    ("added:>2020", {1, 2, 3}),
]


@pytest.fixture
async def searched(make_world: MakeWorld) -> World:
    world = make_world(AssetsPlugin)
    world.register_field("width_px", AssetComponent.width)
    world.register_field("taken", AssetComponent.sort_at)
    world.register_field("label", TagComponent.tag_name)
    rows = [
        (4000, datetime(2019, 12, 31, 23, 59, tzinfo=UTC)),
        (640, datetime(2020, 2, 29, tzinfo=UTC)),
        (None, datetime(2015, 1, 1, tzinfo=UTC)),
    ]
    async with world.transaction() as transaction:
        for width, taken in rows:
            entity = await transaction.create_entity()
            size = 20_000_000 if width == 4000 else 1_000_000
            asset = AssetComponent(asset_type="image", width=width, sort_at=taken, size=size)
            await transaction.add_component_to_entity(entity.id, asset)
            for origin, stars in [("file:test", 5), *([("person", 3)] if width != 4000 else [])]:  # a person's word wins
                await transaction.add_component_to_entity(entity.id, RatingComponent(value=stars, origin=origin))
            if width == 640:
                await transaction.add_component_to_entity(entity.id, TagComponent(tag_name="animal/cat"))
    return world


@pytest.mark.usefixtures("database")
async def test_assets_are_found_by_fields_that_are_compared(searched: World) -> None:
    for query, expected in CASES:
        page = (await searched.dispatch_command(ListAssetsCommand(query=query))).one()
        assert {item["id"] for item in page.items} == expected, query
        exported = (await searched.dispatch_command(ExportAssetsCommand(query=query))).one()
        assert {row["id"] for row in exported} == expected, query


async def test_an_unknown_field_is_refused_with_the_known_ones(searched: World) -> None:
    with pytest.raises(UsageError, match=r"no field 'cues'.*status, added, date, .*label, rating, size, taken, width, width_px"):
        await searched.dispatch_command(ListAssetsCommand(query="cues:3"))


UNFIT = [
    ("number", "many"),
    ("number", "1..x"),
    ("number", ">nan"),
    ("number", "9e99"),
    ("date", "2020-13"),
    ("date", "9999"),
    ("bool", "so"),
]


@pytest.mark.parametrize(("kind", "text"), UNFIT)
def test_a_value_that_does_not_fit_is_refused_with_an_example(kind: Any, text: str) -> None:
    with pytest.raises(UsageError, match="for example size:"):
        comparisons("size", kind, text)


async def test_a_field_is_registered_once_and_for_a_column_of_a_component(make_world: MakeWorld) -> None:
    world = make_world(AssetsPlugin)
    world.register_field("width_px", AssetComponent.width)
    world.register_field("width_px", AssetComponent.width)  # the same again
    refused: list[tuple[str, Any, str]] = [
        ("width_px", AssetComponent.height, "already"),
        ("tag", TagComponent.tag_name, "already"),
        ("Wide", AssetComponent.width, "lower-case"),
        ("entity_no", Entity.id, "column of a component"),
        ("wide", "width", "column of a component"),
    ]
    for name, column, words in refused:
        with pytest.raises(RegistrationError, match=words):
            world.register_field(name, column)

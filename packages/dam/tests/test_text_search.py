"""Words of the text of assets are found, on both databases, as they come, change and go."""

from __future__ import annotations

from typing import Any

import pytest

from dam.assets.commands import ListAssetsCommand
from dam.assets.models import AssetComponent, RecognisedTextComponent, TextComponent
from dam.assets.plugin import AssetsPlugin
from dam.core.world import World
from dam_test_utils.fixtures import MakeWorld

pytestmark = pytest.mark.usefixtures("database")

TEXTS = {
    "one": "The quick brown fox jumps over the lazy dog. It's Zürich's O'Neill; 100% sure_thing",
    "two": "Ein schneller brauner Fuchs\nund ein fauler Hund",
    "three": "",
}
FOUND = {
    "fox": ["one"], "FOX": ["one"], "qui": ["one"], "ick": [], '"brown fox"': ["one"], '"fox brown"': [], "brown fuchs": [],
    "quick lazy": ["one"], "schneller -hund": [], "-fox": ["three", "two"], "O'Neill": ["one"], "hund": ["two"], '"fauler hun"': ["two"],
    "sure_thing": ["one"], '"\'"': [], "*": [], "\\": [], "fox:": [], '"a & b | !c"': [], "NEAR(fox": [],
}  # fmt: skip


async def found(world: World, query: str) -> list[str]:
    return sorted(row["filename"] for row in (await world.dispatch_command(ListAssetsCommand(query))).one().items)


async def filled(world: World, kind: type[Any]) -> dict[str, int]:
    ids = {}
    async with world.transaction() as transaction:
        for name, text in TEXTS.items():
            ids[name] = (await transaction.create_entity()).id
            await transaction.add_component_to_entity(ids[name], AssetComponent(filename=name, status="ready"))
            await transaction.add_component_to_entity(ids[name], kind(text=text))
    return ids


@pytest.mark.parametrize("kind", [TextComponent, RecognisedTextComponent])
async def test_words_of_texts_are_found_as_they_come_change_and_go(make_world: MakeWorld, kind: type[Any]) -> None:
    async with make_world(AssetsPlugin) as world:
        ids = await filled(world, kind)
        assert {query: await found(world, query) for query in FOUND if query != "fox:"} == {
            query: names for query, names in FOUND.items() if query != "fox:"
        }
        async with world.transaction() as transaction:
            await transaction.add_component_to_entity(ids["one"], kind(text="nothing but cats"))
            await transaction.delete_entity(ids["two"])
        assert [await found(world, query) for query in ("fox", "cats", "hund")] == [[], ["one"], []]


async def test_accents_do_not_matter_on_sqlite(make_world: MakeWorld) -> None:
    async with make_world(AssetsPlugin) as world:
        await filled(world, TextComponent)
        assert await found(world, "zürich") == ["one"]
        if world.database.is_sqlite:
            assert await found(world, "zurich") == ["one"]

"""A new version of an asset has copies of all that people said of it, by whatever plugin's component, and of nothing else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from dam.assets.commands import ExportAssetsCommand, GetAssetCommand, LinkEntitiesCommand, TagAssetsCommand
from dam.assets.models import (
    AssetComponent,
    DescriptionComponent,
    FormerLocationComponent,
    NamespacedMetadataComponent,
    RatingComponent,
    TagComponent,
    TitleComponent,
    Visibility,
)
from dam.assets.plugin import AssetsPlugin
from dam.core.world import World
from dam.core.writes import table_of
from dam.models.core.base_component import is_human
from dam_fs.commands import IndexPathCommand
from dam_fs.plugin import FsPlugin
from dam_test_utils.fixtures import MakeFiles, MakeWorld


async def test_all_that_people_said_is_said_of_the_new_version(make_world: MakeWorld, make_files: MakeFiles) -> None:
    root = make_files({"a": "first", "album": "album", "friend": "friend", "other": "other"})
    async with make_world(AssetsPlugin, FsPlugin) as world:
        await world.dispatch_command(IndexPathCommand(root))
        ids = {one["filename"]: one["id"] for one in (await world.dispatch_command(ExportAssetsCommand())).one()}
        await world.dispatch_command(TagAssetsCommand((ids["a"],), ("kept",)))
        for source, target, relation in (("album", "a", "contains"), ("a", "friend", "related_to"), ("other", "friend", "related_to")):
            await world.dispatch_command(LinkEntitiesCommand(ids[source], ids[target], relation))
        async with world.transaction() as transaction:
            for said in (
                TitleComponent(value="My title"),
                TitleComponent(value="The file's title", origin="file:document.metadata"),
                DescriptionComponent(value="My words"),
                RatingComponent(value=4),
                TagComponent(tag_name="by the file", origin="file:document.metadata"),
                NamespacedMetadataComponent(namespace="mine", data={"key": "value"}),
            ):
                await transaction.add_component_to_entity(ids["a"], said)
            await transaction.update_rows(AssetComponent, [{"entity_id": ids["a"], "visibility": Visibility.PUBLIC}])
        (root / "a").rename(root / "a.bak")
        (root / "a").write_text("second")
        await world.dispatch_command(IndexPathCommand(root))

        (link,) = [link for link in await links(world, ids["a"]) if link[0] == "version_of"]
        new = await asset_of(world, link[2])
        assert (new["filename"], new["title"], new["description"], new["rating"]) == ("a", "My title", "My words", 4)
        assert (new["tags"], new["visibility"], new["metadata"]["mine"]) == (["kept"], "public", {"key": "value"})
        assert await links(world, new["id"]) == {
            ("version_of", "out", ids["a"]),
            ("contains", "in", ids["album"]),
            ("related_to", "out", ids["friend"]),
        }
        old = await asset_of(world, ids["a"])
        assert (old["filename"], sorted(old["tags"]), len(old["links"])) == ("a.bak", ["by the file", "kept"], 3)
        former = table_of(FormerLocationComponent)
        moved = await world.database.read(lambda connection: connection.execute(select(former.c.entity_id)).scalars().all())
        assert moved == [ids["a"]], "where files were is not said by people"


async def asset_of(world: World, entity_id: int) -> dict[str, Any]:
    asset = (await world.dispatch_command(GetAssetCommand(entity_id))).one()
    assert asset is not None
    return asset


async def links(world: World, entity_id: int) -> set[tuple[str, str, int]]:
    asset = await asset_of(world, entity_id)
    return {(link["relation"], link["direction"], link["id"]) for link in asset["links"]}


async def test_every_kind_says_what_it_is(make_world: MakeWorld) -> None:
    async with make_world(None) as world:
        human = {kind.__name__ for kind in world.component_types if is_human(kind)}
    named = {"TitleComponent", "DescriptionComponent", "RatingComponent", "TagComponent", "NamespacedMetadataComponent"}
    assert named <= human
    assert not [kind for kind in world.component_types if kind.derived and kind.bookkeeping]
    assert not {name for name in human if "Location" in name or "Settings" in name or "Record" in name}

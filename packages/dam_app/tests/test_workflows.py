"""The specification's two ways in: by events (bytes in memory) and by commands (a file's path)."""

from __future__ import annotations

import hashlib
import inspect
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dam.assets.commands import ExportAssetsCommand, GetAssetCommand
from dam.assets.models import TagComponent
from dam.assets.plugin import AssetsPlugin
from dam.core.events import AssetIngestionRequested
from dam.core.world import World
from dam.models.entity import Entity
from dam_app.commands import FindImportCommand, IngestFileCommand, ProcessFileByHashCommand, ProcessImageCommand
from dam_app.functions import file_functions, hash_functions
from dam_app.models import ImportRecordComponent
from dam_app.systems.ingestion import handle_find_import, handle_ingest_file, handle_process_by_hash
from dam_fs.commands import IndexPathCommand
from dam_fs.events import FileStored
from dam_fs.models import File
from dam_fs.plugin import FsPlugin
from dam_fs.resources import FileStorageResource
from dam_media_image.events import ImageAssetDetected
from dam_media_image.functions import thumbnail_functions
from dam_media_image.models import ImageMetadataComponent
from dam_media_image.systems import handle_process_image
from dam_test_utils.fixtures import MakeFiles, MakeWorld
from dam_test_utils.pictures import jpeg, png

MakePictures = Callable[..., list[Path]]


class Heard:
    """The events of a World, in the order in which they are heard."""

    def __init__(self, world: World) -> None:
        self.events: list[FileStored | ImageAssetDetected] = []

        async def stored(event: FileStored) -> None:
            self.events.append(event)

        async def detected(event: ImageAssetDetected) -> None:
            self.events.append(event)

        world.register_system(stored, event_type=FileStored)
        world.register_system(detected, event_type=ImageAssetDetected)

    def take(self) -> list[FileStored | ImageAssetDetected]:
        taken, self.events = self.events, []
        return taken


async def request(world: World, content: bytes, name: str = "a.jpg") -> Entity:
    """As the specification says it: make an entity, and announce its bytes."""
    async with world.transaction() as transaction:
        entity = await transaction.create_entity()
        world.send_event(AssetIngestionRequested(entity=entity, file_content=content, original_filename=name))
    await world.settled()
    assert not world.listener_failures
    return entity


async def exists(world: World, entity: Entity) -> bool:
    async with world.transaction("read") as transaction:
        return await transaction.get_entity(entity.id) is not None


async def test_from_bytes_to_picture_metadata(world: World) -> None:
    heard = Heard(world)
    entity = await request(world, jpeg(40, 30))
    stored, detected = heard.take()
    assert isinstance(stored, FileStored)
    assert isinstance(detected, ImageAssetDetected)
    assert stored.entity.id == detected.entity.id == entity.id
    assert stored.file_id == detected.file_id
    assert stored.file_path.read_bytes() == jpeg(40, 30)
    async with world.transaction("read") as transaction:
        (file,) = await transaction.get_components(entity.id, File)
        assert file.id == stored.file_id
        assert file.original_filename == "a.jpg"
        assert world.get_resource(FileStorageResource).get_file_path(file.file_identifier) == stored.file_path
        metadata = await transaction.get_component(entity.id, ImageMetadataComponent)
        assert metadata is not None
        assert (metadata.width, metadata.height, metadata.format) == (40, 30, "JPEG")


async def test_known_bytes_go_to_the_known_entity(world: World) -> None:
    heard = Heard(world)
    known = await request(world, jpeg())
    heard.take()
    new = await request(world, jpeg(), "again.jpg")
    assert not await exists(world, new)
    assert [event.entity.id for event in heard.take()] == [known.id, known.id]
    assert len((await world.dispatch_command(ExportAssetsCommand())).one()) == 1


async def test_bytes_that_are_indexed_in_place_go_to_that_entity(world: World, make_files: MakeFiles) -> None:
    root = make_files({"a.jpg": jpeg()})
    await world.dispatch_command(IndexPathCommand(root))
    (indexed,) = (await world.dispatch_command(ExportAssetsCommand())).one()
    heard = Heard(world)
    new = await request(world, jpeg())
    assert not await exists(world, new)
    assert heard.take()[0].entity.id == indexed["id"]
    asset: dict[str, Any] = (await world.dispatch_command(GetAssetCommand(indexed["id"]))).one() or {}
    assert [one["storage_type"] for one in asset["locations"]] == ["in_place", "local_content_addressable"]


async def test_bytes_of_no_picture_are_stored_and_announced_by_nobody(world: World) -> None:
    heard = Heard(world)
    entity = await request(world, b"just a text", "a.txt")
    (event,) = heard.take()
    assert isinstance(event, FileStored)
    assert event.entity.id == entity.id


async def test_bytes_of_no_known_kind_are_stored_and_announced_by_nobody(world: World) -> None:
    heard = Heard(world)
    await request(world, b"\0\1\2\3" * 50, "picture.jpg")
    assert [type(event) for event in heard.take()] == [FileStored]


async def test_what_is_known_of_a_picture_is_not_read_again(world: World) -> None:
    entity = await request(world, jpeg(40, 30))
    async with world.transaction() as transaction:
        metadata = await transaction.get_component(entity.id, ImageMetadataComponent)
        assert metadata is not None
        metadata.width = 4711
        (file,) = await transaction.get_components(entity.id, File)
    world.send_event(ImageAssetDetected(entity=entity, file_id=file.id))
    await request(world, jpeg(40, 30))
    async with world.transaction("read") as transaction:
        (metadata,) = await transaction.get_components(entity.id, ImageMetadataComponent)
        assert (metadata.width, metadata.height) == (4711, 30)


async def test_a_new_entity_that_has_more_than_the_bytes_is_kept(world: World) -> None:
    known = await request(world, jpeg())
    heard = Heard(world)
    async with world.transaction() as transaction:
        entity = await transaction.create_entity()
        await transaction.add_component_to_entity(entity.id, TagComponent(tag_name="mine"))
        world.send_event(AssetIngestionRequested(entity=entity, file_content=jpeg(), original_filename="a.jpg"))
    await world.settled()
    assert await exists(world, entity)
    assert heard.take()[0].entity.id == known.id


async def test_many_requests_at_once(world: World) -> None:
    heard = Heard(world)
    contents = [jpeg(seed=number % 3) for number in range(9)]
    async with world.transaction() as transaction:
        for number, content in enumerate(contents):
            entity = await transaction.create_entity()
            world.send_event(AssetIngestionRequested(entity=entity, file_content=content, original_filename=f"{number}.jpg"))
    await world.settled()
    assert not world.listener_failures
    stored = [event for event in heard.take() if isinstance(event, FileStored)]
    assert len(stored) == 9
    assert len({event.entity.id for event in stored}) == 3
    assert len((await world.dispatch_command(ExportAssetsCommand())).one()) == 3


async def test_damaged_bytes_are_kept_with_a_reason(world: World) -> None:
    entity = await request(world, jpeg(200, 200)[:300])
    asset: dict[str, Any] = (await world.dispatch_command(GetAssetCommand(entity.id))).one() or {}
    assert asset["status"] in ("error", "partial")
    assert asset["error_message"]


async def test_a_request_for_no_entity_fails_alone(world: World) -> None:
    world.send_event(AssetIngestionRequested(entity=Entity(id=4711), file_content=jpeg(), original_filename="a.jpg"))
    await world.settled()
    assert len(world.listener_failures) == 1
    assert (await world.dispatch_command(ExportAssetsCommand())).one() == []


# -- by commands ------------------------------------------------------------------------------------------------------------


async def ingest(world: World, path: Path) -> dict[str, Any]:
    """As the specification says it: one result, through the chain of handlers."""
    result = await world.dispatch_command(IngestFileCommand(file_path=path))
    assert len(result.results) == 1
    answer: dict[str, Any] = result.results[0]
    return answer


async def test_the_four_answers(world: World, pictures: MakePictures, make_files: MakeFiles) -> None:
    first, second = pictures(2)
    answer = await ingest(world, first)
    assert answer["status"] == "SUCCESS"
    assert Path(answer["thumbnail_path"]).is_file()
    assert await ingest(world, first) == {"status": "SKIPPED", "reason": "Path already imported"}
    copy = make_files({"copy.jpg": first.read_bytes()}) / "copy.jpg"
    assert await ingest(world, copy) == {"status": "SKIPPED", "reason": "Duplicate hash"}
    unknown = make_files({"a.db": b"SQLite format 3\0".ljust(100, b"\1")}) / "a.db"
    assert await ingest(world, unknown) == {"status": "FAILED", "reason": "Unsupported file type"}
    assert (await ingest(world, second))["status"] == "SUCCESS"
    await world.settled()
    assert len((await world.dispatch_command(ExportAssetsCommand())).one()) == 2


async def test_files_that_cannot_be_read_fail_with_a_reason(world: World, make_files: MakeFiles) -> None:
    root = make_files({"damaged.jpg": jpeg(200, 200)[:300]})
    for path in (root / "nowhere.jpg", root):
        answer = await ingest(world, path)
        assert answer["status"] == "FAILED"
        assert path.name in answer["reason"]
    answer = await ingest(world, root / "damaged.jpg")
    assert answer["status"] == "FAILED"
    assert answer["reason"]
    await world.settled()


async def test_processing_by_hash(world: World, pictures: MakePictures) -> None:
    (path,) = pictures(1)
    file_hash = await hash_functions.calculate_hash(path)
    assert not await hash_functions.does_hash_exist(world, file_hash)
    answer = (await world.dispatch_command(ProcessFileByHashCommand(file_path=path, file_hash=file_hash))).one()
    assert answer["status"] == "SUCCESS"
    assert await hash_functions.does_hash_exist(world, file_hash)
    assert await file_functions.is_path_imported(world, path)
    assert not await file_functions.is_path_imported(world, path.with_name("other.jpg"))
    again = (await world.dispatch_command(ProcessFileByHashCommand(file_path=path, file_hash=file_hash))).one()
    assert again == {"status": "SKIPPED", "reason": "Duplicate hash"}
    path.write_bytes(png(seed=7))  # another content at a path that was imported before
    other = (await world.dispatch_command(ProcessFileByHashCommand(path, hashlib.sha256(png(seed=7)).hexdigest()))).one()
    assert other["status"] == "SUCCESS"
    assert (await world.dispatch_command(FindImportCommand(path))).one() == other["entity_id"]
    await world.settled()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (jpeg(), "image"),
        (png(), "image"),
        (b"plain text", "document"),
        (b"%PDF-1.4\n", "document"),
        (b"\0\1\2\3" * 50, "other"),
        (b"", "other"),
    ],
)
def test_kinds_of_files(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "misleading.mp3").write_bytes(content)
    assert file_functions.get_file_type(tmp_path / "misleading.mp3") == kind


async def test_an_odd_name(world: World, make_files: MakeFiles) -> None:
    path = Path(os.fsdecode(os.fsencode(make_files({})) + b"/caf\xe9\n.jpg"))
    path.write_bytes(jpeg())
    assert (await ingest(world, path))["status"] == "SUCCESS"
    assert (await ingest(world, path))["reason"] == "Path already imported"
    await world.settled()


async def test_the_functions_of_the_guide(world: World, pictures: MakePictures) -> None:
    """What the guide's printed code awaits is asynchronous; `get_file_type` it calls, and so it is a plain function."""
    awaited = (file_functions.is_path_imported, hash_functions.calculate_hash, hash_functions.does_hash_exist, thumbnail_functions.generate)
    assert all(map(inspect.iscoroutinefunction, awaited))
    assert not inspect.iscoroutinefunction(file_functions.get_file_type)
    first, second = pictures(2)
    digest = await hash_functions.calculate_hash(first)
    assert digest == hashlib.sha256(first.read_bytes()).hexdigest()
    assert not await hash_functions.does_hash_exist(world, digest)
    assert not await file_functions.is_path_imported(world, first)
    assert (await ingest(world, first))["status"] == "SUCCESS"
    assert await hash_functions.does_hash_exist(world, digest)
    assert await file_functions.is_path_imported(world, first)
    assert not await file_functions.is_path_imported(world, second)
    assert file_functions.get_file_type(first) == "image"
    await world.settled()


# -- the guide's own handlers -----------------------------------------------------------------------------------------------

GUIDE = """
from dam.core.systems import handles_command
from dam.core.world import World
from dam_app.commands import IngestFileCommand, ProcessFileByHashCommand
from dam_app.functions import file_functions, hash_functions

@handles_command(IngestFileCommand)
async def handle_ingest_file(cmd: IngestFileCommand, world: World):
    '''
    Handles the initial file ingestion request.
    '''
    # 1. Check if this file path has been imported before
    if await file_functions.is_path_imported(world, cmd.file_path):
        return {"status": "SKIPPED", "reason": "Path already imported"}

    # 2. Calculate the file hash
    file_hash = await hash_functions.calculate_hash(cmd.file_path)

    # 3. Dispatch a new command to process by hash
    process_cmd = ProcessFileByHashCommand(
        file_path=cmd.file_path,
        file_hash=file_hash
    )
    # We dispatch a new command and return its result to the original caller
    return await world.dispatch_command(process_cmd)
@handles_command(ProcessFileByHashCommand)
async def handle_process_by_hash(cmd: ProcessFileByHashCommand, world: World):
    '''
    Handles processing a file based on its hash, checking for duplicates.
    '''
    # 1. Check if this hash exists in the database
    if await hash_functions.does_hash_exist(world, cmd.file_hash):
        return {"status": "SKIPPED", "reason": "Duplicate hash"}

    # 2. Determine file type and dispatch to a specific processor
    file_type = file_functions.get_file_type(cmd.file_path)

    if file_type == "image":
        image_cmd = ProcessImageCommand(file_path=cmd.file_path, file_hash=cmd.file_hash)
        return await world.dispatch_command(image_cmd)
    elif file_type == "video":
        # Dispatch a ProcessVideoCommand, etc.
        pass

    return {"status": "FAILED", "reason": "Unsupported file type"}
from dam.core.systems import handles_command
from dam_app.commands import ProcessImageCommand # Assuming commands are accessible
from .functions import thumbnail_functions

@handles_command(ProcessImageCommand)
async def handle_process_image(cmd: ProcessImageCommand):
    '''
    Performs image-specific processing, like generating thumbnails.
    '''
    thumbnail_path = await thumbnail_functions.generate(cmd.file_path)

    # Here you would also create the asset, components, etc. in the database

    return {"status": "SUCCESS", "thumbnail_path": str(thumbnail_path)}

def setup_world(world: World):
    # Register all your command handlers
    world.register_system(handle_ingest_file, command_type=IngestFileCommand)
    world.register_system(handle_process_by_hash, command_type=ProcessFileByHashCommand)
    world.register_system(handle_process_image, command_type=ProcessImageCommand)
"""
"""The code of the ingestion guide as it is printed there, one block after the other; its setup takes the handlers above it."""


async def test_the_handlers_of_the_guide_run_as_printed(
    make_world: MakeWorld, pictures: MakePictures, make_files: MakeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide, functions = ModuleType("guide"), ModuleType("guide.functions")
    guide.__path__ = []
    functions.thumbnail_functions = thumbnail_functions  # type: ignore[attr-defined]  # a module made here
    for module in (guide, functions):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    printed: dict[str, Any] = {"__name__": "guide.systems", "__package__": "guide"}
    exec(GUIDE, printed)

    world = make_world(AssetsPlugin, FsPlugin)
    world.register_component(ImportRecordComponent)
    world.register_system(handle_find_import)
    printed["setup_world"](world)
    first, second = pictures(2)
    root = make_files({"copies/copy.jpg": first.read_bytes(), "a.txt": "text"})
    async with world:
        await world.dispatch_command(IndexPathCommand(root / "copies"))
        assert await ingest(world, root / "copies" / "copy.jpg") == {"status": "SKIPPED", "reason": "Path already imported"}
        assert await ingest(world, first) == {"status": "SKIPPED", "reason": "Duplicate hash"}
        answer = await ingest(world, second)
        assert answer["status"] == "SUCCESS"
        assert Path(answer["thumbnail_path"]).read_bytes()[8:12] == b"WEBP"
        shutil.rmtree(Path(answer["thumbnail_path"]).parent)
        assert await ingest(world, root / "a.txt") == {"status": "FAILED", "reason": "Unsupported file type"}


async def test_registering_the_handlers_once_more_as_the_guide_does_changes_nothing(world: World, pictures: MakePictures) -> None:
    world.register_system(handle_ingest_file, command_type=IngestFileCommand)
    world.register_system(handle_process_by_hash, command_type=ProcessFileByHashCommand)
    world.register_system(handle_process_image, command_type=ProcessImageCommand)
    (path,) = pictures(1)
    assert (await ingest(world, path))["status"] == "SUCCESS"
    await world.settled()

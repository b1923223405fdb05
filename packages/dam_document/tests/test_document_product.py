"""Documents through the whole product: indexed, shown, found, and opened with a password."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from papers import CONTRACT, INVOICE, VERTRAG, docx, pdf, xlsx  # type: ignore[import-not-found]  # beside this file
from PIL import Image

from dam import World
from dam.assets.commands import (
    ExportAssetsCommand,
    GetThumbnailCommand,
    GetVirtualEntityCommand,
    ListAssetsCommand,
    ProcessDocumentCommand,
    UnlockAssetCommand,
)
from dam.assets.commands.work import PauseJobsCommand
from dam.assets.resources import CacheResource
from dam.system_events.requests import PasswordResponse
from dam_fs.commands import IndexPathCommand


async def indexed(world: World, folder: Path, files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    await world.dispatch_command(IndexPathCommand(folder))
    await world.settled()
    return {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}


async def test_documents_go_through_the_whole_product(world: World, tmp_path: Path) -> None:
    files = {
        "a.pdf": pdf("Hello\nworld", "Two"),
        "b.docx": docx(INVOICE),
        "c.xlsx": xlsx(),
        "d.txt": b"plain words",
        "e.pdf": b"%PDF-1.4 no",
    }
    found = await indexed(world, tmp_path / "papers", files)
    for name in ("a.pdf", "b.docx", "c.xlsx", "d.txt"):
        row = found[name]
        assert (row["type"], row["status"]) == ("document", "ready"), row["error_message"]
        assert row["thumbnails"].keys() == {"small", "medium"}
    facts = found["a.pdf"]["metadata"]["document"]
    assert (facts["pages"], facts["author"], facts["format"], facts["text"]) == (2, "An author", "pdf", "Hello\nworld\n\nTwo")
    assert found["a.pdf"]["title"] == "A title"
    assert "word/document.xml" in {one["name"] for one in found["b.docx"]["metadata"]["archive"]["entries"]}
    invoice = found["b.docx"]["metadata"]["document"]
    assert (invoice["sub_type"], invoice["details"]["total"]) == ("invoice", "1190.00")
    card = world.get_resource(CacheResource).find(bytes.fromhex(found["b.docx"]["sha256"]), "card.html")
    assert card is not None
    assert "INV-2024-0117" in card.read_text(encoding="utf-8")
    assert found["d.txt"]["metadata"]["document"]["pages"] is None
    assert found["e.pdf"]["status"] == "error"
    assert "PDF" in found["e.pdf"]["error_message"]
    await the_page_of_a_text_is_drawn_when_somebody_looks(world, found["d.txt"])
    large = (await world.dispatch_command(GetThumbnailCommand(found["a.pdf"]["id"], "large"))).one()
    assert large is not None
    assert large.is_file()


async def the_page_of_a_text_is_drawn_when_somebody_looks(world: World, text: dict[str, Any]) -> None:
    cache, content = world.get_resource(CacheResource), bytes.fromhex(text["sha256"])
    assert cache.find(content, "small.webp") is None
    made = (await world.dispatch_command(GetThumbnailCommand(text["id"], "small"))).one()
    assert made is not None
    assert made == cache.find(content, "small.webp")
    with Image.open(made) as picture:
        assert max(picture.size) == 200


async def test_what_waits_to_be_read_can_be_looked_at(world: World, tmp_path: Path) -> None:
    await world.dispatch_command(PauseJobsCommand())
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers/d.txt").write_text("plain words")
    await world.dispatch_command(IndexPathCommand(tmp_path / "papers"))
    row = (await world.dispatch_command(ListAssetsCommand())).one().items[0]
    assert (row["status"], row["thumbnails"]) == ("processing", ["medium", "small"])
    made = (await world.dispatch_command(GetThumbnailCommand(row["id"], "small"))).one()
    assert made is not None
    assert made.is_file()


async def test_a_document_is_processed_by_command(world: World, tmp_path: Path) -> None:
    (tmp_path / "new.docx").write_bytes(docx(CONTRACT))
    answer = (await world.dispatch_command(ProcessDocumentCommand(tmp_path / "new.docx", "0" * 64))).one()
    assert answer["status"] == "SUCCESS"
    assert Path(answer["thumbnail_path"]).is_file()


async def test_a_locked_document_is_opened_with_its_password(world: World, tmp_path: Path, sample_files: Path) -> None:
    names = ("libreoffice-writer-password.pdf", "testWORD_protected_passtika.docx")
    files = {name: (sample_files / "documents" / name).read_bytes() for name in names} | {"open.pdf": pdf("Hello")}
    found = await indexed(world, tmp_path / "papers", files)

    async def drawn(entity_id: int) -> list[bytes]:
        paths = [(await world.dispatch_command(GetThumbnailCommand(entity_id, size))).one() for size in ("small", "medium", "large")]
        return [path.read_bytes() for path in paths if path is not None]

    for name, word in zip(names, ("openpassword", "tika"), strict=True):
        row = found[name]
        assert row["status"] == "partial"
        assert "needs a password" in row["error_message"]
        locked = await drawn(row["id"])
        asked: list[str] = []

        async def wrong_then_right(question: Any, asked: list[str] = asked, word: str = word) -> PasswordResponse:
            asked.append(question.message)
            return PasswordResponse(word if len(asked) > 1 else "wrong")

        executor = world.dispatch_command(UnlockAssetCommand(row["id"]))
        assert (await executor.converse(wrong_then_right)).results == [True]
        assert [name in message for message in asked] == [True, True]
        assert not set(await drawn(row["id"])) & set(locked), "its pictures no longer say that it is locked"
    again = {row["filename"]: row for row in (await world.dispatch_command(ExportAssetsCommand())).one()}
    for name in names:
        assert again[name]["status"] == "ready"
        assert again[name]["error_message"] is None
        assert again[name]["metadata"]["document"]["text"]
        assert again[name]["metadata"]["document"]["encrypted"]
    assert (await world.dispatch_command(UnlockAssetCommand(found["open.pdf"]["id"]))).results == []


async def test_a_password_that_nobody_knows_changes_nothing(world: World, tmp_path: Path, sample_files: Path) -> None:
    data = (sample_files / "documents" / "libreoffice-writer-password.pdf").read_bytes()
    row = (await indexed(world, tmp_path / "papers", {"a.pdf": data}))["a.pdf"]

    async def answer(question: Any) -> PasswordResponse:
        return PasswordResponse("guess")

    assert (await world.dispatch_command(UnlockAssetCommand(row["id"])).converse(answer)).results == [False]
    assert (await world.dispatch_command(ExportAssetsCommand())).one()[0]["status"] == "partial"


async def test_contracts_are_tied_to_who_signed_them_and_to_the_version_before(world: World, tmp_path: Path) -> None:
    first, third = CONTRACT.replace("Version 2", "Version 1"), CONTRACT.replace("Version 2", "Version 3")
    folder = tmp_path / "papers"
    await indexed(world, folder, {"v1.docx": docx(first), "v3.docx": docx(third)})
    found = await indexed(world, folder, {"v2.docx": docx(CONTRACT), "other.docx": docx(VERTRAG)})
    ids = {name: row["id"] for name, row in found.items()}

    def links(name: str, relation: str) -> set[tuple[str, int]]:
        return {(link["direction"], link["id"]) for link in found[name]["links"] if link["relation"] == relation}

    assert links("v2.docx", "version_of") == {("out", ids["v1.docx"]), ("in", ids["v3.docx"])}
    people = links("v2.docx", "signed_by")
    assert len(people) == 2
    assert people == links("v1.docx", "signed_by") == links("v3.docx", "signed_by")
    assert {link["type"] for link in found["v2.docx"]["links"] if link["relation"] == "signed_by"} == {"person"}
    jane = (await world.dispatch_command(GetVirtualEntityCommand("person", "Jane Mary Doe"))).one()
    assert ("out", jane) in people
    assert {row["metadata"]["document"]["sub_type"] for row in found.values()} == {"contract"}
    assert not links("other.docx", "version_of")
    assert not links("other.docx", "signed_by") & people
    found = await indexed(world, folder, {"v2.docx": docx("Nothing of that any more")})
    assert (found["v2.docx"]["id"], found["v2.docx"]["links"]) == (ids["v2.docx"], [])
    assert links("v3.docx", "signed_by") == people

"""Documents through the whole product: indexed, shown, found, and opened with a password."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from papers import CONTRACT, INVOICE, docx, pdf, xlsx  # type: ignore[import-not-found]  # beside this file

from dam import World
from dam.assets.commands import ExportAssetsCommand, GetThumbnailCommand, ProcessDocumentCommand
from dam.assets.resources import CacheResource
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
    invoice = found["b.docx"]["metadata"]["document"]
    assert (invoice["sub_type"], invoice["details"]["total"]) == ("invoice", "1190.00")
    card = world.get_resource(CacheResource).find(bytes.fromhex(found["b.docx"]["sha256"]), "card.html")
    assert card is not None
    assert "INV-2024-0117" in card.read_text(encoding="utf-8")
    assert found["d.txt"]["metadata"]["document"]["pages"] is None
    assert found["e.pdf"]["status"] == "error"
    assert "PDF" in found["e.pdf"]["error_message"]
    large = (await world.dispatch_command(GetThumbnailCommand(found["a.pdf"]["id"], "large"))).one()
    assert large is not None
    assert large.is_file()


async def test_a_document_is_processed_by_command(world: World, tmp_path: Path) -> None:
    (tmp_path / "new.docx").write_bytes(docx(CONTRACT))
    answer = (await world.dispatch_command(ProcessDocumentCommand(tmp_path / "new.docx", "0" * 64))).one()
    assert answer["status"] == "SUCCESS"
    assert Path(answer["thumbnail_path"]).is_file()

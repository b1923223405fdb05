"""The options of `dam_document`."""

from typing import Any, Literal

from pydantic import Field

from dam.models.config import ConfigComponent, SettingsModel


class DocumentSettings(SettingsModel):
    """How documents are read.

    `timeout` is how long one document may take, in seconds; `text_limit` how many characters of its text are kept. `ocr` says of what
    text is read from pixels: "off", "documents" (pages without text), "pictures" (scans and screenshots that look like text, too) or
    "all" (a camera's photos as well). `ocr_languages` are Tesseract's names, joined by "+"; `ocr_tessdata` is the folder with their data
    (empty: found by itself). `ocr_pages` and `ocr_seconds` are how many pages, and for how long, one document is read so. `passwords` are
    tried on every document that is locked.
    """

    timeout: float = Field(default=60.0, gt=0)
    text_limit: int = Field(default=1 << 20, ge=1000, le=1 << 24)
    ocr: Literal["off", "documents", "pictures", "all"] = "pictures"
    ocr_languages: str = Field(default="eng", pattern=r"^[A-Za-z_]+(\+[A-Za-z_]+)*$")
    ocr_tessdata: str = ""
    ocr_pages: int = Field(default=50, ge=1, le=10_000)
    ocr_seconds: float = Field(default=120.0, gt=0)
    passwords: tuple[str, ...] = Field(default=(), repr=False, max_length=100)

    def reading(self) -> dict[str, Any]:
        """What the analysis of a document is told; it stops reading pages in time to say what it has found."""
        return {"text_limit": self.text_limit, "seconds": self.timeout / 2, "passwords": list(self.passwords)}

    def recognition(self) -> dict[str, Any]:
        """What text recognition is told."""
        told = {"tessdata": self.ocr_tessdata, "languages": self.ocr_languages, "most_pages": self.ocr_pages, "seconds": self.ocr_seconds}
        return told | {"text_limit": self.text_limit, "photos": self.ocr == "all"}


class DocumentSettingsComponent(ConfigComponent):
    """The options of `dam_document`, on an entity that describes a world."""

    __tablename__ = "component_dam_document_config"

"""What is known about documents."""

from typing import Any, ClassVar

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from dam.assets.models import TextComponent
from dam.models.core.base_component import UniqueComponent
from dam.models.types import JSONDocument

__all__ = ["DocumentMetadataComponent", "DocumentSubtypeComponent", "TextComponent"]


class DocumentMetadataComponent(UniqueComponent):
    """What a document says about itself.

    `format` is a short name ("pdf", "docx", ...); `pages` counts pages, slides or sheets, `words` those of the text that is kept, and
    `truncated` says that there is more. `created` and `modified` are ISO 8601 as the file says them. `attachments` are the names of files
    that it carries. `encrypted` documents may still open without a password; `has_scripts` tells of programs, which are never run.
    """

    __tablename__ = "component_document_metadata"
    derived: ClassVar[bool] = True
    metadata_namespace = "document"

    format: Mapped[str] = mapped_column(String(16))
    pages: Mapped[int | None] = mapped_column(default=None)
    words: Mapped[int] = mapped_column(default=0)
    truncated: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str | None] = mapped_column(default=None)
    author: Mapped[str | None] = mapped_column(default=None)
    subject: Mapped[str | None] = mapped_column(default=None)
    producer: Mapped[str | None] = mapped_column(default=None)
    language: Mapped[str | None] = mapped_column(String(64), default=None)
    created: Mapped[str | None] = mapped_column(String(40), default=None)
    modified: Mapped[str | None] = mapped_column(String(40), default=None)
    encrypted: Mapped[bool] = mapped_column(default=False)
    has_scripts: Mapped[bool] = mapped_column(default=False)
    keywords: Mapped[list[str]] = mapped_column(JSONDocument, default_factory=list)
    attachments: Mapped[list[str]] = mapped_column(JSONDocument, default_factory=list)


class DocumentSubtypeComponent(UniqueComponent):
    """What kind of document it is, by rules over its text: "invoice", "contract" or "tech_spec".

    `confidence` goes from 0 to 1. `details` are what was found by its kind: number, date, total, currency, vat, due_date, parties,
    signers, version (each only where it was found); `number` is that of the details, for finding other versions. `linked` says that
    the signers and the other versions have been linked.
    """

    __tablename__ = "component_document_subtype"
    derived: ClassVar[bool] = True
    metadata_namespace = "document"

    sub_type: Mapped[str] = mapped_column(String(32), index=True)
    confidence: Mapped[float]
    details: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)
    number: Mapped[str | None] = mapped_column(String(64), default=None, index=True)
    linked: Mapped[bool] = mapped_column(default=False, index=True)

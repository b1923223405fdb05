"""Facts that are computed from the bytes of a content."""

from typing import Any, ClassVar

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from dam.models.core.base_component import UniqueComponent
from dam.models.types import JSONDocument


class ContentHashSHA256Component(UniqueComponent):
    """The SHA-256 of the content: 32 bytes. It is the content's identity."""

    __tablename__ = "component_content_hash_sha256"
    derived: ClassVar[bool] = True

    hash_value: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)


class ContentHashMD5Component(UniqueComponent):
    """The MD5 of the content: 16 bytes; computed on request."""

    __tablename__ = "component_content_hash_md5"
    derived: ClassVar[bool] = True

    hash_value: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)


class ImagePerceptualPHashComponent(UniqueComponent):
    """The perceptual hash (DCT) of a picture: 8 bytes."""

    __tablename__ = "component_image_perceptual_hash_phash"
    derived: ClassVar[bool] = True

    hash_value: Mapped[bytes] = mapped_column(LargeBinary(8), index=True)


class ImagePerceptualAHashComponent(UniqueComponent):
    """The average hash of a picture: 8 bytes."""

    __tablename__ = "component_image_perceptual_hash_ahash"
    derived: ClassVar[bool] = True

    hash_value: Mapped[bytes] = mapped_column(LargeBinary(8), index=True)


class ImagePerceptualDHashComponent(UniqueComponent):
    """The difference hash of a picture: 8 bytes."""

    __tablename__ = "component_image_perceptual_hash_dhash"
    derived: ClassVar[bool] = True

    hash_value: Mapped[bytes] = mapped_column(LargeBinary(8), index=True)


class ThumbnailComponent(UniqueComponent):
    """The thumbnails of the content: size name → file name in `cache/<aa>/<bb>/<sha256>/`.

    None stands for one that is made when somebody looks at it first.
    """

    __tablename__ = "component_thumbnail"
    derived: ClassVar[bool] = True

    files: Mapped[dict[str, Any]] = mapped_column(JSONDocument, default_factory=dict)


class RecognisedTextComponent(UniqueComponent):
    """The text of a document or picture that shows in its pixels, with that which it has of its own: it is shown in its place.

    `ocr_pages` is how many pages were read from pixels, `ocr_confidence` how sure that is (0 to 100), `ocr_languages` in which
    languages (Tesseract's names, joined by "+").
    """

    __tablename__ = "component_recognised_text"
    derived: ClassVar[bool] = True
    metadata_namespace = "document"

    text: Mapped[str] = mapped_column(default="")
    ocr_pages: Mapped[int] = mapped_column(default=0)
    ocr_confidence: Mapped[int] = mapped_column(default=0)
    ocr_languages: Mapped[str] = mapped_column(default="")


class TextComponent(UniqueComponent):
    """The text of the content, for search."""

    __tablename__ = "component_text"
    derived: ClassVar[bool] = True
    metadata_namespace = "document"

    text: Mapped[str] = mapped_column(default="")

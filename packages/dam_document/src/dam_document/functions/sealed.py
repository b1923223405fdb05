"""OpenDocument that a password opens: each part is encrypted for itself, and the manifest says how (OpenDocument 1.3 part 2, 4.8)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from dam.core.analysis import Content
from dam.core.exceptions import ContentCorruptError, ContentUnsupportedError
from dam_document.functions.package import Package, local, parse_xml

LARGEST_PART = 64 << 20
MOST_PARTS = 10_000
MOST_ROUNDS = 10_000_000
"""Rounds of key derivation; the office programs of today take 100,000."""
MANIFEST = "META-INF/manifest.xml"
CHECKED = 1024
"""Bytes at the beginning of a packed part that the checksum is of."""


@dataclass(slots=True)
class Seal:
    """How one part is encrypted."""

    algorithm: str = ""
    vector: bytes = b""
    derivation: str = ""
    salt: bytes = b""
    rounds: int = 0
    start_key: str = "sha1"
    key_size: int = 16
    checksum: bytes = b""
    checksum_type: str = ""


class Seals(ContentHandler):
    """The parts that are encrypted, by their names."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self.seals: dict[str, Seal] = {}
        self._part = ""

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - as SAX asks for it
        """Take what the manifest says of a part."""
        told = {local(key): text for key, text in attrs.items()}
        if local(name) == "file-entry":
            self._part = told.get("full-path", "")
        elif local(name) == "encryption-data" and len(self.seals) < MOST_PARTS:
            kind, checksum = told.get("checksum-type", ""), _bytes(told.get("checksum"))
            self.seals[self._part] = Seal(checksum=checksum, checksum_type=kind.rpartition("#")[2].lower())
        seal = self.seals.get(self._part)
        if seal is None:
            return
        if local(name) == "algorithm":
            seal.algorithm, seal.vector = told.get("algorithm-name", "").lower(), _bytes(told.get("initialisation-vector"))
        elif local(name) == "start-key-generation":
            seal.start_key = "sha256" if told.get("start-key-generation-name", "").lower().endswith("sha256") else "sha1"
        elif local(name) == "key-derivation":
            seal.derivation, seal.salt = told.get("key-derivation-name", "").lower(), _bytes(told.get("salt"))
            seal.rounds, seal.key_size = _number(told.get("iteration-count")), _number(told.get("key-size")) or 16


class SealedPackage(Package):
    """An encrypted OpenDocument file whose password is tried."""

    def __init__(self, content: Content, password: str, seals: dict[str, Seal]) -> None:
        """Open it; the password is tried when the first part is read."""
        super().__init__(content)
        self._password, self._seals = password, seals

    def is_opened(self, name: str) -> bool:
        """Whether the password is that of a part; raises ContentUnsupportedError for a way of encrypting that is not known here."""
        seal = self._seals.get(name)
        return seal is None or _fits(seal, self._decrypted(name, seal))

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Read a part as a stream, decrypted where it is encrypted."""
        seal = self._seals.get(name)
        if seal is None:
            with super().open(name) as member:
                yield member
            return
        try:
            unpacked = zlib.decompressobj(-15).decompress(self._decrypted(name, seal), LARGEST_PART)
        except zlib.error as error:
            raise ContentCorruptError(f"A part of the document is damaged ({name[:80]}: {error}).") from error
        yield io.BytesIO(unpacked)

    def _decrypted(self, name: str, seal: Seal) -> bytes:
        with super().open(name) as member:
            data = member.read(LARGEST_PART)
        return _decrypt(seal, self._password, data)


def read_seals(package: Package) -> dict[str, Seal]:
    """How the parts of a package are encrypted; empty for one that is not."""
    seals = Seals()
    if MANIFEST in package:
        with package.open(MANIFEST) as member:
            parse_xml(member, seals)
    return seals.seals


def _decrypt(seal: Seal, password: str, data: bytes) -> bytes:
    """The packed bytes of a part; nonsense when it is another password."""
    is_known = seal.derivation.endswith("pbkdf2") and seal.algorithm.endswith(("aes256-cbc", "blowfish cfb"))
    if not is_known or not 0 < seal.rounds <= MOST_ROUNDS:
        raise ContentUnsupportedError("The document needs a password, and is encrypted in a way that is not read here.")
    start = hashlib.new(seal.start_key, password.encode(), usedforsecurity=False).digest()
    is_aes = seal.algorithm.endswith("aes256-cbc")
    key = hashlib.pbkdf2_hmac("sha1", start, seal.salt, seal.rounds, 32 if is_aes else min(56, max(4, seal.key_size)))
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - few documents are locked

    try:
        if is_aes:
            decryptor = Cipher(algorithms.AES(key), modes.CBC(seal.vector)).decryptor()
            plain = decryptor.update(data[: len(data) // 16 * 16]) + decryptor.finalize()
            return plain[: -plain[-1]] if plain and plain[-1] <= 16 else plain  # xmlenc 5.2: the last byte counts the padding
        from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish  # noqa: PLC0415 - for documents of 2011 and before
        from cryptography.hazmat.decrepit.ciphers.modes import CFB  # noqa: PLC0415 - as above

        decryptor = Cipher(Blowfish(key), CFB(seal.vector)).decryptor()
        return decryptor.update(data) + decryptor.finalize()
    except ValueError as error:
        raise ContentCorruptError(f"The document's encryption is damaged ({error}).") from error


def _fits(seal: Seal, packed: bytes) -> bool:
    digest = hashlib.new("sha256" if seal.checksum_type.startswith("sha256") else "sha1", usedforsecurity=False)
    digest.update(packed[:CHECKED] if seal.checksum_type.endswith("1k") else packed)
    return hmac.compare_digest(digest.digest(), seal.checksum)


def _bytes(text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "")
    except ValueError:
        return b""


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0

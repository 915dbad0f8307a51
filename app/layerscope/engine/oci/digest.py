"""Digests: the one gate between a text and anything that is built from a hash."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from layerscope.engine.errors import MalformedDigest

if TYPE_CHECKING:
    from hashlib import _Hash

_LENGTHS = {"sha256": 64, "sha512": 128}
_HEX = re.compile(r"[0-9a-f]+")
# image-spec descriptor.md, "Digests": neither part can hold a slash, nor can a part be "..".
_ALGORITHM = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*")
_ENCODED = re.compile(r"[a-zA-Z0-9=_-]+")
_LONGEST = 512


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """The hash of some content, written ``sha256:2c26b46b…``.

    Made by ``parse``, ``stored`` or ``of`` only; both parts are then safe as names of files.
    """

    algorithm: str
    hex: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """A digest that can be verified (sha256, sha512), or MalformedDigest."""
        algorithm, colon, encoded = text.partition(":")
        if not colon or not _ALGORITHM.fullmatch(algorithm):
            raise _malformed("digest_format", text, "is not written as algorithm:hex")
        length = _LENGTHS.get(algorithm)
        if length is None:
            raise _malformed("digest_unsupported", text, "is neither sha256 nor sha512")
        if len(encoded) != length:
            raise _malformed("digest_length", text, f"needs {length} digits after {algorithm}:")
        if not _HEX.fullmatch(encoded):
            raise _malformed("digest_format", text, "may only hold the digits 0-9 and a-f")
        return cls(algorithm, encoded)

    @classmethod
    def stored(cls, text: str) -> Self:
        """Like ``parse``, but also takes algorithms that we cannot verify, as long as they follow
        the grammar of image-spec descriptor.md: documents may name such content."""
        algorithm, _, encoded = text.partition(":")
        if (
            algorithm in _LENGTHS
            or len(text) > _LONGEST
            or not _ALGORITHM.fullmatch(algorithm)
            or not _ENCODED.fullmatch(encoded)
        ):
            return cls.parse(text)
        return cls(algorithm, encoded)

    @classmethod
    def of(cls, data: bytes) -> Self:
        """The sha256 of ``data``."""
        return cls("sha256", hashlib.sha256(data).hexdigest())

    @property
    def short(self) -> str:
        """The first 12 digits, as docker shows an image ID."""
        return self.hex[:12]

    @property
    def verifiable(self) -> bool:
        """Whether we can hash with its algorithm; others are kept, and never verified."""
        return self.algorithm in _LENGTHS

    def hasher(self) -> _Hash:
        """A fresh hash object of this algorithm; MalformedDigest if we have none."""
        if not self.verifiable:
            raise _malformed("digest_unsupported", str(self), "is neither sha256 nor sha512")
        return hashlib.new(self.algorithm)

    def matches(self, data: bytes) -> bool:
        """Whether this is the digest of ``data``; MalformedDigest if we cannot tell."""
        hasher = self.hasher()
        hasher.update(data)
        return hasher.hexdigest() == self.hex

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


def _malformed(code: str, text: str, complaint: str) -> MalformedDigest:
    shown = ascii(text if len(text) <= 80 else f"{text[:79]}…")[1:-1]
    return MalformedDigest(f'The digest "{shown}" {complaint}.', code=code, text=text)

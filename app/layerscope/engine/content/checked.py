"""Bytes that are counted and hashed on their way, and checked at the end."""

from __future__ import annotations

from typing import BinaryIO

from layerscope.engine.errors import DigestMismatch
from layerscope.engine.oci import Digest
from layerscope.engine.task import Task

CHUNK = 1024 * 1024


class Check:
    """The count and hash of bytes as they pass; ``expected`` None when nothing is known yet."""

    def __init__(self, algorithm: str = "sha256") -> None:
        self._algorithm = algorithm
        self._hasher = Digest(algorithm, "").hasher()
        self.size = 0

    def update(self, data: bytes | memoryview) -> None:
        """The next bytes of the stream."""
        self._hasher.update(data)
        self.size += len(data)

    @property
    def digest(self) -> Digest:
        """The digest of all bytes so far."""
        return Digest(self._algorithm, self._hasher.hexdigest())

    def require(self, expected: Digest, size: int) -> None:
        """Raise DigestMismatch unless exactly the expected bytes have passed."""
        if self.size == size and self.digest == expected:
            return
        difference = (
            f"Expected {size:,} bytes, received {self.size:,}."
            if self.size != size
            else f"Expected {expected}, received {self.digest}."
        )
        raise DigestMismatch(
            f"{expected} arrived damaged.",
            hint=f"{difference} It was discarded, nothing was changed. Try again.",
            registry="",
            expected=str(expected),
            received=str(self.digest),
        )


def hash_file(file: BinaryIO, check: Check, task: Task) -> None:
    """Pass the rest of ``file`` through ``check``."""
    buffer = memoryview(bytearray(CHUNK))
    while True:
        task.checkpoint()
        count = file.readinto(buffer)  # type: ignore[attr-defined]  # BinaryIO leaves it out
        if not count:
            return
        check.update(buffer[:count])

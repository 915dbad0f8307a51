"""The members of an archive by their names, and their bytes."""

from __future__ import annotations

import io
import os
import threading
from typing import TYPE_CHECKING, BinaryIO

from layerscope.engine.archive.headers import Member, walk
from layerscope.engine.content.limits import Limits
from layerscope.engine.task import Task

if TYPE_CHECKING:
    from typing_extensions import Buffer


class TarMembers:
    """All members of a tar by their cleaned names; the last of a name wins, as if unpacked.

    Threads may read from it at the same time.
    """

    def __init__(self, file: BinaryIO, members: dict[str, Member]) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._members = members

    @classmethod
    def scan(cls, file: BinaryIO, size: int, what: str, task: Task, limits: Limits) -> TarMembers:
        """Walk over the headers of a tar of ``size`` bytes; raises like ``headers.walk``."""
        return cls(file, {member.name: member for member in walk(file, size, what, task, limits)})

    def names(self) -> frozenset[str]:
        return frozenset(self._members)

    def find(self, name: str) -> Member | None:
        """The file that a cleaned name leads to, over at most one link; None if there is none."""
        member = self._members.get(name)
        if member is not None and member.link is not None:
            member = self._members.get(member.link)
            if member is not None and member.link is not None:
                return None
        return member

    def is_link(self, name: str) -> bool:
        member = self._members.get(name)
        return member is not None and member.link is not None

    def open(self, member: Member) -> BinaryIO:
        """The bytes of a file, to be read and sought in."""
        return io.BufferedReader(_Window(self._file, self._lock, member), 128 * 1024)


class _Window(io.RawIOBase):
    """A part of a file that is shared with other windows."""

    def __init__(self, file: BinaryIO, lock: threading.Lock, member: Member) -> None:
        self._file = file
        self._lock = lock
        self._start = member.offset
        self._size = member.size
        self._position = 0
        try:
            self._number: int | None = file.fileno()
        except io.UnsupportedOperation:  # a file in memory
            self._number = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        wanted = memoryview(buffer).cast("B")[: max(0, self._size - self._position)]
        count = self._read_at(self._start + self._position, wanted)
        self._position += count
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def _read_at(self, offset: int, wanted: memoryview) -> int:
        if hasattr(os, "preadv") and self._number is not None:  # not on Windows
            # At once with other threads, and straight to where it is wanted.
            return os.preadv(self._number, [wanted], offset)
        with self._lock:
            self._file.seek(offset)
            data = self._file.read(len(wanted))
        wanted[: len(data)] = data
        return len(data)

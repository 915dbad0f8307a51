"""Which blobs have been read and found right (or wrong), so that none is hashed twice.

A cache and no more: one line each, ``digest inode mtime_ns size ok|bad``, the last one counts.
Losing it costs time; a blob that has changed since no longer fits its line.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from layerscope.engine.content import files
from layerscope.engine.errors import LayerscopeError, StoreUnreadable
from layerscope.engine.oci import Digest

LARGEST = 16 * 1024 * 1024

_Stamp = tuple[int, int, int]


class Verified:
    def __init__(self, path: Path, *, writable: bool) -> None:
        self._path = path
        self._text = os.fspath(path)
        self._writable = writable
        self._known: dict[str, tuple[_Stamp, bool]] = {}
        self._read_to = (0, 0)  # inode, position
        self._lock = threading.Lock()

    def verdict(self, digest: Digest, found: os.stat_result) -> bool | None:
        """Whether the file is right; None if it has not been read since it changed."""
        with self._lock:
            self._catch_up()
            stamp, right = self._known.get(str(digest), (None, False))
        return right if stamp == _stamp(found) else None

    def record(self, digest: Digest, found: os.stat_result, *, right: bool) -> None:
        stamp = _stamp(found)
        with self._lock:
            self._known[str(digest)] = stamp, right
        if self._writable:
            word = "ok" if right else "bad"
            line = f"{digest} {stamp[0]} {stamp[1]} {stamp[2]} {word}\n".encode("ascii")
            # A full disk must not fail work that has succeeded: the blob is hashed again then.
            with suppress(LayerscopeError), files.open_to_append(self._path) as file:
                files.write_all(file, line, self._path)

    def compact(self) -> None:
        """Drop the memory once it has grown beyond use; it builds up again."""
        with suppress(FileNotFoundError):
            if self._path.stat().st_size > LARGEST:
                files.remove(self._path)

    def _catch_up(self) -> None:
        try:
            found = os.stat(self._text)
            inode, position = self._read_to
            if found.st_ino != inode or found.st_size < position:
                position = 0
            if found.st_size == position:
                return
            with files.open_regular(self._path) as file:
                file.seek(position)
                data = file.read(LARGEST)
        except (FileNotFoundError, StoreUnreadable):  # whatever is there, it is not our memory
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._read_to = found.st_ino, position + len(whole)
        for line in whole.splitlines():
            self._learn(line)

    def _learn(self, line: bytes) -> None:
        words = line.decode("ascii", "replace").split(" ")
        if len(words) == 5 and all(word.isdecimal() for word in words[1:4]):
            inode, mtime, size = map(int, words[1:4])
            self._known[words[0]] = (inode, mtime, size), words[4] == "ok"


def _stamp(found: os.stat_result) -> _Stamp:
    return found.st_ino, found.st_mtime_ns, found.st_size

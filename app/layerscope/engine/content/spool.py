"""Bytes put aside on the disk until their turn comes, in a file that has no name."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content import files
from layerscope.engine.content.closing import Closing
from layerscope.engine.content.disk_failures import explained

_PIECE = 1 << 20


class Spool(Closing):
    """``folder``: where the file is made once it is needed.  It is gone when it is closed, even
    if the process is killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None
        self.size = 0

    def close(self) -> None:
        """Close the file and so delete it; it never had a name."""
        if self._file is not None:
            self._file.close()

    def put(self, data: bytes | memoryview) -> None:
        """Append.  Raises DiskFull."""
        if self._file is None:
            self._file = _nameless(self._folder)
        with explained(self._folder, len(data)):
            self._file.seek(self.size)
        files.write_all(self._file, data, self._folder)
        self.size += len(data)

    def read(self, start: int, length: int) -> Iterator[bytes]:
        """``length`` bytes from ``start`` on, all of which must have been put."""
        while length:
            assert self._file is not None
            with explained(self._folder):
                self._file.seek(start)
                data = self._file.read(min(_PIECE, length))
            assert data
            yield data
            start += len(data)
            length -= len(data)


def temporary_folder() -> Path:
    """Where files go for a moment.  Always some folder, also if none can be written to now: who
    writes there is told why."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        return Path(os.environ.get("TMPDIR") or os.environ.get("TEMP") or "/tmp")


def _nameless(folder: Path) -> BinaryIO:
    if os.name == "nt":
        return tempfile.TemporaryFile(dir=folder, buffering=0)
    path = folder / f"{files.INCOMING}{secrets.token_hex(8)}"
    file = files.open_to_change(path)
    files.remove(path)
    return file

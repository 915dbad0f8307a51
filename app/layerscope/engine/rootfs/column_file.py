"""Named columns in one immutable file: written in one go, read by mapping it into memory.

    magic, version
    sections: numbers in the smallest type that holds them, or bytes; each on 8 bytes
    directory: JSON with the place of each section, the CRC-32 of all of them, and small values
    length and CRC-32 of the directory, magic again

Numbers are in the byte order of the machine: such files are rebuilt, not carried around.
"""

from __future__ import annotations

import json
import mmap
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self

from isal import isal_zlib

from layerscope.engine.content.files import open_regular
from layerscope.engine.errors import StoreUnreadable
from layerscope.engine.task import Task

Buffer = bytes | bytearray | memoryview

_MAGIC = b"LStl"
_HEAD = len(_MAGIC) + 4
_FOOT = 4 + 4 + len(_MAGIC)
_TYPES = "BhiIq"  # the first that holds all numbers of a column


class ColumnWriter:
    """Appends sections to ``file``, which must be empty; ``finish`` makes it readable."""

    def __init__(self, file: BinaryIO, version: int, task: Task) -> None:
        self._file = file
        self._task = task
        self._position = file.write(_MAGIC + version.to_bytes(4, "little"))
        self._check = 0
        self._sections: dict[str, tuple[str, int, int]] = {}

    def numbers(self, name: str, values: Iterable[int]) -> None:
        items = values if isinstance(values, array) else array("q", values)
        for code in _TYPES:
            try:
                column = array(code, items)
                break
            except OverflowError:  # a larger type then
                continue
        else:
            raise OverflowError(f"the numbers of {name} do not fit into 64 bits")
        self._add(name, code, [memoryview(column).cast("B")])

    def data(self, name: str, pieces: Iterable[Buffer]) -> None:
        """Bytes, in as many pieces as is good for the memory."""
        self._add(name, "B", pieces)

    def finish(self, values: dict[str, Any]) -> None:
        """Write the directory, with ``values``, which must fit into JSON."""
        directory = json.dumps(
            {
                "order": sys.byteorder,
                "sections": self._sections,
                "check": self._check,
                "values": values,
            },
            separators=(",", ":"),
        ).encode()
        self._file.write(directory)
        self._file.write(len(directory).to_bytes(4, "little"))
        self._file.write(zlib.crc32(directory).to_bytes(4, "little") + _MAGIC)

    def _add(self, name: str, code: str, pieces: Iterable[Buffer]) -> None:
        start = self._position
        for piece in pieces:
            self._task.checkpoint()
            self._write(piece)
        self._sections[name] = code, start, self._position - start
        self._write(bytes(-self._position % 8))

    def _write(self, piece: Buffer) -> None:
        self._position += self._file.write(piece)
        self._check = isal_zlib.crc32(piece, self._check)


class ColumnFile:
    """A finished file.  Columns are read-only views of the mapped file, cheap to make and to hold;
    they die with ``close``."""

    def __init__(
        self, path: Path, mapped: mmap.mmap, directory: dict[str, Any], sections_end: int
    ) -> None:
        self.path = path
        self.values: dict[str, Any] = directory["values"]
        self._mapped = mapped
        self._whole = memoryview(mapped)
        self._sections: dict[str, Any] = directory["sections"]
        self._check: int = directory["check"]
        self._sections_end = sections_end
        self._views: list[memoryview] = []

    @classmethod
    def open(cls, path: Path, version: int) -> Self:
        """Raises StoreUnreadable if this is no complete file of that version."""
        with open_regular(path) as file:
            file.seek(0, 2)
            if file.tell() < _HEAD + _FOOT:
                raise _unreadable(path, "it is cut off")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            directory, sections_end = _directory(path, mapped, version)
        except BaseException:
            mapped.close()
            raise
        return cls(path, mapped, directory, sections_end)

    def check(self) -> None:
        """Read every byte.  Raises StoreUnreadable if one is not as it was written."""
        with self._whole[_HEAD : self._sections_end] as sections:
            if isal_zlib.crc32(sections, 0) != self._check:
                raise _unreadable(self.path, "it is damaged")

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def numbers(self, name: str) -> Sequence[int]:
        code, start, size = self._sections[name]
        view = self._whole[start : start + size].cast(code)
        self._views.append(view)
        return view

    def data(self, name: str) -> memoryview:
        _, start, size = self._sections[name]
        view = self._whole[start : start + size]
        self._views.append(view)
        return view

    def close(self) -> None:
        for view in self._views:
            view.release()
        self._whole.release()
        self._mapped.close()


def _directory(path: Path, mapped: mmap.mmap, version: int) -> tuple[dict[str, Any], int]:
    """And where it begins."""
    foot = mapped[-_FOOT:]
    length = int.from_bytes(foot[:4], "little")
    if mapped[:4] != _MAGIC or foot[8:] != _MAGIC or length > len(mapped) - _FOOT:
        raise _unreadable(path, "it is something else, or cut off")
    if int.from_bytes(mapped[4:8], "little") != version:
        raise _unreadable(path, "another version wrote it")
    data = mapped[-_FOOT - length : -_FOOT]
    # The sum of nothing is 0: a foot that was overwritten with zeros would be right.
    if not data or zlib.crc32(data) != int.from_bytes(foot[4:8], "little"):
        raise _unreadable(path, "it is damaged")
    directory: dict[str, Any] = json.loads(data)
    if directory["order"] != sys.byteorder:
        raise _unreadable(path, "another kind of machine wrote it")
    return directory, len(mapped) - _FOOT - length


def _unreadable(path: Path, reason: str) -> StoreUnreadable:
    return StoreUnreadable(
        f"The file {path.name} cannot be used: {reason}.",
        hint="Delete it; it is made again from the layers.",
        path=str(path),
    )

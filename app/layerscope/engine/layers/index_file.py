"""The index file of a layer: how blocks of columns lie in it, and how damage to it is noticed.

    magic, version                       8 bytes
    parts of blocks, one after another   each a zstd frame (digests: half of it), see columns.py
    windows of starts, between them      each a zstd frame of up to 32 KiB, see starts
    footer                               JSON, zstd: summary, directory of blocks and starts, and
                                         the CRC-32 of all before it
    length of the footer, its sha256, magic again

The file is written once and never changed; whoever finds it damaged builds it again.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Self

import zstandard
from isal import isal_zlib

from layerscope.engine.content.closing import Closing
from layerscope.engine.content.codecs import Compression
from layerscope.engine.content.deflate_starts import Start
from layerscope.engine.content.files import open_regular
from layerscope.engine.errors import StoreUnreadable
from layerscope.engine.layers import pax
from layerscope.engine.layers.columns import PARTS, Block, Rows, packed
from layerscope.engine.layers.header import BLOCK
from layerscope.engine.layers.values import Damage, Entry, Kind, LayerSummary, Mark, Warning
from layerscope.engine.oci import Digest

#: Raised whenever the same layer would give another file; files of other versions are rebuilt.
INDEX_VERSION = 4

_MAGIC = b"LSli"
_HEAD = _MAGIC + INDEX_VERSION.to_bytes(4, "little")
_TAIL = 8 + 32 + len(_MAGIC)
_LONGEST_FOOTER = 1 << 30
_PIECE = 1 << 20


class IndexWriter:
    """Writes an index file block by block, so that memory does not grow with the layer."""

    def __init__(self, file: BinaryIO, level: int = 3) -> None:
        self._file = file
        self._compressor = zstandard.ZstdCompressor(level=level, write_content_size=True)
        self._position = self._check = 0
        self._write(_HEAD)
        self._blocks: list[list[Any]] = []
        self._starts: list[tuple[int, int, int, int]] = []
        self._count = 0

    def add_start(self, start: Start) -> None:
        """Keep a place inside the compressed stream where decoding can start."""
        window = self._compressor.compress(start.window)
        self._starts.append((start.bit, start.position, self._position, len(window)))
        self._write(window)

    def add(self, rows: Rows) -> None:
        if not rows.paths:
            return
        parts = packed(rows, self._compressor)
        sizes = [len(parts[name]) for name in PARTS]
        checks = [zlib.crc32(parts[name]) for name in PARTS]
        self._blocks.append(
            [self._count, len(rows.paths), rows.first_header, self._position, sizes, checks]
        )
        for name in PARTS:
            self._write(parts[name])
        self._count += len(rows.paths)

    def finish(self, summary: LayerSummary, frames: list[tuple[int, int]]) -> None:
        """Write the footer; ``frames`` are places where a new stream or frame starts."""
        footer = {
            "summary": _summary_json(summary),
            "blocks": self._blocks,
            "frames": frames,
            "starts": self._starts,
            "check": self._check,
        }
        data = self._compressor.compress(json.dumps(footer, separators=(",", ":")).encode())
        self._file.write(data)
        self._file.write(len(data).to_bytes(8, "little") + hashlib.sha256(data).digest() + _MAGIC)

    def _write(self, data: bytes) -> None:
        self._position += self._file.write(data)
        self._check = isal_zlib.crc32(data, self._check)


class LayerIndex(Closing):
    """A finished index file, open for reading.

    Reading is thread safe: nothing is kept between calls but the file and its directory.
    """

    def __init__(self, path: Path, file: BinaryIO, footer: dict[str, Any]) -> None:
        self.path = path
        self.summary = _summary(footer["summary"])
        #: (compressed offset, plain offset) where a gzip member or a zstd frame begins
        self.frames: list[tuple[int, int]] = [(a, b) for a, b in footer["frames"]]
        self._starts: list[list[int]] = footer["starts"]
        self._file = file
        self._blocks: list[list[Any]] = footer["blocks"]
        self._check: int = footer["check"]
        self._end: int = footer["end"]
        self._firsts = array("q", [block[0] for block in self._blocks])

    @classmethod
    def open(cls, path: Path) -> Self:
        """Raises StoreUnreadable if the file is not whole, or of another version."""
        file = open_regular(path)
        try:
            return cls(path, file, _footer(file, path))
        except BaseException:
            file.close()
            raise

    def close(self) -> None:
        """Close the file; of blocks handed out, only columns that were read already stay."""
        self._file.close()

    def check(self) -> None:
        """Read every byte.  Raises StoreUnreadable if one is not as it was written."""
        check = position = 0
        while position < self._end:
            piece = os.pread(self._file.fileno(), min(_PIECE, self._end - position), position)
            if not piece:
                break
            check = isal_zlib.crc32(piece, check)
            position += len(piece)
        if check != self._check:
            raise _unusable(self.path, "it is damaged")

    def __len__(self) -> int:
        return self.summary.entries

    def blocks(self) -> Iterator[Block]:
        """All entries in tar order."""
        return map(self._block, range(len(self._blocks)))

    def entry(self, number: int) -> Entry:
        """Everything about one entry; IndexError if there is none with this number."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        block = self._block(bisect_right(self._firsts, number) - 1)
        row = number - block.first
        major, minor = block.devices.get(row, (0, 0))
        return Entry(
            number=number,
            path=block.paths[row],
            name=block.names[row],
            kind=Kind(block.kinds[row]),
            mark=Mark(block.marks[row]),
            type_letter=block.letters[row : row + 1],
            size=block.sizes[row],
            offset=block.offsets[row],
            header_offset=block.offsets[row] - BLOCK,
            mode=block.modes[row],
            uid=block.uids[row],
            gid=block.gids[row],
            user=block.users[row],
            group=block.groups[row],
            mtime_ns=block.mtimes[row],
            link=block.links[row],
            digest=block.digests[row],
            major=major,
            minor=minor,
            xattrs=pax.decoded(block.xattrs[row]),
            pax=pax.decoded(block.pax[row]),
            sparse=block.sparse[row],
        )

    def start_before(self, position: int) -> Start | None:
        """The last place at or before the plain offset ``position`` where decoding can start
        inside a gzip member, or None if the beginning of a frame is not farther away."""
        which = bisect_right(self._starts, position, key=itemgetter(1)) - 1
        if which < 0:
            return None
        bit, plain, offset, length = self._starts[which]
        if self.frame_before(position)[1] >= plain:
            return None
        packed_window = os.pread(self._file.fileno(), length, offset)
        try:
            window = zstandard.ZstdDecompressor().decompress(packed_window)
        except zstandard.ZstdError as error:
            raise _unusable(self.path, "a part of it is damaged") from error
        return Start(bit, plain, window)

    def frame_before(self, position: int) -> tuple[int, int]:
        """Compressed and plain offset of the last member or frame that begins at or before the
        plain offset ``position``."""
        which = bisect_right(self.frames, position, key=itemgetter(1)) - 1
        return self.frames[which] if which >= 0 else (0, 0)

    def _block(self, which: int) -> Block:
        first, count, first_header, position, sizes, checks = self._blocks[which]

        def part(name: str) -> bytes:
            at = PARTS.index(name)
            data = os.pread(self._file.fileno(), sizes[at], position + sum(sizes[:at]))
            if zlib.crc32(data) != checks[at]:
                raise _unusable(self.path, "a block of it is damaged")
            return data

        return Block(first, count, first_header, part)


def _footer(file: BinaryIO, path: Path) -> dict[str, Any]:
    if file.read(len(_HEAD)) != _HEAD:
        raise _unusable(path, "it is of another version")
    end = file.seek(0, os.SEEK_END) - _TAIL
    file.seek(max(end, 0))
    tail = file.read(_TAIL)
    length = int.from_bytes(tail[:8], "little")
    if not tail.endswith(_MAGIC) or length > min(end - len(_HEAD), _LONGEST_FOOTER):
        raise _unusable(path, "it is not whole")
    file.seek(end - length)
    data = file.read(length)
    if hashlib.sha256(data).digest() != tail[8:40]:
        raise _unusable(path, "it is damaged")
    footer: dict[str, Any] = json.loads(zstandard.ZstdDecompressor().decompress(data))
    return footer | {"end": end - length}


def _unusable(path: Path, reason: str) -> StoreUnreadable:
    return StoreUnreadable(
        f"The layer index {path.name} cannot be used: {reason}.",
        hint="It will be built again from its layer.",
        path=str(path),
    )


def _summary_json(summary: LayerSummary) -> dict[str, Any]:
    return asdict(summary) | {
        "blob": str(summary.blob),
        "diff_id": str(summary.diff_id) if summary.diff_id else None,
    }


def _summary(values: dict[str, Any]) -> LayerSummary:
    return LayerSummary(
        **values
        | {
            "blob": Digest.parse(values["blob"]),
            "diff_id": Digest.parse(values["diff_id"]) if values["diff_id"] else None,
            "compression": Compression(values["compression"]),
            "warnings": tuple(Warning(**warning) for warning in values["warnings"]),
            "damage": Damage(**values["damage"]) if values["damage"] else None,
        }
    )

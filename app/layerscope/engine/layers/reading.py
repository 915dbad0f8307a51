"""Reads one file out of a compressed layer without decoding what lies before it.

Decoding starts at the nearest place that the index remembers; where a stream has none (one zstd
frame, bzip2, xz) it starts at its beginning.
"""

from __future__ import annotations

import hashlib
import io
import os
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from isal import igzip_lib

from layerscope.engine.content.codecs import READ, Compression, open_tar_stream
from layerscope.engine.content.deflate_starts import Start, first_byte, raw_decoder
from layerscope.engine.content.files import open_regular
from layerscope.engine.errors import BlobDamaged, LayerDamaged, PathNotFound
from layerscope.engine.layers.index_file import LayerIndex
from layerscope.engine.layers.sparse import SparseMap
from layerscope.engine.layers.values import Entry, Kind

_PIECE = 1 << 20
#: How far reading goes on forwards rather than starting again somewhere nearer.
_PATIENCE = 1 << 22
_MISFIT: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # stub: an instance


def open_file(blob: Path, index: LayerIndex, number: int) -> io.BufferedReader:
    """The content of a regular file, to be read and sought like any binary file.

    Holes of sparse files are zeros made while reading.  Whoever reads from the first byte to the
    last in order gets LayerDamaged at the end if the content is not what it was when it was
    indexed.  Raises PathNotFound if the entry is no regular file, BlobDamaged if the blob has
    another size than the index says.
    """
    entry = index.entry(number)
    if entry.kind != Kind.FILE:
        raise PathNotFound(
            f"Entry {number} of the layer is a {entry.kind.word}, not a file with content.",
            path=entry.path.decode("utf-8", "backslashreplace"),
        )
    file = open_regular(blob)
    size = os.fstat(file.fileno()).st_size
    if size != index.summary.blob_size:
        file.close()
        raise BlobDamaged(
            f"The layer {index.summary.blob.short} in the store has {size} bytes instead of "
            f"{index.summary.blob_size}.",
            hint="Pull the image again to replace it.",
            digest=str(index.summary.blob),
        )
    plain = PlainLayer(file, index)
    return io.BufferedReader(_Content(plain, entry), 1 << 16)


class PlainLayer:
    """The tar inside a blob, read from any offset; closes the blob's file when it is closed."""

    def __init__(self, file: BinaryIO, index: LayerIndex) -> None:
        self._file = file
        self._index = index
        self._pieces: Iterator[bytes] | None = None
        self._piece = memoryview(b"")
        self._position = 0
        self.bytes_read = 0

    def close(self) -> None:
        self._file.close()

    def read_into(self, target: memoryview, position: int) -> int:
        """Fill the start of ``target`` with the plain bytes at ``position``; how many there were,
        0 at the end."""
        if self._index.summary.compression == Compression.NONE:
            self._file.seek(position)
            return self._file.readinto(target)  # type: ignore[attr-defined,no-any-return]  # BufferedReader
        if position >= self._index.summary.tar_size or not self._go_to(position):
            return 0
        length = min(len(target), len(self._piece))
        target[:length] = self._piece[:length]
        self._piece = self._piece[length:]
        self._position += length
        return length

    def _go_to(self, position: int) -> bool:
        """Make ``_piece`` begin with the byte at ``position``; False if the tar ends before it."""
        pieces = self._pieces
        ahead = position - self._position
        if (
            pieces is None
            or ahead < 0
            or (ahead > _PATIENCE + len(self._piece) and self._starts_nearer(position))
        ):
            pieces = self._pieces = self._restart(position)
        while True:
            skip = min(position - self._position, len(self._piece))
            self._piece = self._piece[skip:]
            self._position += skip
            if self._piece:
                return True
            piece = next(pieces, None)
            if piece is None:
                return False
            self._piece = memoryview(piece)

    def _starts_nearer(self, position: int) -> bool:
        """Whether decoding can start between here and there.  One zstd frame, bzip2 and xz start
        at their beginning only."""
        if self._index.frame_before(position)[1] > self._position:
            return True
        if self._index.summary.compression != Compression.GZIP:
            return False
        start = self._index.start_before(position)
        return start is not None and start.position > self._position

    def _restart(self, position: int) -> Iterator[bytes]:
        self._piece = memoryview(b"")
        start = None
        if self._index.summary.compression == Compression.GZIP:
            start = self._index.start_before(position)
        if start is not None:
            self._position = start.position
            return self._from(start)
        compressed, self._position = self._index.frame_before(position)
        self._file.seek(compressed)
        return iter(open_tar_stream(self, self._index.summary.compression, window_bytes=1 << 31))

    def read(self, size: int, /) -> bytes:
        """Compressed bytes, for the decoders."""
        data = self._file.read(size)
        self.bytes_read += len(data)
        return data

    def _from(self, start: Start) -> Iterator[bytes]:
        """Plain bytes from a start to the end of its gzip member, then of all after it."""
        decoder = raw_decoder(start.window)
        self._file.seek(start.bit >> 3)
        data, _ = first_byte(start.bit, self.read(1)[0])
        while not decoder.eof:
            if decoder.needs_input and not data:
                data = self.read(READ)
                if not data:
                    return
            try:
                piece = decoder.decompress(data, _PIECE)
            except _MISFIT as error:
                raise _damaged(self._index) from error
            data = b""
            if piece:
                yield piece
        # The trailer of the member; the next one starts at a frame of its own.
        left = decoder.unused_data
        self._file.seek(-len(left), os.SEEK_CUR)
        if len(self.read(8)) == 8:
            yield from open_tar_stream(self, Compression.GZIP)


class _Content(io.RawIOBase):
    """The bytes of one entry, holes and all; checks its digest when read in order to the end."""

    def __init__(self, plain: PlainLayer, entry: Entry) -> None:
        self._plain = plain
        self._entry = entry
        self._map = SparseMap.unpacked(entry.sparse) if entry.sparse else None
        self._position = 0
        self._hash = hashlib.sha256() if entry.digest else None
        self._hashed = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = (0, self._position, self._entry.size)[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any writable buffer
        target = memoryview(buffer).cast("B")[: max(self._entry.size - self._position, 0)]
        if not target:
            return 0
        if self._map is None:
            length = self._packed(target, self._position)
        else:
            length = self._expanded(target, self._map)
        self._check(target[:length])
        self._position += length
        return length

    def close(self) -> None:
        self._plain.close()
        super().close()

    def _packed(self, target: memoryview, position: int) -> int:
        length = self._plain.read_into(target, self._entry.offset + position)
        if not length:
            raise LayerDamaged(
                f"{_shown(self._entry)} ends after {position} of {self._entry.size} bytes.",
                layer="",
                offset=self._entry.offset + position,
            )
        return length

    def _expanded(self, target: memoryview, map_: SparseMap) -> int:
        which = bisect_right(map_.offsets, self._position) - 1
        if which >= 0:
            inside = self._position - map_.offsets[which]
            if inside < map_.lengths[which]:
                target = target[: map_.lengths[which] - inside]
                return self._packed(target, map_.places[which] + inside)
        # A hole: up to the next data, or to the end. Pairs of length 0 may share an offset.
        following = map_.offsets[which + 1] if which + 1 < len(map_.offsets) else map_.size
        length = min(len(target), following - self._position)
        target[:length] = bytes(length)
        return length

    def _check(self, data: memoryview) -> None:
        if self._hash is None or self._hashed != self._position:
            return
        self._hash.update(data)
        self._hashed += len(data)
        if self._hashed == self._entry.size and self._hash.digest() != self._entry.digest:
            raise LayerDamaged(
                f"{_shown(self._entry)} is not what it was when its layer was indexed.",
                hint="Verify the store, then pull the image again.",
                layer="",
                offset=self._entry.offset,
            )


def _shown(entry: Entry) -> str:
    return "/" + entry.path.decode("utf-8", "backslashreplace")


def _damaged(index: LayerIndex) -> LayerDamaged:
    return LayerDamaged(
        f"The layer {index.summary.blob.short} cannot be read here: its compression is damaged.",
        hint="Verify the store, then pull the image again.",
        layer=str(index.summary.blob),
        offset=0,
    )

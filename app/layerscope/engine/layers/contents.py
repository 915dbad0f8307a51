"""The content of many files of one layer, in the order of its tar: one pass over the blob.

What is asked for lies close together when a whole layer is given back, and far apart when a few
files are; ``PlainLayer`` reads on in the first case and starts afresh in the second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import LayerDamaged
from layerscope.engine.layers.index_file import LayerIndex
from layerscope.engine.layers.reading import PlainLayer
from layerscope.engine.layers.sparse import ExpandedHash, SparseMap

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the content of one entry lies.  ``size`` counts the holes of a sparse file; ``sparse``
    is None for a file without a map of holes."""

    number: int
    path: bytes
    size: int
    offset: int
    digest: bytes
    sparse: SparseMap | None


class LayerContents:
    """Reads ``blob``, the open file of a layer, and closes it.  Extents may be read in any order,
    but only ascending ones without going back."""

    def __init__(self, blob: BinaryIO, index: LayerIndex) -> None:
        self._plain = PlainLayer(blob, index)
        self._index = index
        self._buffer = bytearray(_PIECE)

    def close(self) -> None:
        """Close the blob and its decoder."""
        self._plain.close()

    @property
    def compressed_position(self) -> int:
        """Bytes of the blob that have been read so far."""
        return self._plain.bytes_read

    def extents(self, numbers: Sequence[int]) -> Iterator[Extent]:
        """The extents of regular files by their entry numbers, which must ascend."""
        place = 0
        for block in self._index.blocks():
            if place >= len(numbers):
                return
            end = block.first + len(block)
            while place < len(numbers) and numbers[place] < end:
                row = numbers[place] - block.first
                sparse = block.sparse[row]
                yield Extent(
                    numbers[place],
                    block.paths[row],
                    block.sizes[row],
                    block.offsets[row],
                    block.digests[row],
                    SparseMap.unpacked(sparse) if sparse else None,
                )
                place += 1

    def runs(self, extent: Extent) -> Iterator[tuple[int, memoryview]]:
        """The data of a file as (offset in the file, bytes), without its holes; each piece is good
        until the next.  Raises LayerDamaged if it is not what it was when it was indexed."""
        if extent.sparse is None:
            pairs: Iterator[tuple[int, int, int]] = iter([(0, extent.size, 0)])
            check: ExpandedHash | hashlib._Hash = hashlib.sha256()
        else:
            map_ = extent.sparse
            pairs = zip(map_.offsets, map_.lengths, map_.places, strict=False)
            check = ExpandedHash(map_)
        for offset, length, place in pairs:
            done = 0
            while done < length:
                target = memoryview(self._buffer)[: min(_PIECE, length - done)]
                got = self._plain.read_into(target, extent.offset + place + done)
                if not got:
                    raise self._damaged(extent, "ends too early")
                piece = target[:got]
                if extent.digest:
                    check.update(piece)
                yield offset + done, piece
                done += got
        if extent.digest and check.digest() != extent.digest:
            raise self._damaged(extent, "is not what it was when its layer was indexed")

    def _damaged(self, extent: Extent, what: str) -> LayerDamaged:
        path = extent.path.decode("utf-8", "backslashreplace")
        return LayerDamaged(
            f"/{path} in the layer {self._index.summary.blob.short} {what}.",
            hint="Verify the store, then pull the image again.",
            layer=str(self._index.summary.blob),
            offset=extent.offset,
        )

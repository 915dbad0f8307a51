"""Sparse files: where their data lies, in all the forms that GNU tar has written.

Sources: GNU tar manual "Storing Sparse Files", Go archive/tar reader.go.  A map is a sequence of
(offset, length) pairs of data; all between them are zeros.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate

from layerscope.engine.layers.header import BLOCK, EXTENSION_BYTES, HeaderDamaged, number
from layerscope.engine.layers.pax import integer

_ZEROS = bytes(1 << 20)
_PAIR = 24
_SIZE = b"GNU.sparse.size"
_REAL_SIZE = b"GNU.sparse.realsize"


class SparseMap:
    """Checked pairs in ascending order; kept as two columns, so that a map may be long."""

    def __init__(self, flat: array[int], size: int) -> None:
        self.offsets = flat[0::2]
        self.lengths = flat[1::2]
        self.size = size
        self.packed = sum(self.lengths)
        end = 0
        for offset, length in self:
            if offset < end or length < 0 or offset + length > size:
                raise HeaderDamaged("a sparse map is out of order or larger than its file")
            end = offset + length

    @cached_property
    def places(self) -> array[int]:
        """Where the data of each pair begins in the packed content."""
        return array("q", accumulate(self.lengths, initial=0))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self.offsets, self.lengths, strict=True)

    def packed_bytes(self) -> bytes:
        """For the index file; ``unpacked`` reads it."""
        flat = array("q", [self.size])
        for pair in self:
            flat.extend(pair)
        return flat.tobytes()

    @classmethod
    def unpacked(cls, data: bytes) -> SparseMap:
        """The inverse of ``packed``."""
        flat = array("q", data)
        return cls(flat[1:], flat[0])


class ExpandedHash:
    """sha256 of the content with its holes, fed with the packed data."""

    def __init__(self, sparse: SparseMap) -> None:
        self._hash = hashlib.sha256()
        self._position = 0
        self._size = sparse.size
        self._pairs = iter(sparse)
        self._left = 0

    def update(self, data: memoryview) -> None:
        while data:
            while not self._left:
                offset, self._left = next(self._pairs)
                self._zeros_until(offset)
            piece = data[: self._left]
            self._hash.update(piece)
            self._left -= len(piece)
            self._position += len(piece)
            data = data[len(piece) :]

    def digest(self) -> bytes:
        self._zeros_until(self._size)
        return self._hash.digest()

    def _zeros_until(self, offset: int) -> None:
        while self._position < offset:
            step = min(len(_ZEROS), offset - self._position)
            self._hash.update(memoryview(_ZEROS)[:step])
            self._position += step


class OldGnu:
    """The map of an ``S`` header, which goes on in the blocks after it while they say so."""

    def __init__(self, packed: int, block: bytes, most_bytes: int) -> None:
        self.packed = packed
        self.complete = False
        self._size = number(block[483:495], "size of a sparse file")
        self._left = most_bytes
        self._flat = array("q")
        self._read(block, 386, 4)

    def add(self, block: bytes) -> None:
        self._read(block, 0, 21)

    def map(self) -> SparseMap:
        return SparseMap(self._flat, self._size)

    def _read(self, block: bytes, start: int, count: int) -> None:
        end = start + count * _PAIR
        self._left -= end - start + 1
        if self._left <= 0:
            raise HeaderDamaged("a sparse map is larger", EXTENSION_BYTES)
        for position in range(start, end, _PAIR):
            if block[position] == 0:
                break
            self._flat.append(number(block[position : position + 12], "sparse map"))
            self._flat.append(number(block[position + 12 : position + 24], "sparse map"))
        self.complete = block[end] == 0


class MapText:
    """The map of format 1.0: decimal lines before the content, padded to a block.

    ``map`` is None until enough was added; ``length`` is then that of the padded text.
    """

    def __init__(self, size: int, most_bytes: int) -> None:
        self.map: SparseMap | None = None
        self._size = size
        self._most = most_bytes
        self._text = bytearray()
        self._lines = 0
        self._needed = -1

    @property
    def length(self) -> int:
        return len(self._text)

    def add(self, data: memoryview) -> int:
        """Take whole blocks while the map goes on; how much of ``data`` belongs to it."""
        used = 0
        while self.map is None and used < len(data):
            block = data[used : used + BLOCK - len(self._text) % BLOCK]
            self._text += block
            self._lines += bytes(block).count(b"\n")
            used += len(block)
            if len(self._text) % BLOCK == 0:
                self._read()
        return used

    def finish(self) -> None:
        if self.map is None:
            raise HeaderDamaged("a sparse file ends before its map does")

    def _read(self) -> None:
        if self._needed < 0 and self._lines:
            count, _, _ = bytes(self._text).partition(b"\n")
            pairs = integer(count, "length of a sparse map")
            if pairs < 0:
                raise HeaderDamaged("the length of a sparse map is wrong")
            if pairs > self._most:
                raise HeaderDamaged(f"a sparse map has {pairs} parts", EXTENSION_BYTES)
            self._needed = 2 * pairs + 1
        if self._lines >= self._needed > 0:
            numbers = bytes(self._text).split(b"\n", self._needed)[1 : self._needed]
            self.map = SparseMap(_array(numbers), self._size)
        elif len(self._text) >= self._most:
            raise HeaderDamaged("a sparse map is larger", EXTENSION_BYTES)


def is_version_1(records: dict[bytes, bytes]) -> bool | None:
    """Whether the map stands before the data (1.0) or in the header (0.0, 0.1); None if the
    records are those of no known sparse format."""
    version = records.get(b"GNU.sparse.major", b""), records.get(b"GNU.sparse.minor", b"")
    if version == (b"1", b"0"):
        return True
    if version in ((b"0", b"0"), (b"0", b"1")) or (
        version == (b"", b"") and records.get(b"GNU.sparse.map")
    ):
        return False
    return None


def real_size(records: dict[bytes, bytes], size: int) -> int:
    told = records.get(_SIZE) or records.get(_REAL_SIZE)
    real = integer(told, "size of a sparse file") if told else size
    if real < 0:
        raise HeaderDamaged("the size of a sparse file is negative")
    return real


def from_records(records: dict[bytes, bytes], size: int) -> SparseMap:
    """The map of formats 0.0 and 0.1."""
    text = records.get(b"GNU.sparse.map", b"")
    numbers = text.split(b",") if text else []
    blocks = integer(records.get(b"GNU.sparse.numblocks", b"0"), "length of a sparse map")
    if blocks * 2 != len(numbers):
        raise HeaderDamaged("a sparse map does not have the length it claims")
    return SparseMap(_array(numbers), size)


def _array(numbers: list[bytes]) -> array[int]:
    return array("q", [integer(number, "sparse map") for number in numbers])

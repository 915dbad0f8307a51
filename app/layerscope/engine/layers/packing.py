"""How one column becomes bytes in the index file, and comes back."""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Sequence

_TYPECODES = "bBhHiIq"
_LIMITS = tuple(
    (code, -(1 << (8 * array(code).itemsize - 1)) if code.islower() else 0,
     (1 << (8 * array(code).itemsize - code.islower())) - 1)
    for code in _TYPECODES
)  # fmt: skip
_MARKED = re.compile(rb"\x01+")


def run(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + data


def texts(values: Sequence[bytes]) -> bytes:
    """Values without NUL bytes."""
    if not any(values):
        return run(b"")
    return run(b"\0".join(values) + b"\0")


def ints(values: Sequence[int]) -> bytes:
    """A column in the smallest type that holds all of it; a constant one as a single item."""
    low, high = (min(values), max(values)) if values else (0, 0)
    code = next(code for code, least, most in _LIMITS if least <= low and high <= most)
    constant = low == high
    column = array(code, [low] if constant else values)
    if sys.byteorder == "big":
        column.byteswap()
    return code.encode() + len(values).to_bytes(4, "little") + bytes([constant]) + column.tobytes()


def rare(values: dict[int, bytes]) -> bytes:
    lengths = ints([len(value) for value in values.values()])
    return ints(list(values)) + lengths + run(b"".join(values.values()))


def spread(known: bytes, packed: bytes, width: int) -> bytes:
    """Items of ``width`` bytes in the rows that ``known`` marks with 1, zeros in all others."""
    pieces: list[bytes] = []
    row = start = 0
    for marked in _MARKED.finditer(known):
        length = width * len(marked[0])
        pieces += bytes(width * (marked.start() - row)), packed[start : start + length]
        row, start = marked.end(), start + length
    pieces.append(bytes(width * (len(known) - row)))
    return b"".join(pieces)


class Reader:
    """Reads what the functions above have written, in the same order."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def run(self) -> bytes:
        start = self._position + 8
        self._position = start + int.from_bytes(self._data[self._position : start], "little")
        return self._data[start : self._position]

    def texts(self, count: int) -> list[bytes]:
        joined = self.run()
        if not joined:
            return [b""] * count
        values = joined.split(b"\0")
        values.pop()
        return values

    def ints(self) -> array[int]:
        code = chr(self._data[self._position])
        head = self._data[self._position + 1 : self._position + 6]
        length, constant = int.from_bytes(head[:4], "little"), head[4]
        column = array(code)
        start = self._position + 6
        self._position = start + column.itemsize * (1 if constant else length)
        column.frombytes(self._data[start : self._position])
        if sys.byteorder == "big":
            column.byteswap()
        return column * length if constant else column

    def rare(self) -> dict[int, bytes]:
        rows, lengths, joined = self.ints(), self.ints(), self.run()
        values = {}
        position = 0
        for row, length in zip(rows, lengths, strict=True):
            values[row] = joined[position : position + length]
            position += length
        return values

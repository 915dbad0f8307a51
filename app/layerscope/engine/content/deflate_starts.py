"""Finds places inside a deflate stream where decoding can start again, and starts there.

A deflate block begins at any bit and leans on the 32 KiB of output before it, so a place to start
is a bit offset and that window.  No decoder at hand tells where its blocks begin, but it can be
seen from outside: the header of a dynamic block is some 60 to 100 bytes long and yields nothing,
while any other 48 bytes yield output.  So, once enough has gone by, the input is fed in small
steps until a step yields nothing; the few bits around it are tried as headers (their code lengths
must form a complete code) by decoding from each with the window and comparing with what the
decoder in charge says.  One start costs about half a millisecond.  Source: RFC 1951, 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from isal import igzip_lib

WINDOW = 1 << 15
#: Compressed and plain bytes between two starts, at least and at most where blocks allow it.
COMPRESSED_SPACING = 1_600_000
PLAIN_SPACING = 10 << 20

_STEP = 48
_STEP_OUTPUT = 1024
_LONGEST_SEARCH = 1 << 17
_STORED_STEPS = 256
_BEFORE, _AFTER = _STEP + 16, 80
_PROOF = 2048
_SMALLEST_PROOF = 256
#: After searches in vain, how much to let go by before the next one: more and more.
_LONGEST_PATIENCE = 1 << 21
_MISFIT: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # stub: an instance


class Decoder(Protocol):
    """The decoder in charge (igzip_lib.IgzipDecompressor)."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Start:
    """Decoding may start at bit ``bit`` of the compressed stream (bits count from the lowest of
    each byte); its first output is the plain byte ``position``.  ``window`` is what came before."""

    bit: int
    position: int
    window: bytes


class StartFinder:
    """Watches a gzip stream go by and finds starts at regular distances."""

    def __init__(self) -> None:
        self._compressed = 0
        self._plain = 0
        self._not_before = 0
        self._patience = _LONGEST_SEARCH
        self._tail = b""

    def wanted(self, compressed: int, plain: int) -> bool:
        """Whether it is time to search in the input at ``compressed``."""
        return compressed >= self._not_before and (
            compressed - self._compressed >= COMPRESSED_SPACING
            or plain - self._plain >= PLAIN_SPACING
        )

    def passed(self, piece: bytes) -> None:
        """The decoder has yielded this piece outside a search."""
        self._tail = piece if len(piece) >= WINDOW else (self._tail + piece)[-WINDOW:]

    def search(
        self, decoder: Decoder, data: bytes, compressed: int, plain: int
    ) -> tuple[bytes, bytes, Start | None]:
        """Feed ``data`` to the decoder while looking for a start.

        Returns the output so far, the input that the decoder has not seen, and the start.
        """
        made: list[bytes] = []
        stored = 0
        gap = 0
        decompress = decoder.decompress
        position = 0
        for position in range(0, min(len(data), _LONGEST_SEARCH), _STEP):
            piece = decompress(data[position : position + _STEP], _STEP_OUTPUT)
            while not decoder.needs_input and not decoder.eof:
                piece += decompress(b"", WINDOW)
            if decoder.eof:
                break
            if piece:
                made.append(piece)
                stored = stored + 1 if len(piece) == _STEP else 0
                if stored > _STORED_STEPS:
                    break
            elif position >= _BEFORE:
                gap = position
                break
        rest = data[position + _STEP :]
        output = b"".join(made)
        if decoder.eof:
            return output + piece, rest, None
        self._tail = (self._tail + output)[-WINDOW:]
        start = None
        if gap:
            window, where = self._tail, plain + len(output)
            proof = decompress(rest[:_PROOF])
            rest = rest[_PROOF:]
            output += proof
            bit = _proven_bit(data, gap, window, proof)
            if bit is not None:
                start = Start(compressed * 8 + bit, where, window)
                self._compressed, self._plain = compressed + (bit >> 3), where
            self._tail = (self._tail + proof)[-WINDOW:]
        if start:
            self._patience = _LONGEST_SEARCH
        else:
            self._not_before = compressed + self._patience
            self._patience = min(2 * self._patience, _LONGEST_PATIENCE)
        return output, rest, start


def _proven_bit(data: bytes, gap: int, window: bytes, proof: bytes) -> int | None:
    """The bit of ``data`` near ``gap`` from which decoding yields ``proof``."""
    first = gap - _BEFORE
    bits = int.from_bytes(data[first : gap + _STEP + _AFTER], "little")
    for bit in range((_BEFORE + _STEP) * 8):
        if (bits >> bit) & 6 != 4 or not _is_header(bits >> bit):
            continue
        at = first * 8 + bit
        try:
            head, position = first_byte(at, data[at >> 3])
            output = raw_decoder(window).decompress(head + data[position : position + 4 * _PROOF])
        except _MISFIT:
            continue
        length = min(len(output), len(proof))
        if length >= _SMALLEST_PROOF and output[:length] == proof[:length]:
            return at
    return None


def _is_header(bits: int) -> bool:
    """Whether the lowest bits may begin a dynamic block: a complete code of code lengths."""
    if (bits >> 3) & 31 > 29 or (bits >> 8) & 31 > 29:
        return False
    count = ((bits >> 13) & 15) + 4
    lengths = (bits >> 17) & ((1 << 3 * count) - 1)
    filled = 0
    while lengths:
        if lengths & 7:
            filled += 128 >> (lengths & 7)
        lengths >>= 3
    return filled == 128


def raw_decoder(window: bytes) -> igzip_lib.IgzipDecompressor:
    """A decoder of raw deflate data that remembers ``window`` as what came before."""
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE, zdict=window or None)


def first_byte(bit: int, byte: int) -> tuple[bytes, int]:
    """What to feed a raw decoder first to start at ``bit``, and the offset of the byte after it.

    Decoders only start at whole bytes, and shifting the whole stream would break its stored
    blocks, which are aligned to bytes.  So blocks without content come first, as many bits long
    as lie before the start in its byte.
    """
    lead, used = _LEADS[bit & 7], bit & 7
    if not used:
        return lead + bytes([byte]), (bit >> 3) + 1
    return lead[:-1] + bytes([lead[-1] | byte >> used << used]), (bit >> 3) + 1


class _Bits:
    """Writes bits from the lowest up, codes from their highest bit down (RFC 1951, 3.1.1)."""

    def __init__(self) -> None:
        self.value = 0
        self.length = 0

    def number(self, value: int, width: int) -> None:
        self.value |= value << self.length
        self.length += width

    def code(self, *bits: int) -> None:
        for bit in bits:
            self.number(bit, 1)


def _fixed_block(bits: _Bits) -> None:
    """Ten bits: an empty block of fixed codes."""
    bits.number(0b010, 3)
    bits.code(*[0] * 7)


def _dynamic_block(bits: _Bits) -> None:
    """An odd number of bits: an empty block whose literals 255 and 256 (the end) have codes of
    one bit, as has distance 0."""
    bits.number(0b100, 3)
    bits.number(0, 5)
    bits.number(0, 5)
    bits.number(18 - 4, 4)
    for symbol in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1):
        bits.number(1 if symbol in (1, 18) else 0, 3)
    for zeros in (138, 117):  # symbol 18 repeats them; its code is 1, that of symbol 1 is 0
        bits.code(1)
        bits.number(zeros - 11, 7)
    bits.code(0, 0, 0)
    bits.code(1)


def _lead(length: int) -> bytes:
    """Empty blocks whose bits, modulo eight, number ``length``."""
    bits = _Bits()
    if length % 2:
        _dynamic_block(bits)
    while bits.length % 8 != length:
        _fixed_block(bits)
    return bits.value.to_bytes((bits.length + 7) // 8, "little")


_LEADS = tuple(_lead(length) for length in range(8))

"""Finds places inside a deflate stream where decoding can start again, and starts there.

A deflate block begins at any bit and leans on the 32 KiB of output before it, so a place to start
is a bit offset and that window.  No decoder at hand tells where its blocks begin, but it can be
seen from outside: the header of a dynamic block is some 20 to 100 bytes long and yields nothing,
while any other eight bytes yield output.  So, once enough has gone by, the input is fed in small
steps until a step yields nothing; the few bits around it are tried as headers (their code lengths
must form a complete code) by decoding from each with the window and comparing with what the
decoder in charge says.  One start costs about half a millisecond.  Source: RFC 1951, 3.2.
"""

from __future__ import annotations

from typing import Protocol

from isal import igzip_lib

from layerscope.engine.dataclass import dataclass

WINDOW = 1 << 15
#: Compressed and plain bytes between two starts, at least and at most where blocks allow it.
COMPRESSED_SPACING = 1_600_000
PLAIN_SPACING = 10 << 20

#: Input per step: the largest is quickest, content of few symbols has shorter headers.
_STEPS = (48, 24, 12)
_STEP_OUTPUT = 1024
_LONGEST_SEARCH = 1 << 17
#: One byte in, one byte out, for so many steps: this is stored, not compressed.
_COPIED_STEPS = 64
_STORED_STEP = 2048
_BEFORE, _AFTER = _STEPS[0] + 16, 80
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
        self._which_step = 0
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
        search = _Search(decoder, data, self._tail)
        search.dynamic_block(_STEPS[self._which_step])
        if search.stored:
            search.stored_block()
        output = b"".join(search.made)
        self._tail = (self._tail + output)[-WINDOW:]
        start = None
        if search.found is not None:
            bit, place, window = search.found
            start = Start(compressed * 8 + bit, plain + place, window)
            self._compressed, self._plain = compressed + (bit >> 3), start.position
            self._patience = _LONGEST_SEARCH
        else:
            if not search.stored:
                self._which_step = (self._which_step + 1) % len(_STEPS)
            self._not_before = compressed + self._patience
            self._patience = min(2 * self._patience, _LONGEST_PATIENCE)
        return output, data[search.position :], start


class _Search:
    """One search through one piece of input, up to ``position``; ``made`` is what came out.

    ``found`` is a bit of the input, the place in the output, and the window there.
    """

    def __init__(self, decoder: Decoder, data: bytes, before: bytes) -> None:
        self.made: list[bytes] = []
        self.position = 0
        self.stored = False
        self.found: tuple[int, int, bytes] | None = None
        self._decoder = decoder
        self._data = data
        self._before = before

    def dynamic_block(self, step: int) -> None:
        """Go on until a dynamic block begins, or stored blocks seem to go on and on."""
        copied = 0
        end = min(len(self._data), _LONGEST_SEARCH)
        while self.position < end and not self._decoder.eof:
            here = self.position
            piece = self._feed(step)
            if not piece and here >= _BEFORE and not self._decoder.eof:
                place = self._length
                window = self._window(place)
                proof = self._feed(_PROOF)
                bit = _dynamic_bit(self._data, here, window, proof)
                if bit is not None:
                    self.found = bit, place, window
                return
            copied = copied + 1 if len(piece) == step else 0
            if copied > _COPIED_STEPS:
                self.stored = True
                return

    def stored_block(self) -> None:
        """Go on until a stored block begins, as long as one byte in is one byte out.

        Where a block begins, the five bytes of its header (RFC 1951, 3.2.4) yield nothing.
        """
        while self.position < len(self._data) and not self._decoder.eof:
            here, place = self.position, self._length
            piece = self._feed(_STORED_STEP)
            if len(piece) >= min(_STORED_STEP, len(self._data) - here):
                continue
            proof = piece + self._feed(_PROOF)
            for byte in range(here, min(here + _STORED_STEP, len(self._data) - 5)):
                if self._data[byte] == 0 and _is_stored_header(self._data, byte):
                    at = byte - here
                    window = self._window(place + at)
                    if _decodes(self._data, byte * 8, window, proof[at:]):
                        self.found = byte * 8, place + at, window
            return

    @property
    def _length(self) -> int:
        return sum(map(len, self.made))

    def _feed(self, size: int) -> bytes:
        decoder = self._decoder
        data = self._data[self.position : self.position + size]
        piece = decoder.decompress(data, _STEP_OUTPUT)
        while not decoder.needs_input and not decoder.eof:
            piece += decoder.decompress(b"", WINDOW)
        self.position += len(data)
        if piece:
            self.made.append(piece)
        return piece

    def _window(self, place: int) -> bytes:
        return (self._before + b"".join(self.made)[:place])[-WINDOW:]


def _dynamic_bit(data: bytes, gap: int, window: bytes, proof: bytes) -> int | None:
    """The bit of ``data`` near ``gap`` at which a dynamic block begins that yields ``proof``."""
    first = gap - _BEFORE
    bits = int.from_bytes(data[first : gap + _STEPS[0] + _AFTER], "little")
    for bit in range((_BEFORE + _STEPS[0]) * 8):
        if (bits >> bit) & 6 == 4 and _is_header(bits >> bit):
            at = first * 8 + bit
            if _decodes(data, at, window, proof):
                return at
    return None


def _decodes(data: bytes, bit: int, window: bytes, proof: bytes) -> bool:
    """Whether decoding from ``bit`` yields ``proof``, as far as both go."""
    head, position = first_byte(bit, data[bit >> 3])
    try:
        output = raw_decoder(window).decompress(head + data[position : position + 4 * _PROOF])
    except _MISFIT:
        return False
    length = min(len(output), len(proof))
    return length >= _SMALLEST_PROOF and output[:length] == proof[:length]


def _is_stored_header(data: bytes, byte: int) -> bool:
    """Whether a block type of zeros is followed by a length and its complement."""
    return (
        data[byte + 1] ^ data[byte + 3] == 0xFF
        and data[byte + 2] ^ data[byte + 4] == 0xFF
        and data[byte + 1] + data[byte + 2] > 0
    )


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
    if not window:
        return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE, zdict=window)


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

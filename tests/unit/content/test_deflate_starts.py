"""Decoding can start inside a gzip stream at every place that was found while it went by."""

from __future__ import annotations

import gzip
import io
from random import Random

import pytest

from layerscope.engine.content.codecs import open_tar_stream
from layerscope.engine.content.deflate_starts import (
    COMPRESSED_SPACING,
    WINDOW,
    Start,
    first_byte,
    raw_decoder,
)


def texts(size: int, seed: int = 1) -> bytes:
    """Something that compresses like program text."""
    random = Random(seed)
    words = [random.randbytes(random.randint(2, 9)).hex().encode() for _ in range(3000)]
    return b" ".join(random.choices(words, k=size // 10))


def starts_of(packed: bytes) -> list[Start]:
    found: list[Start] = []
    for _ in open_tar_stream(io.BytesIO(packed), on_start=found.append):
        pass
    return found


def content_from(packed: bytes, start: Start, length: int) -> bytes:
    head, position = first_byte(start.bit, packed[start.bit >> 3])
    return raw_decoder(start.window).decompress(head + packed[position:], length)


@pytest.mark.parametrize("level", [1, 6, 9])
def test_decoding_from_each_start_gives_the_content_from_there(level: int) -> None:
    content = texts(12 << 20)
    packed = gzip.compress(content, level)
    found = starts_of(packed)
    assert len(found) >= len(packed) // (2 * COMPRESSED_SPACING)
    for start in found:
        part = content[start.position : start.position + 300_000]
        assert content_from(packed, start, 300_000) == part
        assert start.window == content[start.position - WINDOW : start.position]


def test_looking_for_starts_changes_no_byte() -> None:
    content = texts(5 << 20) + Random(3).randbytes(5 << 20) + texts(5 << 20, 2)
    packed = gzip.compress(content) + gzip.compress(b"second member")
    pieces = open_tar_stream(io.BytesIO(packed), on_start=lambda _: None)
    assert b"".join(pieces) == content + b"second member"


@pytest.mark.parametrize("bit", range(8))
def test_what_is_fed_first_brings_a_decoder_to_any_bit_of_a_byte(bit: int) -> None:
    """A fixed block with one literal, written from that bit on, then a stored block, which is
    aligned to bytes and so breaks if the bits were shifted."""
    literal = int(f"{0x30 + ord('a'):08b}"[::-1], 2)  # RFC 1951, 3.2.6: codes from 00110000
    block = 0b010 | literal << 3  # then seven zeros, the end of the block
    bits, length = block << bit, bit + 3 + 8 + 7
    length = (length + 3 + 7) // 8 * 8  # a stored block begins: three zeros, padding
    stored = (4).to_bytes(2, "little") + (4 ^ 0xFFFF).to_bytes(2, "little") + b"file"
    stream = bits.to_bytes(length // 8, "little") + stored
    head, position = first_byte(bit, stream[0])
    assert position == 1
    assert raw_decoder(b"").decompress(head + stream[1:]) == b"afile"


def test_starts_are_found_among_stored_blocks() -> None:
    """What does not compress is stored; its blocks are aligned to bytes and have short headers."""
    content = Random(5).randbytes(9 << 20)
    packed = gzip.compress(content)
    found = starts_of(packed)
    assert len(found) >= 3
    for start in found:
        part = content[start.position : start.position + 200_000]
        assert content_from(packed, start, 200_000) == part


def test_a_stream_that_yields_no_start_is_read_all_the_same() -> None:
    packed = gzip.compress(bytes(64 << 20))
    pieces = open_tar_stream(io.BytesIO(packed), on_start=lambda _: None)
    assert sum(map(len, pieces)) == 64 << 20

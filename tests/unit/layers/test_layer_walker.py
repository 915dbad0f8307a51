"""Odd tars: what is read, what is refused and where, and what is told about them."""

from __future__ import annotations

import time
import tracemalloc
from dataclasses import replace
from hashlib import sha256

import pytest

from layerscope.engine.content.limits import Limits
from layerscope.engine.layers.hashing import HashThread
from layerscope.engine.layers.notes import Notes
from layerscope.engine.layers.walker import Walker
from support.layer_indexes import Walked
from support.tars import (
    BLOCK,
    END,
    base256,
    header,
    member,
    padded,
    pax,
    record,
    tar,
)

A = member(b"a", b"content of a")
B = member(b"b", b"content of b")
ZEROS = bytes(BLOCK)


# Ends (FORMATS.md 5.3)


@pytest.mark.parametrize(
    "end", [END, bytes(20 * BLOCK), ZEROS, b""], ids=["two", "many", "one", "none"]
)
def test_a_tar_may_end_with_any_number_of_zero_blocks(end: bytes) -> None:
    walked = Walked(tar(A, B, end=end))
    assert walked.damage is None
    assert walked.paths == [b"a", b"b"]
    assert ("no-end" in walked.codes) == (end == b"")


@pytest.mark.parametrize("data", [b"", ZEROS, END])
def test_a_layer_of_nothing_is_empty(data: bytes) -> None:
    walked = Walked(data)
    assert (walked.damage, walked.paths) == (None, [])


def test_bytes_after_the_end_are_not_read_but_told() -> None:
    walked = Walked(tar(A) + B + b"garbage")
    assert walked.damage is None
    assert walked.paths == [b"a"]
    assert "after-end" in walked.codes


def test_zeros_after_the_end_are_not_worth_telling() -> None:
    assert Walked(tar(A) + bytes(10_000)).warnings == ()


def test_a_lone_zero_block_is_passed_over_and_told() -> None:
    walked = Walked(tar(A, ZEROS, B))
    assert walked.damage is None
    assert walked.paths == [b"a", b"b"]
    assert "lone-zero-block" in walked.codes


def test_garbage_after_a_lone_zero_block_is_damage() -> None:
    walked = Walked(tar(A, ZEROS, b"x" * BLOCK))
    assert walked.damage is not None
    assert walked.damage.offset == len(A) + BLOCK
    assert walked.paths == [b"a"]


def test_a_bad_checksum_stops_the_walk_there_and_keeps_what_was_before() -> None:
    walked = Walked(tar(A, member(b"x", b"y", checksum=b"0000001"), B))
    assert walked.damage is not None
    assert walked.damage.offset == len(A)
    assert "checksum" in walked.damage.reason
    assert walked.paths == [b"a"]


@pytest.mark.parametrize("kept", [1, 100, 511])
def test_a_header_that_is_cut_off_is_damage(kept: int) -> None:
    walked = Walked(A + B[:kept])
    assert walked.damage is not None
    assert walked.damage.offset == len(A)
    assert walked.paths == [b"a"]


def test_content_that_is_cut_off_is_told_in_bytes() -> None:
    big = member(b"big", bytes(3000))
    walked = Walked(A + big[: BLOCK + 1234])
    assert walked.damage is not None
    assert "1234 of 3000 bytes" in walked.damage.reason
    assert walked.paths == [b"a", b"big"]
    assert walked.digests[1] == b""


def test_missing_padding_at_the_end_is_no_damage() -> None:
    assert Walked(A[: BLOCK + 12]).damage is None


def test_damage_is_found_in_the_midst_of_thousands_of_entries() -> None:
    many = [member(b"d/%05d" % number, b"x" * (number % 40)) for number in range(9000)]
    offset = sum(map(len, many[:7777]))
    many[7777] = header(b"bad", size=0, checksum=b"0000000")
    walked = Walked(tar(*many))
    assert walked.damage is not None
    assert walked.damage.offset == offset
    assert len(walked.paths) == 7777


@pytest.mark.parametrize("step", [300, 512, 100_000])
def test_a_run_may_be_full_while_content_is_still_coming(step: int) -> None:
    contents = [b"%d" % number * (number % 300) for number in range(4200)]
    walked = Walked(tar(*(member(b"f", content) for content in contents)), step)
    assert walked.digests == [sha256(content).digest() for content in contents]


# Refused outright (bad_inputs T06)


@pytest.mark.parametrize(
    "parts",
    [
        (header(b"x", size=-1),),
        (header(b"x", size=base256(2**63, 12)),),
        (header(b"x", size=base256(2**80, 12)),),
        (header(b"x", size=b"garbage"),),
        (header(b"x", size=b"00000000009"),),
        (header(b"x", mtime=b"garbage"),),
        (header(b"x", mode=b"garbage"),),
        (pax({b"size": b"-5"}), A),
        (pax({b"size": b"many"}), A),
        (pax({b"mtime": b"late"}), A),
        (pax({b"path": b"a\0b"}), A),
        (member(b"PaxHeaders/x", b"30 path=short\n", type=b"x"), A),
        (header(b"PaxHeaders/x", type=b"x", size=1 << 30), bytes(4096)),
        (header(b"././@LongLink", type=b"L", size=1 << 40), bytes(4096)),
        (header(b"g", type=b"g", size=(1 << 20) + 1), bytes((1 << 20) + BLOCK)),
    ],
)
def test_lying_headers_are_refused_fast_and_in_little_memory(parts: tuple[bytes, ...]) -> None:
    data = tar(A, *parts, B)
    tracemalloc.start()
    started = time.monotonic()
    walked = Walked(data)
    assert time.monotonic() - started < 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20
    assert walked.damage is not None
    assert walked.damage.offset == len(A)
    assert walked.damage.reason
    assert walked.paths == [b"a"]


def test_a_size_of_many_tib_is_believed_only_as_far_as_bytes_come() -> None:
    walked = Walked(tar(A, header(b"huge", size=2**62), B))
    assert walked.damage is not None
    assert walked.paths == [b"a", b"huge"]
    assert walked.sizes == [12, 2**62]


# Limits (bad_inputs T12)


def test_a_limit_of_entries_stops_the_walk_and_says_so() -> None:
    many = [member(b"%05d" % number) for number in range(6000)]
    walked = Walked(tar(*many), limits=Limits(layer_entries=5000))
    assert len(walked.paths) == 5000
    assert walked.damage is not None
    assert walked.damage.limit == "layer_entries"
    assert walked.damage.offset == 5000 * BLOCK
    assert "layer_entries (5,000)" in walked.damage.reason


def test_a_million_empty_entries_take_constant_memory() -> None:
    run = b"".join(header(b"e%03d" % number) for number in range(1000))
    data = run * 10
    tracemalloc.start()
    with HashThread() as hashes:
        walker = Walker(lambda rows: None, Limits(), Notes(), hashes)
        for _ in range(30):
            walker.feed(data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        walker.close()
    assert walker.totals == (300_000, 300_000, 0)
    assert peak < 24 << 20


def test_large_attributes_do_not_pile_up() -> None:
    """Each entry has 512 KiB of attributes; they are handed on long before a run is full."""
    entry = pax({b"SCHILY.xattr.user.big": bytes(range(1, 256)) * 2056}) + A
    walked = Walked(entry * 40 + END)
    assert walked.damage is None
    assert len(walked.paths) == 40
    assert len(walked.blocks) > 3


def test_many_different_oddities_are_told_in_bounded_space() -> None:
    odd = b"".join(
        pax([(b"k%d" % number + b"x" * 5000, b"1"), (b"k%d" % number + b"x" * 5000, b"2")]) + A
        for number in range(400)
    )
    walked = Walked(odd + END)
    assert sum(len(warning.text) for warning in walked.warnings) < 50_000


def test_a_limit_for_extended_headers_can_be_raised() -> None:
    data = tar(pax({b"comment": b"c" * (1 << 20)}), A)
    refused = Walked(data)
    assert refused.damage is not None
    assert "extension_bytes" in refused.damage.reason
    raised = replace(Limits(), extension_bytes=2 << 20)
    assert Walked(data, limits=raised).paths == [b"a"]


def test_records_are_written_as_pax_wants_them() -> None:
    """The writer of these tests counts the digits of the length, at the borders too."""
    for length in range(80, 120):
        text = record(b"path", b"p" * length)
        assert int(text.split(b" ")[0]) == len(text)
    assert len(padded(b"x")) == BLOCK

"""Sparse files of every form: the right size, the right content, holes never in memory."""

from __future__ import annotations

import os
import subprocess
import tracemalloc
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.content.limits import Limits
from layerscope.engine.layers import open_file
from support.layer_indexes import Indexed, Walked
from support.tars import BLOCK, GNU, member, padded, pax, rechecked, tar

Pairs = Sequence[tuple[int, int]]
AFTER = member(b"after", b"the file behind it")


def old_gnu(pairs: Pairs, size: int, data: bytes) -> bytes:
    block = bytearray(member(b"sparse", data, type=b"S", magic=GNU)[:BLOCK])

    def write(target: bytearray, start: int, room: int, left: Pairs) -> Pairs:
        for position, (offset, length) in enumerate(left[:room]):
            at = start + 24 * position
            target[at : at + 24] = b"%011o\0%011o\0" % (offset, length)
        target[start + 24 * room] = len(left) > room
        return left[room:]

    left = write(block, 386, 4, pairs)
    block[483:495] = b"%011o\0" % size
    blocks = [rechecked(bytes(block))]
    while left:
        more = bytearray(BLOCK)
        left = write(more, 0, 21, left)
        blocks.append(bytes(more))
    return b"".join(blocks) + padded(data)


def pax_0_0(pairs: Pairs, size: int, data: bytes) -> bytes:
    records = [(b"GNU.sparse.size", b"%d" % size), (b"GNU.sparse.numblocks", b"%d" % len(pairs))]
    for offset, length in pairs:
        records.append((b"GNU.sparse.offset", b"%d" % offset))
        records.append((b"GNU.sparse.numbytes", b"%d" % length))
    return pax(records) + member(b"sparse", data)


def pax_0_1(pairs: Pairs, size: int, data: bytes) -> bytes:
    records = {
        b"GNU.sparse.size": b"%d" % size,
        b"GNU.sparse.numblocks": b"%d" % len(pairs),
        b"GNU.sparse.map": b",".join(b"%d,%d" % pair for pair in pairs),
        b"GNU.sparse.name": b"sparse",
    }
    return pax(records) + member(b"GNUSparseFile.0/sparse", data)


def pax_1_0(pairs: Pairs, size: int, data: bytes) -> bytes:
    lines = b"%d\n" % len(pairs) + b"".join(b"%d\n%d\n" % pair for pair in pairs)
    records = {
        b"GNU.sparse.major": b"1",
        b"GNU.sparse.minor": b"0",
        b"GNU.sparse.realsize": b"%d" % size,
        b"GNU.sparse.name": b"sparse",
    }
    return pax(records) + member(b"GNUSparseFile.0/sparse", padded(lines) + data)


FORMS = pytest.mark.parametrize("form", [old_gnu, pax_0_0, pax_0_1, pax_1_0])


def expanded(pairs: Pairs, size: int, data: bytes) -> bytes:
    content = bytearray(size)
    for offset, length in pairs:
        content[offset : offset + length], data = data[:length], data[length:]
    return bytes(content)


@st.composite
def maps(draw: st.DrawFn) -> tuple[list[tuple[int, int]], int]:
    steps = draw(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), max_size=40))
    pairs, position = [], 0
    for hole, length in steps:
        pairs.append((position + hole, length))
        position += hole + length
    return pairs, position + draw(st.integers(0, 5000))


@FORMS
@given(map_=maps(), step=st.integers(1, 5000))
def test_content_is_hashed_with_its_holes(
    form: object, map_: tuple[list[tuple[int, int]], int], step: int
) -> None:
    assert callable(form)
    pairs, size = map_
    if form in (pax_0_0, pax_0_1) and not pairs:
        return  # without pairs nothing tells that it is sparse
    data = os.urandom(sum(length for _, length in pairs))
    archive = tar(form(pairs, size, data), AFTER)
    walked = Walked(archive, max(step, len(archive) // 300))
    assert walked.damage is None
    assert walked.paths == [b"sparse", b"after"]
    assert walked.sizes[0] == size
    assert walked.digests[0] == sha256(expanded(pairs, size, data)).digest()


@FORMS
def test_any_part_of_a_sparse_file_can_be_read(form: object, tmp_path: Path) -> None:
    assert callable(form)
    pairs = [(1000, 300), (5000, 0), (5000, 2000), (9000, 1)] + [
        (10_000 + 50 * number, 20) for number in range(60)
    ]
    data = os.urandom(sum(length for _, length in pairs))
    content = expanded(pairs, 20_000, data)
    indexed = Indexed(tmp_path, tar(AFTER, form(pairs, 20_000, data), AFTER))
    with indexed.open() as index, open_file(indexed.blob, index, 1) as file:
        assert file.read() == content
        for start, length in [(0, 10), (990, 20), (1290, 20), (4990, 30), (8999, 3), (19_990, 50)]:
            file.seek(start)
            assert file.read(length) == content[start : start + length]


@FORMS
@pytest.mark.parametrize(
    ("pairs", "size", "length"),
    [
        ([(0, 10), (5, 10)], 100, 20),
        ([(50, 10), (0, 10)], 100, 20),
        ([(95, 10)], 100, 10),
        ([(0, 10)], 100, 11),
        ([(0, 10)], 100, 9),
    ],
    ids=["overlapping", "unsorted", "beyond the end", "more data", "less data"],
)
def test_a_map_that_does_not_add_up_is_damage(
    form: object, pairs: list[tuple[int, int]], size: int, length: int
) -> None:
    assert callable(form)
    walked = Walked(tar(AFTER, form(pairs, size, bytes(length)), AFTER))
    assert walked.damage is not None
    assert "sparse" in walked.damage.reason
    assert walked.damage.offset == len(AFTER)
    assert walked.paths == [b"after"], "without its map nobody knows what the file holds"


@pytest.mark.parametrize("end", [100, BLOCK, 600, 2000], ids=str)
def test_a_tar_that_ends_in_a_map_does_not_list_the_file(end: int) -> None:
    pairs = [(3 * number, 1) for number in range(500)]
    for form in (old_gnu, pax_1_0):
        archive = tar(form(pairs, 2000, bytes(500)), AFTER)
        start = archive.index(b"GNUSparseFile") + BLOCK if form is pax_1_0 else BLOCK
        walked = Walked(AFTER + archive[: start + end])
        assert walked.damage is not None
        assert walked.paths == [b"after"]


@pytest.mark.parametrize("zeros", [0, 500, BLOCK, 3 * BLOCK, 5000], ids=str)
def test_numbers_of_a_map_may_be_longer_than_a_block(zeros: int) -> None:
    """Nobody writes such; Go reads them."""
    lines = b"".join(b"0" * zeros + b"%d\n" % number for number in (1, 5, 2))
    records = {
        b"GNU.sparse.major": b"1",
        b"GNU.sparse.minor": b"0",
        b"GNU.sparse.realsize": b"9",
    }
    walked = Walked(tar(pax(records) + member(b"sparse", padded(lines) + b"xy"), AFTER))
    assert walked.damage is None
    assert walked.paths == [b"sparse", b"after"]
    assert walked.digests[0] == sha256(b"\0\0\0\0\0xy\0\0").digest()


# Eleven octal digits, which is what the old form has for a size, end at 8 GiB.
@pytest.mark.parametrize(
    ("form", "size"),
    [
        (form, size)
        for form in (old_gnu, pax_0_0, pax_0_1, pax_1_0)
        for size in (536 << 20, 60 << 30)
        if form is not old_gnu or size < 8**11
    ],
)
def test_large_holes_cost_neither_memory_nor_time(form: object, size: int, tmp_path: Path) -> None:
    assert callable(form)
    data = b"x" * 1000
    archive = tar(form([(size - 1000, 1000)], size, data), AFTER)
    tracemalloc.start()
    indexed = Indexed(tmp_path, archive)
    with indexed.open() as index, open_file(indexed.blob, index, 0) as file:
        file.seek(size - 1010)
        assert file.read() == bytes(10) + data
        assert index.entry(0).size == size
        assert index.entry(0).digest == b""
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24 << 20
    assert "holes" in {warning.code for warning in indexed.summary.warnings}


def test_a_map_of_millions_of_pairs_is_refused_by_its_size() -> None:
    pairs = [(2 * number, 1) for number in range(300_000)]
    walked = Walked(tar(pax_1_0(pairs, 600_000, bytes(300_000)), AFTER))
    assert walked.damage is not None
    assert "limit" in walked.damage.reason
    lying = {
        b"GNU.sparse.major": b"1",
        b"GNU.sparse.minor": b"0",
        b"GNU.sparse.realsize": b"1",
    }
    walked = Walked(tar(pax(lying) + member(b"x", padded(b"9" * 18 + b"\n"))))
    assert walked.damage is not None


def test_old_maps_are_capped_too() -> None:
    pairs = [(2 * number, 1) for number in range(50_000)]
    archive = tar(old_gnu(pairs, 100_000, bytes(50_000)))
    assert Walked(archive).damage is not None
    assert Walked(archive, limits=Limits(extension_bytes=2 << 20)).damage is None


@pytest.mark.parametrize(
    "form", ["gnu", "posix --sparse-version=0.0", "posix --sparse-version=0.1", "posix"]
)
def test_what_gnu_tar_writes_is_read(form: str, tmp_path: Path) -> None:
    path = tmp_path / "holes"
    with path.open("wb") as file:
        for offset in (100_000, 500_000, 2_000_000):
            file.seek(offset)
            file.write(os.urandom(5000))
        file.truncate(3_000_000)
    options = f"--format={form}".split()
    archive = subprocess.run(
        ["tar", "-cS", *options, "holes"], cwd=tmp_path, capture_output=True, check=True
    ).stdout
    assert len(archive) < 200_000
    walked = Walked(archive)
    assert walked.damage is None
    assert walked.digests == [sha256(path.read_bytes()).digest()]

"""Sparse files whose maps lie, and those that are right."""

from __future__ import annotations

import pytest

from layerscope.engine.errors import BadInput
from layerscope.engine.rootfs import Kind
from layerscope.engine.task import Task
from support.bad_inputs import Door, damaged
from support.sparse_tars import sparse_0_0, sparse_0_1, sparse_1_0, sparse_old
from support.tars import tar

FAR = 536 << 20
FARTHEST = 60 << 30
SPARSE = {
    "T08-0.0": (sparse_0_0([(0, 3), (1000, 3)], 2000, b"abcxyz"), 2000, 1000),
    "T08-0.1": (sparse_0_1("0,3,1000,3", 2000, b"abcxyz"), 2000, 1000),
    "T08-1.0": (sparse_1_0(b"2\n0\n3\n1000\n3\n", 2000, b"abcxyz"), 2000, 1000),
    "T08-old": (sparse_old([(0, 3), (1000, 3)], 2000, b"abcxyz"), 2000, 1000),
    "T08-536-MiB": (sparse_0_1(f"0,3,{FAR},3", FAR + 9, b"abcxyz"), FAR + 9, FAR),
    "T08-60-GiB": (sparse_1_0(b"2\n0\n3\n%d\n3\n" % FARTHEST, FARTHEST + 9, b"abcxyz"),
                   FARTHEST + 9, FARTHEST),
}  # fmt: skip


@pytest.mark.parametrize(("part", "size", "second"), SPARSE.values(), ids=SPARSE)
def test_a_sparse_file_has_its_size_and_content_and_its_holes_stay_holes(
    door: Door, part: bytes, size: int, second: int
) -> None:
    door.library.load(door.offer(tar(part)), task=Task())
    row = door.rows()[b"holes"]
    assert (row.kind, row.size) == (Kind.FILE, size)
    assert row.entry is not None
    read = door.library.read_file
    assert read("bad:1", *row.entry, 0, 8, task=Task()) == b"abc\0\0\0\0\0"
    assert (
        read("bad:1", *row.entry, second, 8, task=Task())
        == (b"xyz" + bytes(8))[: min(8, size - second)]
    )
    assert read("bad:1", *row.entry, size, 8, task=Task()) == b""


BAD_MAPS = {
    "T08-overlapping": sparse_0_1("0,4,2,2", 2000, b"abcxyz"),
    "T08-unsorted": sparse_0_1("1000,3,0,3", 2000, b"abcxyz"),
    "T08-beyond-its-file": sparse_1_0(b"1\n3000\n6\n", 2000, b"abcxyz"),
    "T08-more-than-is-there": sparse_1_0(b"1\n0\n999\n", 2000, b"abcxyz"),
    "T08-ten-million-pairs": sparse_1_0(b"10000000\n0\n1\n", 2000, b"abcxyz"),
    "T08-no-numbers": sparse_0_1("a,b", 2000, b"abcxyz"),
    "T08-old-overlapping": sparse_old([(0, 4), (2, 2)], 2000, b"abcxyz"),
}


@pytest.mark.parametrize("part", BAD_MAPS.values(), ids=BAD_MAPS)
def test_a_bad_sparse_map_is_damage(door: Door, part: bytes) -> None:
    door.load_refused(BadInput, door.offer(damaged(part)), "bad:1", "sparse map", "byte 1,024")
    door.plant(damaged(part))
    assert b"before.txt" in door.rows()

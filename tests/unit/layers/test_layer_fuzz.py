"""Whatever bytes come: an index with a reason, never another exception, never much memory."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.layer_indexes import Indexed, Walked
from support.tars import gnu_long, member, pax, rechecked, tar

DATA = Path(__file__).parents[2] / "data" / "go-archive-tar"
SMALL = sorted(path for path in DATA.glob("*.tar"))
RICH = tar(
    pax({b"path": b"p" * 150, b"SCHILY.xattr.user.x": b"y", b"mtime": b"1.5"}),
    member(b"a", b"some content" * 60),
    gnu_long(b"g" * 150),
    gnu_long(b"k" * 150, b"K"),
    member(b"l", type=b"2"),
    pax({b"comment": b"c"}, b"g"),
    member(b"d/", type=b"5"),
    member(b"d/.wh.x"),
)


def check(data: bytes, step: int = 1 << 20) -> Walked:
    tracemalloc.start()
    walked = Walked(data, step)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 << 20
    assert len(walked.paths) == len(walked.digests) == len(walked.marks)
    for path in walked.paths:
        assert not {b"", b".", b".."} & set(path.split(b"/")) or path == b""
    if walked.damage is not None:
        assert walked.damage.reason
        assert 0 <= walked.damage.offset <= len(data)
    return walked


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.name)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_flipped_bytes_of_real_archives(path: Path, data: st.DataObject) -> None:
    archive = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))
    check(bytes(archive))


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_flipped_bytes_below_a_right_checksum(data: st.DataObject) -> None:
    """Most flips die at the checksum; these get past it."""
    archive = bytearray(RICH)
    for _ in range(data.draw(st.integers(1, 4))):
        block = data.draw(st.integers(0, len(archive) // 512 - 3)) * 512
        archive[block + data.draw(st.integers(0, 511))] = data.draw(st.integers(0, 255))
        archive[block : block + 512] = rechecked(bytes(archive[block : block + 512]))
    walked = check(bytes(archive))
    stepped = Walked(bytes(archive), data.draw(st.integers(1, 700)))
    assert (stepped.paths, stepped.sizes, stepped.digests, stepped.damage) == (
        walked.paths,
        walked.sizes,
        walked.digests,
        walked.damage,
    )


@settings(max_examples=200, deadline=None)
@given(kept=st.integers(0, len(RICH)), step=st.integers(1, 2000))
def test_any_cut_is_read_to_there(kept: int, step: int) -> None:
    whole = Walked(RICH)
    walked = check(RICH[:kept], step)
    assert walked.paths == whole.paths[: len(walked.paths)]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes(data: bytes) -> None:
    check(data)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_flipped_bytes_of_packed_layers(tmp_path: Path, data: st.DataObject) -> None:
    def packed_and_flipped(archive: bytes) -> bytes:
        blob = bytearray(gzip.compress(archive))
        for _ in range(data.draw(st.integers(1, 3))):
            blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
        return bytes(blob)

    indexed = Indexed(tmp_path, RICH, packed_and_flipped)
    assert len(indexed.entries) == indexed.summary.entries

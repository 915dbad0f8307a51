"""The index file gives back every entry, stays small, and is known when it is damaged."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layerscope.engine.errors import StoreUnreadable
from layerscope.engine.layers import Kind, LayerIndex, index_file
from layerscope.engine.layers.columns import Block, Rows, packed, starts
from support.layer_indexes import Indexed, Walked
from support.tars import gnu_long, header, member, pax, tar

WORDS = st.text("abcdé.", min_size=1, max_size=12).map(str.encode)


def test_everything_about_an_entry_comes_back(tmp_path: Path) -> None:
    archive = tar(
        header(b"./dir/", type=b"5", mode=0o41755, uid=1, gid=2, uname=b"me", gname=b"us"),
        pax({b"mtime": b"7.25", b"SCHILY.xattr.user.a": b"1\0", b"comment": b"c"})
        + member(b"./dir/../file", b"content", mode=0o4755),
        header(b"link", type=b"2", link=b"../else where"),
        header(b"dev", type=b"3", major=5, minor=1),
    )
    folder, file, link, device = Indexed(tmp_path, archive).entries
    assert (folder.path, folder.name, folder.kind, folder.mode) == (
        b"dir",
        b"./dir/",
        Kind.DIR,
        0o1755,
    )
    assert (folder.uid, folder.gid, folder.user, folder.group) == (1, 2, b"me", b"us")
    assert (file.path, file.name, file.size, file.mode) == (b"file", b"./dir/../file", 7, 0o4755)
    assert (file.mtime_ns, file.xattrs, file.pax) == (
        7_250_000_000,
        {b"user.a": b"1\0"},
        {b"comment": b"c"},
    )
    assert archive[file.offset : file.offset + 7] == b"content"
    assert archive[file.header_offset : file.header_offset + 4] == b"./di"
    assert (link.link, link.digest, link.offset) == (b"../else where", b"", device.header_offset)
    assert (device.kind, device.major, device.minor) == (Kind.CHAR, 5, 1)
    assert [entry.number for entry in (folder, file, link, device)] == [0, 1, 2, 3]


def test_blocks_come_in_tar_order_with_columns_of_one_length(tmp_path: Path) -> None:
    count = 10_000
    archive = tar(*(member(b"d/%d" % number, b"%d" % number) for number in range(count)))
    with Indexed(tmp_path, archive).open() as index:
        seen = 0
        for block in index.blocks():
            assert block.first == seen
            for column in (block.paths, block.names, block.kinds, block.marks, block.sizes,
                           block.modes, block.uids, block.gids, block.mtimes, block.links,
                           block.digests, block.xattrs, block.offsets, block.users, block.groups,
                           block.letters, block.pax, block.sparse):  # fmt: skip
                assert len(column) == len(block)
            assert block.paths == [b"d/%d" % (seen + row) for row in range(len(block))]
            for row, offset in enumerate(block.offsets):
                text = b"%d" % (seen + row)
                assert archive[offset : offset + len(text)] == text
            seen += len(block)
        assert seen == len(index) == count


@pytest.mark.parametrize("step", [100, 512, 1 << 20])
def test_places_are_right_whatever_stands_between_entries(step: int) -> None:
    """Places of plain entries are predicted; what is no entry must not mislead that."""
    parts = [
        member(b"plain", b"1"),
        pax({b"comment": b"c"}, b"g"),
        member(b"plain", b"2" * 600),
        bytes(512),
        member(b"plain", b"3"),
        gnu_long(b"lost") + pax({b"comment": b"c"}, b"g"),
        member(b"plain", b"4"),
        pax({b"mtime": b"1.5"}) + member(b"pax", b"5"),
        member(b"plain", b"6"),
        member(b"volume", b"7", type=b"V"),
        member(b"plain", b"8"),
        header(b"folder with size", size=5, type=b"5"),
        member(b"plain", b"9"),
    ]
    archive = tar(*parts)
    walked = Walked(archive, step)
    [rows] = walked.blocks
    places = starts(rows.kinds, rows.sizes, rows.first_header, rows.places)
    found = [
        archive[place : place + 1] for place, size in zip(places, rows.sizes, strict=True) if size
    ]
    assert found == [b"%d" % number for number in range(1, 10)]


@st.composite
def some_rows(draw: st.DrawFn) -> Rows:
    count = draw(st.integers(1, 30))

    def column(item: st.SearchStrategy[int]) -> list[int]:
        return draw(st.lists(item, min_size=count, max_size=count))

    def rare(item: st.SearchStrategy[bytes]) -> dict[int, bytes]:
        return draw(st.dictionaries(st.integers(0, count - 1), item, max_size=4))

    texts = st.lists(WORDS, min_size=count, max_size=count)
    return Rows(
        paths=draw(texts),
        styles=bytes(column(st.integers(0, 3))),
        kinds=bytes(column(st.integers(0, 7))),
        marks=bytes(column(st.integers(0, 3))),
        letters=bytes(column(st.integers(0, 255))),
        sizes=column(st.integers(0, 2**63 - 1)),
        modes=column(st.integers(0, 0o7777)),
        uids=column(st.integers(-(2**63), 2**63 - 1)),
        gids=column(st.integers(0, 2**32)),
        seconds=column(st.integers(-(2**33), 2**33)),
        nanos=draw(st.dictionaries(st.integers(0, count - 1), st.integers(0, 10**9 - 1))),
        users=draw(texts),
        groups=draw(texts),
        links=draw(st.lists(WORDS | st.just(b""), min_size=count, max_size=count)),
        digests=draw(
            st.lists(
                st.binary(min_size=32, max_size=32) | st.just(b""), min_size=count, max_size=count
            )
        ),
        devices={0: (2**40, 7)},
        xattrs=rare(st.binary(min_size=1)),
        pax=rare(st.binary(min_size=1)),
        sparse=rare(st.binary(min_size=1)),
    )


@given(some_rows())
def test_any_columns_survive_being_packed(rows: Rows) -> None:
    parts = packed(rows, zstandard.ZstdCompressor())
    block = Block(0, len(rows.paths), 0, parts.__getitem__)
    assert (block.paths, block.kinds, block.marks) == (rows.paths, rows.kinds, rows.marks)
    assert (block.links, block.users, block.groups) == (rows.links, rows.users, rows.groups)
    assert (block.letters, block.digests, block.devices) == (
        rows.letters,
        rows.digests,
        rows.devices,
    )
    assert block.digest_column == b"".join(digest or bytes(32) for digest in rows.digests)
    for column in ("sizes", "modes", "uids", "gids"):
        assert list(getattr(block, column)) == getattr(rows, column)
    for column in ("xattrs", "pax", "sparse"):
        assert {row: value for row, value in enumerate(getattr(block, column)) if value} == getattr(
            rows, column
        )
    assert list(block.mtimes) == [
        second * 10**9 + rows.nanos.get(row, 0) for row, second in enumerate(rows.seconds)
    ]


def test_an_index_stays_within_60_bytes_an_entry_and_a_part_of_the_blob(tmp_path: Path) -> None:
    random = Random(7)
    folders = [b"usr/lib/python3/site-packages/%d" % number for number in range(200)]
    members = [
        member(
            random.choice(folders) + b"/module_%d.py" % number,
            random.randbytes(random.randint(0, 3000)),
            mtime=1_700_000_000 + random.randint(0, 10**6),
        )
        for number in range(12_000)
    ]
    indexed = Indexed(tmp_path, tar(*members))
    goal = 60 * len(members) + 0.015 * indexed.summary.blob_size
    assert indexed.path.stat().st_size < goal


def changed(path: Path, position: int, flip: int = 1) -> Path:
    data = bytearray(path.read_bytes())
    data[position] ^= flip
    other = path.with_name("changed")
    other.write_bytes(data)
    return other


def read_all(path: Path) -> None:
    with LayerIndex.open(path) as index:
        for block in index.blocks():
            for column in ("paths", "sizes", "links", "digests", "users", "offsets", "xattrs"):
                getattr(block, column)
        index.start_before(1 << 40)


@pytest.fixture
def small(tmp_path: Path) -> Indexed:
    return Indexed(tmp_path, tar(*(member(b"f%d" % number, b"x" * number) for number in range(50))))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(data=st.data())
def test_any_flipped_bit_is_noticed(small: Indexed, data: st.DataObject) -> None:
    size = small.path.stat().st_size
    position = data.draw(st.integers(0, size - 1))
    other = changed(small.path, position, 1 << data.draw(st.integers(0, 7)))
    with pytest.raises(StoreUnreadable):
        read_all(other)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=st.floats(0, 0.999))
def test_a_truncated_index_is_noticed(small: Indexed, kept: float) -> None:
    other = small.path.with_name("cut")
    data = small.path.read_bytes()
    other.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(StoreUnreadable):
        read_all(other)


def test_an_index_of_another_version_is_not_used(
    small: Indexed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_file, "_HEAD", b"LSli\xff\0\0\0")
    with pytest.raises(StoreUnreadable, match="another version"):
        LayerIndex.open(small.path)


def test_an_entry_that_is_not_there_is_an_index_error(small: Indexed) -> None:
    with small.open() as index:
        for number in (-1, 50):
            with pytest.raises(IndexError):
                index.entry(number)

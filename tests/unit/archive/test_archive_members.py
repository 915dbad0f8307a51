"""The tar that an archive is: strictly walked, bounded, links followed once and never outside."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.archive.headers import cleaned
from layerscope.engine.archive.members import TarMembers
from layerscope.engine.content.limits import Limits
from layerscope.engine.errors import LayerscopeError, LimitReached, MalformedDocument
from layerscope.engine.task import Cancelled, Task
from support import tars


def _scan(data: bytes, limits: Limits | None = None) -> TarMembers:
    return TarMembers.scan(io.BytesIO(data), len(data), "x.tar", Task(), limits or Limits())


def _read(members: TarMembers, name: str) -> bytes:
    member = members.find(name)
    assert member is not None
    with members.open(member) as file:
        return file.read()


@pytest.mark.parametrize(
    ("name", "folder", "clean"),
    [
        ("a/b", "", "a/b"),
        ("./a//b/.", "", "a/b"),
        ("/a", "x", "a"),
        ("../y/layer.tar", "x", "y/layer.tar"),
        ("../../y", "x", None),
        ("a/../..", "", None),
        ("", "", ""),
        ("..", "", None),
    ],
)
def test_names_are_cleaned_and_stay_inside(name: str, folder: str, clean: str | None) -> None:
    assert cleaned(name, folder) == clean


def test_files_are_found_in_any_order_under_cleaned_names() -> None:
    members = _scan(
        tars.tar(
            tars.member(b"./b//c.json", b"two"),
            tars.member(b"dir/", type=b"5"),
            tars.member(b"a", b"x" * 1000),
            tars.member(b"old", b"v7", type=b"\0", magic=tars.V7),
        )
    )
    assert members.names() == {"b/c.json", "a", "old"}
    assert _read(members, "b/c.json") == b"two"
    assert _read(members, "a") == b"x" * 1000
    assert _read(members, "old") == b"v7"
    assert members.find("dir") is None


def test_a_member_can_be_sought_in() -> None:
    members = _scan(tars.tar(tars.member(b"z", b"z"), tars.member(b"a", bytes(range(100)))))
    member = members.find("a")
    assert member is not None
    with members.open(member) as file:
        assert file.seek(-10, os.SEEK_END) == 90
        assert file.read() == bytes(range(90, 100))
        assert file.read(5) == b""
        file.seek(3)
        assert file.read(2) == b"\x03\x04"
        file.seek(1000)
        assert file.read() == b""


def test_long_names_of_all_kinds_are_read() -> None:
    gnu, pax, prefix = "g" * 200, "p" * 200 + "é", "d" * 120
    members = _scan(
        tars.tar(
            tars.gnu_long(gnu.encode()) + tars.member(b"short", b"1", magic=tars.GNU),
            tars.pax({b"path": pax.encode()}) + tars.member(b"short", b"2"),
            tars.member(b"name", b"3", prefix=prefix.encode()),
            tars.pax({b"path": b"global"}, type=b"g"),
            tars.member(b"after", b"4"),
        )
    )
    assert _read(members, gnu) == b"1"
    assert _read(members, pax) == b"2"
    assert _read(members, f"{prefix}/name") == b"3"
    assert _read(members, "after") == b"4"


def test_pax_size_belongs_to_the_next_file_only() -> None:
    """TARmageddon (CVE-2025-62518): the size must not apply to a header in between."""
    inner = tars.member(b"smuggled", b"evil")
    members = _scan(
        tars.tar(
            tars.pax({b"size": b"%d" % len(inner)})
            + tars.gnu_long(b"outer")
            + tars.header(b"x", size=0)
            + inner,
            tars.member(b"next", b"n"),
        )
    )
    assert members.names() == {"outer", "next"}
    assert _read(members, "outer") == inner


def test_links_are_followed_once_and_inside() -> None:
    members = _scan(
        tars.tar(
            tars.member(b"one/layer.tar", b"content"),
            tars.member(b"two/layer.tar", type=b"2", link=b"../one/layer.tar"),
            tars.member(b"three", type=b"1", link=b"./one/layer.tar"),
            tars.member(b"chain", type=b"2", link=b"two/layer.tar"),
            tars.member(b"self", type=b"2", link=b"self"),
            tars.member(b"ping", type=b"2", link=b"pong"),
            tars.member(b"pong", type=b"2", link=b"ping"),
            tars.member(b"out", type=b"2", link=b"../../etc/passwd"),
            tars.member(b"gone", type=b"2", link=b"nothing"),
        )
    )
    assert _read(members, "two/layer.tar") == b"content"
    assert _read(members, "three") == b"content"
    for name in ("chain", "self", "ping", "out", "gone"):
        assert members.find(name) is None
        assert members.is_link(name)


def test_names_that_lead_outside_are_not_members() -> None:
    members = _scan(tars.tar(tars.member(b"../manifest.json", b"x"), tars.member(b"/ok", b"y")))
    assert members.names() == {"ok"}


def test_the_last_of_a_name_wins() -> None:
    members = _scan(tars.tar(tars.member(b"a", b"first"), tars.member(b"./a", b"last")))
    assert _read(members, "a") == b"last"


def test_sparse_files_are_passed_over_with_their_maps() -> None:
    old = bytearray(tars.header(b"s", type=b"S", size=512, magic=tars.GNU))
    old[482] = 1
    extended = bytes(504) + b"\1" + bytes(7), bytes(512)
    members = _scan(
        tars.tar(
            tars.rechecked(bytes(old)) + b"".join(extended) + bytes(512),
            tars.pax({b"GNU.sparse.major": b"1"}) + tars.member(b"t", b"map"),
            tars.member(b"after", b"x"),
        )
    )
    assert members.names() == {"after"}


def test_missing_end_blocks_are_accepted_and_what_follows_the_end_is_not_read() -> None:
    assert _scan(tars.member(b"a", b"x")).names() == {"a"}
    assert _scan(tars.tar(tars.member(b"a", b"x")) + tars.member(b"b", b"y")).names() == {"a"}


_FILE = tars.member(b"a", b"content")


@pytest.mark.parametrize(
    "data",
    [
        _FILE[:515],
        _FILE + b"half a header",
        tars.member(b"a", b"x", checksum=b"0000001\0"),
        tars.member(b"a", b"x", checksum=b"        "),
        tars.member(b"a", b"", size=10**9),
        tars.member(b"a", b"", size=tars.base256(-5, 12)),
        tars.member(b"a", b"", size=tars.base256(2**80, 12)),
        tars.member(b"a", b"", size=b"zz"),
        tars.member(b"a", b"", size=b"-7"),
        tars.member(b"x", b"", size=2 * 1024 * 1024, type=b"x"),
        tars.member(b"x", b"999999 path=a\n", type=b"x") + _FILE,
        tars.member(b"x", b"3 path=a\n", type=b"x") + _FILE,
        tars.member(b"x", b"0 path=a\n", type=b"x") + _FILE,
        tars.member(b"x", b"path=a\n", type=b"x") + _FILE,
        tars.member(b"x", b"9 pathxa\n", type=b"x") + _FILE,
        tars.pax({b"path": b"a\0b"}) + _FILE,
        tars.pax({b"size": b"-1"}) + _FILE,
        tars.pax({b"size": b"1e3"}) + _FILE,
        tars.pax({b"size": b"9" * 30}) + _FILE,
        tars.member(b"x", b"", type=b"L", size=10_000_000),
    ],
)
def test_damage_is_told_with_its_place(data: bytes) -> None:
    with pytest.raises(MalformedDocument, match=r"^x\.tar cannot be read past byte [\d,]+: "):
        _scan(data + bytes(1024) if len(data) % 512 == 0 else data)


def test_members_are_counted() -> None:
    limits = Limits(archive_members=3)
    assert len(_scan(_FILE * 3, limits).names()) == 1
    with pytest.raises(LimitReached, match=r"archive_members \(3\)"):
        _scan(_FILE * 4, limits)


def test_extended_headers_are_measured() -> None:
    data = tars.tar(tars.pax({b"comment": b"c" * 2000}), _FILE)
    assert _scan(data, Limits(extension_bytes=3000)).names() == {"a"}
    with pytest.raises(LimitReached, match=r"extension_bytes \(1,000\)"):
        _scan(data, Limits(extension_bytes=1000))


def test_a_cancelled_walk_stops() -> None:
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        TarMembers.scan(io.BytesIO(_FILE), len(_FILE), "x.tar", task, Limits())


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.data())
def test_a_changed_byte_never_does_worse_than_a_refusal(
    names: list[bytes], data: st.DataObject
) -> None:
    tar = bytearray(tars.tar(*(tars.member(name, name * 3) for name in names)))
    position = data.draw(st.integers(0, len(tar) - 1))
    tar[position] = data.draw(st.integers(0, 255))
    try:
        members = _scan(bytes(tar))
    except LayerscopeError:
        return
    for name in members.names():
        member = members.find(name)
        assert member is None or member.offset + member.size <= len(tar)


@given(st.binary(max_size=3000))
def test_any_bytes_are_walked_or_refused(data: bytes) -> None:
    try:
        _scan(data)
    except MalformedDocument:
        pass
    else:
        assert not any(data[:512])


def test_checksums_of_signed_bytes_are_accepted() -> None:
    assert _scan(tars.tar(tars.member("é".encode(), b"x", signed=True))).names() == {"é"}

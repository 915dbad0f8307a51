"""Tars that are written: every reader finds in them what was put in."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerscope.engine.content import tar_writer
from layerscope.engine.content.dressing import Attributes
from layerscope.engine.content.tar_writer import TarWriter

Fill = Callable[[TarWriter], None]


def made(fill: Fill) -> bytes:
    out = io.BytesIO()
    writer = TarWriter(out.write)
    fill(writer)
    writer.close()
    assert writer.position == len(out.getvalue())
    assert writer.position % 10240 == 0
    return out.getvalue()


def only(data: bytes) -> tarfile.TarInfo:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        (member,) = tar.getmembers()
    return member


def begin(*args: Any, **fields: Any) -> Fill:
    return lambda writer: writer.begin(*args, **fields)


NAMES = st.binary(min_size=1, max_size=400).filter(
    lambda name: b"\0" not in name and not name.endswith(b"/")
)


@given(NAMES, st.binary(max_size=2000))
@settings(max_examples=200, deadline=None)
def test_any_name_and_content_come_back(name: bytes, content: bytes) -> None:
    def fill(writer: TarWriter) -> None:
        writer.begin(tar_writer.FILE, name, Attributes(0o4755, 1, 2, 3), len(content))
        writer.content(content)

    with tarfile.open(fileobj=io.BytesIO(made(fill)), errors="surrogateescape") as tar:
        (member,) = tar.getmembers()
        assert member.name.encode("utf-8", "surrogateescape") == name
        assert tar.extractfile(member).read() == content  # type: ignore[union-attr]
        assert (member.mode, member.uid, member.gid) == (0o4755, 1, 2)


@given(
    st.integers(-(2**62), 2**62),
    st.integers(0, 2**40),
    st.binary(min_size=1, max_size=300).filter(lambda link: b"\0" not in link),
)
@settings(max_examples=200, deadline=None)
def test_any_time_owner_and_link_come_back(ns: int, owner: int, link: bytes) -> None:
    attributes = Attributes(0o777, owner, owner, ns)
    data = made(begin(tar_writer.SYMLINK, b"x", attributes, link=link))
    with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as tar:
        (member,) = tar.getmembers()
    assert member.linkname.encode("utf-8", "surrogateescape") == link
    assert member.uid == member.gid == owner
    raw = member.pax_headers.get("mtime")
    if raw is None:
        assert member.mtime * 10**9 == ns
    else:
        whole, _, part = raw.lstrip("-").partition(".")
        told = int(whole) * 10**9 + int(part.ljust(9, "0"))
        assert (-told if raw.startswith("-") else told) == ns


def test_plain_entries_need_no_extended_header() -> None:
    long = b"d" * 100 + b"/" + b"f" * 100
    for name in (b"short", long, b"x" * 100):
        assert len(made(begin(tar_writer.FILE, name))) == 10240
        assert only(made(begin(tar_writer.FILE, name))).pax_headers == {}
    assert "path" in only(made(begin(tar_writer.FILE, b"x" * 101))).pax_headers


def test_attributes_are_kept_as_docker_and_containerd_read_them() -> None:
    xattrs = {b"user.b": b"\0\xff=\n", b"security.capability": b"\1\0\0\2", b"bad=key": b"x"}
    data = made(begin(tar_writer.FILE, b"x", Attributes(0o644, 0, 0, 0, xattrs)))
    assert b" SCHILY.xattr.user.b=\0\xff=\n\n" in data
    assert b" SCHILY.xattr.security.capability=\1\0\0\2\n" in data
    assert b"bad=key" not in data


def test_a_file_larger_than_a_header_can_say_is_told_in_full() -> None:
    size = 9 << 30
    out: list[int] = []
    writer = TarWriter(lambda data: out.append(len(data)))
    writer.begin(tar_writer.FILE, b"big", size=size)
    assert out[0] + out[1] + out[2] == 3 * 512
    with pytest.raises(ValueError, match="missing"):
        writer.close()


def test_gnu_tar_finds_holes_where_they_were(tmp_path: Path) -> None:
    pairs = [(1 << 20, 5), (64 << 20, 600), (128 << 20, 0)]
    runs = [(1 << 20, b"hello"), (64 << 20, b"w" * 600)]

    def fill(writer: TarWriter) -> None:
        writer.sparse(b"d/sparse", Attributes(0o600, 0, 0, 0), 128 << 20, pairs, runs)
        writer.begin(tar_writer.FILE, b"after", size=2)
        writer.content(b"ok")

    (tmp_path / "x.tar").write_bytes(made(fill))
    assert (tmp_path / "x.tar").stat().st_size < 1 << 20
    subprocess.run(["tar", "-xf", "x.tar"], cwd=tmp_path, check=True)
    found = tmp_path / "d/sparse"
    assert found.stat().st_size == 128 << 20
    assert found.stat().st_blocks * 512 < 1 << 20
    with found.open("rb") as file:
        file.seek(1 << 20)
        assert file.read(6) == b"hello\0"
        file.seek(64 << 20)
        assert file.read(601) == b"w" * 600 + b"\0"
    assert (tmp_path / "after").read_text() == "ok"


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 2000)), max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_holes_are_read_alike_by_readers_that_differ(gaps: list[tuple[int, int]]) -> None:
    """Python reads pieces one right after the other, as Go does."""
    pairs, runs, whole = [], [], b""
    for hole, length in gaps:
        whole += bytes(hole)
        pairs.append((len(whole), length))
        data = bytes(1 + n % 255 for n in range(length))
        runs += [(len(whole) + at, data[at : at + 700]) for at in range(0, length, 700)]
        whole += data
    whole += bytes(100)

    def fill(writer: TarWriter) -> None:
        writer.sparse(b"s", Attributes(0o600, 0, 0, 0), len(whole), pairs, runs)

    with tarfile.open(fileobj=io.BytesIO(made(fill))) as tar:
        (member,) = tar.getmembers()
        assert tar.extractfile(member).read() == whole  # type: ignore[union-attr]


def test_a_map_of_many_pieces_is_read(tmp_path: Path) -> None:
    pairs = [(2000 * n + 3, 10) for n in range(5000)]
    runs = [(offset, b"x" * 10) for offset, _ in pairs]

    def fill(writer: TarWriter) -> None:
        writer.sparse(b"s", Attributes(0o600, 0, 0, 0), 2000 * 5000, pairs, runs)

    whole = b"".join(bytes(3) + b"x" * 10 + bytes(1987) for _ in pairs)
    (tmp_path / "x.tar").write_bytes(made(fill))
    subprocess.run(["tar", "-xf", "x.tar"], cwd=tmp_path, check=True)
    assert (tmp_path / "s").read_bytes() == whole
    with tarfile.open(tmp_path / "x.tar") as tar:
        assert tar.extractfile("s").read() == whole  # type: ignore[union-attr]


def test_more_or_less_content_than_was_told_is_a_mistake_that_is_noticed() -> None:
    writer = TarWriter(lambda data: None)
    writer.begin(tar_writer.FILE, b"x", size=3)
    with pytest.raises(ValueError, match="more"):
        writer.content(b"four")
    writer.content(b"ab")
    with pytest.raises(ValueError, match="missing"):
        writer.begin(tar_writer.FILE, b"y")

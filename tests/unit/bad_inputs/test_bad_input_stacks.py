"""Links, roots and whiteouts that want out of the image."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.rootfs import Kind
from layerscope.engine.task import Task
from support import tars
from support.bad_inputs import Door
from support.tars import header, member, tar


def link(name: bytes, target: bytes, type: bytes = b"2") -> bytes:
    return header(name, type=type, link=target)


@pytest.fixture
def victim(door: Door, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder beside the store, in which the process works, with what links may lead to."""
    folder = door.folder / "victim"
    folder.mkdir()
    (folder / "passwd").write_text("secret of the host\n")
    monkeypatch.chdir(folder)
    return folder


# T02

INSIDE = member(b"real/keep", b"inside the image")
THROUGH = {
    "T02-parents": ([tar(link(b"dir", b"../../victim"), member(b"dir/x", b"new"))], b"dir/x"),
    "T02-absolute": ([tar(link(b"dir", b"/victim"), member(b"dir/x", b"new"))], b"dir/x"),
    "T02-link-in-a-lower-layer": (
        [tar(link(b"dir", b"../../victim")), tar(member(b"dir/x", b"new"))],
        b"dir/x",
    ),
    "T02-through-two-links": (
        [tar(link(b"a", b"b"), link(b"b", b"../../../victim")), tar(member(b"a/x", b"new"))],
        b"a/x",
    ),
}


@pytest.mark.parametrize(("layers", "path"), THROUGH.values(), ids=THROUGH)
def test_a_link_leads_inside_the_image_only(
    door: Door, victim: Path, layers: list[bytes], path: bytes
) -> None:
    before = sorted((each, each.read_bytes()) for each in victim.iterdir())
    door.library.load(door.offer(*layers), task=Task())
    rows = door.rows()
    new = [where for where in rows if where.endswith(b"/x")]
    assert len(new) == 1
    status, out, _err = door.run("cat", "bad:1", path.decode())
    assert (status, out) == (0, "new")
    assert door.complaint("cat", "bad:1", f"{path.decode()[:-1]}passwd")
    assert sorted((each, each.read_bytes()) for each in victim.iterdir()) == before


# T03

HARD = {
    "T03-outside": (b"../victim/passwd", ()),
    "T03-passwd-of-the-host": (b"/etc/passwd", ()),
    "T03-name-in-the-working-folder": (b"passwd", ()),
    "T03-itself": (b"hard", ()),
    "T03-later-entry": (b"later", (member(b"later", b"later content"),)),
}


@pytest.mark.parametrize(("target", "rest"), HARD.values(), ids=HARD)
def test_a_hard_link_is_looked_up_in_the_image_only(
    door: Door, victim: Path, target: bytes, rest: tuple[bytes, ...]
) -> None:
    layer = tar(member(b"good", b"good"), link(b"hard", target, b"1"), *rest)
    door.library.load(door.offer(layer), task=Task())
    assert door.read(b"good") == b"good"
    assert "hard link" in door.warnings()
    row = door.rows()[b"hard"]
    assert row.kind is Kind.HARDLINK
    assert row.entry is not None
    number, entry = row.entry
    door.refused(
        LayerscopeError,
        lambda: door.library.read_file("bad:1", number, entry, 0, 9, task=Task()),
        "hard",
    )
    assert "not a file" in door.complaint("cat", "bad:1", "/hard")
    status, _out, err = door.run("trace", "bad:1", "/hard")
    assert (status, err) == (0, "")


def test_a_hard_link_to_a_symbolic_link_is_that_link(door: Door) -> None:
    """T03: it is legal, and never followed."""
    door.library.load(
        door.offer(tar(link(b"soft", b"/etc/passwd"), link(b"hard", b"soft", b"1"))), task=Task()
    )
    row = door.rows()[b"hard"]
    assert (row.kind, row.link) == (Kind.SYMLINK, b"/etc/passwd")


def test_a_chain_of_very_many_hard_links_ends(door: Door) -> None:
    """T03"""
    count = 100_000
    parts = [member(b"0", b"the one")]
    blank = bytearray(header(b"", type=b"1"))
    for number in range(1, count):
        name, target = b"%d" % number, b"%d" % (number - 1)
        block = blank.copy()
        block[0 : len(name)], block[157 : 157 + len(target)] = name, target
        parts.append(tars.rechecked(bytes(block)))
    door.plant(gzip.compress(tar(*parts), 1, mtime=0))
    assert door.browse().damage == ""
    status, out, _err = door.run("cat", "bad:1", f"/{count - 1}")
    assert (status, out) == (0, "the one")


# T04

ROOTS = {
    "T04-symlink-slash": link(b"/", b"/etc"),
    "T04-symlink-dot": link(b"./", b"/etc"),
    "T04-symlink-dotdot": link(b"a/..", b"/etc"),
    "T04-file-dot": member(b".", b"root"),
    "T04-file-empty-name": member(b"", b"root"),
    "T04-hard-link": link(b".", b"etc/motd", b"1"),
    "T04-device": header(b"/", type=b"3"),
}


@pytest.mark.parametrize("root", ROOTS.values(), ids=ROOTS)
def test_the_root_stays_a_folder_and_the_rest_can_be_browsed(door: Door, root: bytes) -> None:
    door.library.load(door.offer(tar(member(b"etc/motd", b"hi"), root, member(b"z", b"z"))),
                      task=Task())  # fmt: skip
    assert {b"etc", b"etc/motd", b"z"} == set(door.rows())
    assert "root" in door.warnings()
    assert door.read(b"z") == b"z"


# T05

LOWER = tar(
    member(b"d/a", b"a"), member(b"d/b", b"b"), member(b"real/x", b"x"), link(b"l", b"real")
)
OLD = {b"d", b"d/a", b"d/b", b"real", b"real/x", b"l"}
WHITEOUTS = {
    "T05-opaque-first": ([member(b"d/.wh..wh..opq"), member(b"d/n", b"n")],
                         OLD - {b"d/a", b"d/b"} | {b"d/n"}, ""),
    "T05-opaque-last": ([member(b"d/n", b"n"), member(b"d/.wh..wh..opq")],
                        OLD - {b"d/a", b"d/b"} | {b"d/n"}, ""),
    "T05-nameless": ([member(b"d/.wh.")], OLD, "names nothing"),
    "T05-dot": ([member(b"d/.wh..")], OLD, "names nothing"),
    "T05-dotdot": ([member(b"d/.wh...")], OLD, "names nothing"),
    "T05-root-dotdot": ([member(b".wh...")], OLD, "names nothing"),
    "T05-through-a-link": ([member(b"l/.wh.x")], OLD - {b"real/x"}, ""),
    "T05-of-nothing": ([member(b".wh.never")], OLD, ""),
    "T05-file-and-its-whiteout": ([member(b"d/a", b"new"), member(b"d/.wh.a")], OLD,
                                  "stored and deleted in the same layer"),
}  # fmt: skip


@pytest.mark.parametrize(("parts", "left", "warning"), WHITEOUTS.values(), ids=WHITEOUTS)
def test_a_whiteout_removes_what_it_names_and_nothing_else(
    door: Door, parts: list[bytes], left: set[bytes], warning: str
) -> None:
    door.library.load(door.offer(LOWER, tar(*parts)), task=Task())
    assert set(door.rows()) == left
    assert set(door.rows(as_of=1)) == OLD
    assert warning in door.warnings()

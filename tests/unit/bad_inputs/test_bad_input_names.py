"""Names of every shape, whatever they lead to or look like: shown inside the image, all of them."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from layerscope.engine.rootfs import Timeline, View
from layerscope.engine.task import Task
from support import tars
from support.bad_inputs import Door
from support.tars import header, member, pax, tar

# T01

CLIMBING = {
    "T01-parents": (b"../../etc/x", b"etc/x"),
    "T01-absolute": (b"/../x", b"x"),
    "T01-backslashes": (b"..\\..\\x", b"..\\..\\x"),
    "T01-drive": (b"C:\\x", b"C:\\x"),
    "T01-share": (b"\\\\srv\\share\\x", b"\\\\srv\\share\\x"),
}


@pytest.mark.parametrize(("name", "shown"), CLIMBING.values(), ids=CLIMBING)
def test_a_climbing_name_is_shown_inside_the_root_and_flagged(
    door: Door, name: bytes, shown: bytes
) -> None:
    door.library.load(door.offer(tar(member(name, b"x"))), task=Task())
    assert shown in door.rows()
    assert '".."' in door.warnings()
    assert door.read(shown) == b"x"
    listed = door.answer("files", "bad:1", "--recursive")
    assert os.fsdecode(shown) in {row["path"].lstrip("/") for row in listed}
    assert sorted(path.name for path in door.folder.iterdir()) == ["offered", "store"]


# T13

TWINS = [b"A", b"a", b"stra\xc3\x9fe", b"strasse", "é".encode(), b"e\xcc\x81", b"con", b"a:", b"x ",
         b"x.", b"\xff\xfe", b"new\nline", b"tab\t", b"\x1b[31m", "‮gpj".encode()]  # fmt: skip


def test_names_that_other_systems_confuse_are_all_there(door: Door) -> None:
    """T13"""
    layer = tar(*(member(name, b"%d" % n) for n, name in enumerate(TWINS)))
    door.library.load(door.offer(layer), task=Task())
    assert set(door.rows()) == set(TWINS)
    for number, name in enumerate(TWINS):
        assert door.read(name) == b"%d" % number
    status, out, _err = door.run("files", "bad:1")
    assert status == 0
    assert len(out.splitlines()) == 1 + len(TWINS)
    assert not any(mark in out for mark in ("\x1b", "\u202e", "\t"))


LONG = {
    "T13-name-of-100-KiB": b"n" * 102_400,
    "T13-222371-components": b"/".join([b"d"] * 222_371) + b"ee",
    "T13-depth-4096": b"/".join(b"%d" % number for number in range(4096)),
}


@pytest.mark.parametrize("path", LONG.values(), ids=LONG)
def test_a_path_of_any_length_is_shown_without_a_loss(door: Door, path: bytes) -> None:
    door.library.load(door.offer(tar(pax({b"path": path}) + member(b"f", b"deep"))), task=Task())
    found = door.browse()
    with Timeline.open(Path(found.timeline)) as timeline:
        row = timeline.find(path, View(1))
        assert row is not None
        assert timeline.path(row.node) == path
        assert row.depth == path.count(b"/") + 1
        assert row.entry is not None
        assert door.library.read_file("bad:1", *row.entry, 0, 9, task=Task()) == b"deep"
    assert "longer or deeper" in door.warnings()
    for command in ("files", "trace", "cat"):
        status, out, err = door.run(command, "bad:1", path.decode())
        assert (status, err) == (0, "")
        assert "deep" in out or path.decode() in out or command == "trace"


def test_very_many_files_in_one_folder_are_shown(door: Door) -> None:
    """T13"""
    head = header(b"d/0000000", uid=0)
    names = [b"d/%07d" % number for number in range(20_000)]
    layer = tar(*(tars.rechecked(name + head[len(name) :]) for name in names))
    door.library.load(door.offer(gzip.compress(layer, 1, mtime=0)), task=Task())
    status, out, _err = door.run("files", "bad:1", "/d")
    assert status == 0
    assert out.count("\n") == 1 + len(names)

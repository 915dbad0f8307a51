"""What lies beside the images goes bad, and folders are of odd kinds."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from layerscope.engine.errors import StoreReadOnly, StoreUnreadable
from layerscope.engine.library import open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.task import Task
from support.bad_inputs import Door, again, is_one_sentence, standing
from support.tars import member, tar
from support.torn_lists import TORN, instead

LAYER = tar(member(b"f", b"x" * 3000), member(b"d/g", b"yy"))
OTHER = tar(member(b"d/.wh.g"), member(b"h", b"z"))


# S06: everything that can be made again

WRONG: dict[str, Callable[[Path], object]] = {
    "S06-gone": lambda path: path.unlink(),
    "S06-empty": lambda path: path.write_bytes(b""),
    "S06-cut": lambda path: os.truncate(path, path.stat().st_size // 2),
    "S06-of-another-version": lambda path: flipped(path, 4),
    "S06-a-bit-flipped-in-the-middle": lambda path: flipped(path, path.stat().st_size // 3),
    "S06-zeros-before-the-last-word": lambda path: overwritten(path, -12, bytes(8)),
    "S06-nonsense": lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(5000)),
    "S06-a-folder": lambda path: instead(path, path.mkdir),
    "S06-a-symlink": lambda path: instead(path, lambda: path.symlink_to("/etc/passwd")),
}


def complaint(act: Callable[[], object]) -> str:
    """What is said against doing it; empty if it was done."""
    try:
        act()
    except StoreUnreadable as error:
        return f"{error} {error.hint}"
    return ""


def overwritten(path: Path, at: int, piece: bytes) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:at] + piece + data[at + len(piece) :])


def flipped(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(data)


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("kind", ["layers", "views"])
def test_an_index_that_went_bad_is_made_again_from_the_images(
    door: Door, kind: str, wrong: Callable[[Path], object]
) -> None:
    door.plant(LAYER, OTHER)
    rows, layers = door.rows(), door.layers()
    before = standing(door.store)
    for path in (door.store / ".layerscope" / kind).iterdir():
        path.chmod(0o644)
        wrong(path)
    fresh = again(door)
    assert fresh.rows() == rows
    assert fresh.read(b"f") == b"x" * 3000
    assert fresh.layers() == layers
    assert standing(door.store) == before
    assert fresh.library.verify(task=Task()).findings == ()


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_notes_of_ours_that_went_bad_cost_no_image(
    door: Door, wrong: Callable[[Path], object]
) -> None:
    """S06: each file below .layerscope in turn, but for the one that names the version."""
    door.plant(LAYER, OTHER)
    door.library.tag("bad:1", "bad:2", task=Task())
    rows = door.rows()
    shutil.copytree(door.store, door.folder / "kept", symlinks=True)
    ours = [path for path in (door.folder / "kept" / ".layerscope").rglob("*") if path.is_file()]
    assert len(ours) > 4
    for path in ours:
        if path.name == "format" or path.stat().st_size == 0:
            continue
        shutil.rmtree(door.store)
        shutil.copytree(door.folder / "kept", door.store, symlinks=True)
        before = standing(door.store)
        target = door.store / path.relative_to(door.folder / "kept")
        target.chmod(0o644)
        wrong(target)
        strange = target.is_symlink() or target.is_dir()
        if strange and target.parent.name == ".layerscope":  # if needed: told, left to the person
            said = complaint(lambda: again(door).library.tag("bad:1", "bad:3", task=Task()))
            if said:
                assert "is not a regular file" in said
                is_one_sentence(said, target.name)
                assert standing(door.store) == before, target
                continue
            again(door).library.untag("bad:3", task=Task())
        fresh = again(door)
        assert fresh.names() == {"good:1", "bad:1", "bad:2"}, target
        assert fresh.rows() == rows, target
        assert standing(door.store) == before, target
        fresh.library.tag("bad:1", "bad:3", task=Task())
        assert fresh.library.verify(task=Task()).findings == (), target


# S05: mended from our last copy

MENDED = {
    **TORN,
    "S05-full-folder": lambda path: instead(path, lambda: (path / "in/it").mkdir(parents=True)),
}


@pytest.mark.parametrize("tear", MENDED.values(), ids=MENDED)
def test_a_torn_list_is_mended_from_the_last_copy(
    door: Door, tear: Callable[[Path], object]
) -> None:
    door.library.load(door.offer(LAYER), task=Task())
    door.library.tag("bad:1", "bad:2", task=Task())
    names = door.names()
    index = door.store / "index.json"
    passwd = Path("/etc/passwd").read_bytes()
    tear(index)
    fresh = again(door)
    status, out, err = fresh.run("verify")
    assert (status, err) == (1, "")
    assert "index.json" in out
    assert "A repair takes" in out
    status, out, err = fresh.run("verify", "--repair")
    assert (status, err) == (0, ""), (out, err)
    assert "Restored docker.io/library/bad:2" in out
    assert again(door).names() == names
    assert {b"f", b"d/g"} <= set(again(door).rows())
    fresh.library.tag("bad:1", "bad:3", task=Task())
    assert Path("/etc/passwd").read_bytes() == passwd


@pytest.mark.parametrize("tear", MENDED.values(), ids=MENDED)
def test_with_list_and_copy_gone_images_come_back_without_their_names(
    door: Door, tear: Callable[[Path], object]
) -> None:
    door.library.load(door.offer(LAYER), task=Task())
    image = door.library.image("bad:1", task=Task()).row.digest
    for path in (door.store / "index.json", door.store / ".layerscope/index.prev"):
        tear(path)
    fresh = again(door)
    status, out, err = fresh.run("verify", "--repair")
    assert (status, err) == (0, ""), (out, err)
    assert f"Listed {image}" in out
    listed = again(door).library.images(task=Task()).images
    assert image in [row.digest for row in listed]
    fresh.library.tag(str(image), "found:1", task=Task())
    assert set(again(door).rows("found:1")) >= {b"f"}


# S08: folders of odd kinds


@pytest.mark.parametrize(
    "name",
    ["with spaces and 'quotes'", "smile 😀 ü", "-rf", "a" * 200, "x" * 120 + "/" + "y" * 120],
    ids=["S08-spaces", "S08-emoji", "S08-dash", "S08-long-name", "S08-long-path"],
)
def test_a_store_may_have_any_name(door: Door, name: str) -> None:
    offered = door.offer(LAYER)
    target = door.folder / name
    target.parent.mkdir(exist_ok=True)
    shutil.copytree(door.store, target)
    library = open_library(target, InlinePasses())
    library.load(offered, task=Task())
    assert library.browse("bad:1", task=Task()).damage == ""
    library.tag("bad:1", "bad:2", task=Task())
    assert library.verify(task=Task()).findings == ()


def test_a_store_of_a_newer_program_is_looked_at_and_never_changed(door: Door) -> None:
    """S08"""
    marker = door.store / ".layerscope" / "format"
    told = marker.read_text()
    marker.chmod(0o644)
    marker.write_text("99\n" if told.strip().isdigit() else told.replace("1", "99"))
    before = standing(door.store)
    fresh = again(door)
    assert fresh.library.images(task=Task()).writable is False
    assert fresh.names() == {"good:1"}
    fresh.refused(StoreReadOnly, lambda: fresh.library.tag("good:1", "x:1", task=Task()))
    assert standing(door.store) == before


def test_a_disk_without_hard_links_is_good_enough(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S08: as FAT and exFAT."""

    def no_links(*_args: object, **_more: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    door.library.load(door.offer(LAYER, OTHER), task=Task())
    assert set(door.rows()) == {b"f", b"d", b"h"}
    door.library.tag("bad:1", "bad:2", task=Task())
    door.library.apply(door.library.plan_removal(["bad:2"], task=Task()), task=Task())
    door.library.undo(task=Task())
    assert door.library.verify(task=Task()).findings == ()


@pytest.fixture
def read_only(door: Door) -> Iterator[Path]:
    """The store on a disk that is mounted for reading only."""
    mount = door.folder / "disk"
    mount.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "none", str(mount)], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("nothing may be mounted here")
    try:
        shutil.copytree(door.store, mount / "store")
        subprocess.run(["mount", "-o", "remount,ro", str(mount)], check=True)
        yield mount / "store"
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=False)


def test_a_store_on_a_read_only_disk_is_looked_at(door: Door, read_only: Path) -> None:
    """S08: what was indexed can be browsed; changes are refused in a sentence."""
    library = open_library(read_only, InlinePasses())
    listing = library.images(task=Task())
    assert not listing.writable
    assert [row.familiar for row in listing.images] == [("good:1",)]
    assert library.browse("good:1", task=Task()).damage == ""
    assert library.verify(task=Task()).findings == ()
    for change in (
        lambda: library.tag("good:1", "x:1", task=Task()),
        lambda: library.load(door.offer(LAYER), task=Task()),
        lambda: library.apply(library.plan_removal(["good:1"], task=Task()), task=Task()),
    ):
        with pytest.raises(StoreReadOnly) as caught:
            change()
        is_one_sentence(f"{caught.value} {caught.value.hint}".strip())
        shutil.rmtree(door.folder / "offered", ignore_errors=True)

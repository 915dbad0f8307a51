"""Blobs that rotted, lists of images that other programs tore."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from layerscope.engine.errors import StoreReadOnly, StoreUnreadable
from layerscope.engine.library import open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.oci import Digest
from layerscope.engine.task import Task
from support import archives
from support.bad_inputs import Door
from support.hostile_registry import HostileRegistry
from support.tars import member, tar
from support.torn_lists import TORN, instead

LAYER = tar(member(b"f", b"x" * 3000))
OTHER = tar(member(b"g", b"y"))

# S04: blobs that are not what they were


def blob(door: Door, data: bytes) -> Path:
    return door.store / "blobs/sha256" / Digest.of(data).hex


ROT: dict[str, Callable[[Path], object]] = {
    "S04-empty": lambda path: path.write_bytes(b""),
    "S04-truncated": lambda path: os.truncate(path, 1000),
    "S04-longer": lambda path: path.write_bytes(LAYER + b"more"),
    "S04-bit-flip": lambda path: path.write_bytes(LAYER[:700] + b"\1" + LAYER[701:]),
    "S04-folder": lambda path: instead(path, path.mkdir),
    "S04-symlink-to-passwd": lambda path: instead(path, lambda: path.symlink_to("/etc/passwd")),
    "S04-symlink-to-itself": lambda path: instead(path, lambda: path.symlink_to(path)),
    "S04-fifo": lambda path: instead(path, lambda: os.mkfifo(path)),
    "S04-gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("rot", ROT.values(), ids=ROT)
def test_a_rotten_layer_is_found_others_stay_and_a_pull_repairs_it(
    door: Door, far: HostileRegistry, rot: Callable[[Path], object]
) -> None:
    far.serve_image("app", "1", [OTHER, LAYER])
    reference = f"{far.host}/app:1"
    door.library.pull(reference, task=Task())
    path = blob(door, LAYER)
    path.chmod(0o644)
    rot(path)
    shutil.rmtree(door.store / ".layerscope/layers")
    shutil.rmtree(door.store / ".layerscope/views")
    library = open_library(door.store, InlinePasses())
    again = Door(door.folder, library, door.capture)
    for _ in range(2):
        found = again.browse(reference)
        assert found.top == 1
        assert found.damage.startswith("Layer 2 ")
        assert set(again.rows(reference)) == {b"g"}
    report = library.verify(task=Task())
    assert any(path.name[:12] in f"{each.about} {each.sentence}" for each in report.findings)
    status, out, err = again.run("verify")
    assert (status, err) == (1, "")
    assert path.name[:12] in out
    assert set(again.rows("good:1")) == {b"good.txt", b"more"}
    pulled = library.pull(reference, task=Task())
    assert [each.status for each in pulled.layers] == ["exists", "pulled"]
    assert path.read_bytes() == LAYER
    assert set(again.rows(reference)) == {b"f", b"g"}
    assert library.verify(task=Task()).findings == ()


@pytest.mark.parametrize("rot", ROT.values(), ids=ROT)
@pytest.mark.parametrize("which", ["manifest", "config"])
def test_a_rotten_document_is_one_row_and_a_load_repairs_it(
    door: Door, rot: Callable[[Path], object], which: str
) -> None:
    offered = door.offer(LAYER)
    door.library.load(offered, task=Task())
    row = door.library.image("bad:1", task=Task()).row
    path = door.store / "blobs/sha256" / (row.digest if which == "manifest" else row.image_id).hex
    path.chmod(0o644)
    rot(path)
    again = Door(door.folder, open_library(door.store, InlinePasses()), door.capture)
    assert again.names() == {"good:1", "bad:1"}
    (found,) = (r for r in again.library.images(task=Task()).images if "bad:1" in r.familiar)
    assert found.unreadable
    assert set(again.rows("good:1")) == {b"good.txt", b"more"}
    again.answer("images")
    for command in ("layers", "files", "inspect", "history"):
        status, _out, err = again.run(command, "bad:1")
        assert status in (0, 1)
        assert len(err.splitlines()) == status, (command, err)
    assert again.library.plan_prune(task=Task()).images == ()
    again.library.load(offered, task=Task())
    assert set(again.rows()) == {b"f"}
    assert again.library.verify(task=Task()).findings == ()


def test_a_blob_that_may_not_be_read_is_told(door: Door) -> None:
    """S04: root reads everything."""
    door.plant(LAYER)
    blob(door, LAYER).chmod(0)
    damage = door.browse().damage
    assert damage == "" if os.geteuid() == 0 else "Layer 1" in damage


# S05: the list of images

TEARS = {**TORN, "S05-200-MB": lambda path: os.truncate(path, 200 << 20)}


@pytest.mark.parametrize("tear", TEARS.values(), ids=TEARS)
def test_a_torn_list_is_shown_from_the_last_copy_and_nothing_is_changed(
    door: Door, tear: Callable[[Path], object]
) -> None:
    offered = door.offer(LAYER)
    door.library.load(offered, task=Task())
    tear(door.store / "index.json")
    blobs = {path: data for path, data in _blobs(door).items()}
    again = Door(door.folder, open_library(door.store, InlinePasses()), door.capture)
    listing = again.library.images(task=Task())
    assert not listing.writable
    assert any("index.json" in warning for warning in listing.warnings)
    assert {"good:1", "bad:1"} == again.names()
    assert set(again.rows("good:1")) == {b"good.txt", b"more"}
    changes = [
        ["load", str(offered)],
        ["tag", "good:1", "new:1"],
        ["rmi", "good:1"],
        ["prune", "-a", "--yes"],
        ["undo"],
    ]
    for arguments in changes[:1] if tear is TEARS["S05-200-MB"] else changes:
        status, out, err = again.run(*arguments)
        lines = [line for line in err.splitlines() if line.startswith("layerscope: ")]
        assert (status, out, len(lines)) == (1, "", 1), (arguments, out, err)
        assert "index.json" in lines[0] or "can only be read" in lines[0]
    assert _blobs(door) == blobs
    assert again.run("images")[0] == 0
    assert again.run("verify")[0] == 1


def _blobs(door: Door) -> dict[str, str]:
    found = {}
    for path in (door.store / "blobs").rglob("*"):
        if path.is_file():
            found[str(path)] = Digest.of(path.read_bytes()).hex
    return found


def change(door: Door, edit: Callable[[dict[str, object]], object]) -> None:
    path = door.store / "index.json"
    index = json.loads(path.read_bytes())
    edit(index)
    path.write_bytes(archives.dumped(index))


def test_what_others_wrote_into_the_list_is_kept(door: Door) -> None:
    """S05: unknown fields and unknown media types."""
    strange = {
        "mediaType": "application/vnd.acme.thing.v1+json",
        "digest": f"sha256:{'3' * 64}",
        "size": 7,
        "acme": {"deep": [1, 2]},
    }
    change(door, lambda index: index.update(acme="kept"))
    change(door, lambda index: index["manifests"].append(strange))  # type: ignore[attr-defined]  # it is a list
    door.library.load(door.offer(LAYER), task=Task())
    door.library.tag("bad:1", "bad:2", task=Task())
    index = json.loads((door.store / "index.json").read_bytes())
    assert index["acme"] == "kept"
    assert strange in index["manifests"]
    plan = door.run("prune", "--yes")
    assert strange in json.loads((door.store / "index.json").read_bytes())["manifests"], plan
    assert set(door.rows("good:1")) == {b"good.txt", b"more"}


def test_a_name_that_is_given_twice_means_one_image(door: Door) -> None:
    """S05"""
    door.plant(LAYER, name="bad:1")
    door.plant(OTHER, name="bad:1")
    assert sorted(door.names() - {""}) == ["bad:1", "good:1"]
    assert len(door.library.images(task=Task()).images) == 3
    assert set(door.rows()) in ({b"f"}, {b"g"})
    first = set(door.rows())
    assert set(door.rows()) == first
    door.library.tag("good:1", "new:1", task=Task())
    assert set(door.rows()) == first


def test_an_entry_without_its_blob_is_a_row_that_says_so(door: Door) -> None:
    """S05"""
    entry = door.plant(LAYER)
    (door.store / "blobs/sha256" / entry["digest"][7:]).unlink()
    again = Door(door.folder, open_library(door.store, InlinePasses()), door.capture)
    (row,) = (r for r in again.library.images(task=Task()).images if "bad:1" in r.familiar)
    assert row.unreadable
    assert "bad:1" in again.complaint("files", "bad:1")
    assert again.run("rmi", "bad:1")[0] == 0
    assert again.names() == {"good:1"}


LAYOUTS: dict[str, tuple[bytes | None, bool]] = {
    "S05-layout-missing": (None, True),
    "S05-layout-version-9": (b'{"imageLayoutVersion":"9.0.0"}', False),
    "S05-layout-empty": (b"", False),
    "S05-layout-nonsense": (b"[[[", False),
}


@pytest.mark.parametrize(("content", "writable"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_layout_of_another_kind_is_only_read(
    door: Door, content: bytes | None, writable: bool
) -> None:
    marker = door.store / "oci-layout"
    if content is None:
        marker.unlink()
    else:
        marker.chmod(0o644)
        marker.write_bytes(content)
    again = Door(door.folder, open_library(door.store, InlinePasses()), door.capture)
    assert again.library.images(task=Task()).writable is writable
    assert set(again.rows("good:1")) == {b"good.txt", b"more"}
    if not writable:
        again.refused(StoreReadOnly, lambda: again.library.tag("good:1", "x:1", task=Task()))
        assert marker.read_bytes() == content


def test_a_folder_that_is_no_store_is_left_alone(door: Door, tmp_path: Path) -> None:
    """S05"""
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "dear.txt").write_text("dear")
    with pytest.raises(StoreUnreadable, match="is not an image store"):
        open_library(letters, InlinePasses())
    status, out, err = door.run("images", "--store", str(letters))
    assert (status, out) == (1, "")
    assert str(letters) in err
    assert [path.name for path in letters.iterdir()] == ["dear.txt"]

"""Power cuts: what has been said to be done is on the disk, and in an order that makes sense.

Every change of the disk goes through ``content.files``; its calls are recorded here and checked
against the rules of the recipe.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from layerscope.engine.content import files
from layerscope.engine.oci import media_types
from layerscope.engine.store import Store
from support.stores import ref, store_image

Event = tuple[str, Path, Path]


class Recorder:
    """os, with notes of what reaches the disk: ("sync", path, path) and ("move", from, to)."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)

    def fsync(self, descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        os.fsync(descriptor)
        self.events.append(("sync", path, path))

    def replace(self, source: Path, target: Path) -> None:
        os.replace(source, target)
        self.events.append(("move", Path(source), Path(target)))

    def mkdir(self, path: Path, mode: int) -> None:
        os.mkdir(path, mode)
        self.events.append(("make", path, path))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(files, "os", recorder)
    return recorder


def synced(events: list[Event], path: Path) -> bool:
    return any(kind == "sync" and where == path for kind, where, _ in events)


def check(events: list[Event]) -> int:
    """How many moves there were, all of them by the rules."""
    moves = 0
    for number, (kind, source, target) in enumerate(events):
        if kind == "make":
            assert synced(events[number:], target.parent), f"{target} may vanish"
        if kind != "move" or target.parent.name == "leases":
            continue  # a lease ends with its process: nothing of it needs to last
        moves += 1
        lasting = {"trash", "blobs"} & set(source.parts)
        if not lasting:
            assert synced(events[:number], source), f"{target} may be empty"
        assert synced(events[number:], target.parent), f"{target} may not have its name"
        if lasting:
            assert synced(events[number:], source.parent) or not source.parent.exists()
    return moves


def position(events: list[Event], name: str) -> int:
    [found] = [n for n, event in enumerate(events) if event[0] == "move" and event[2].name == name]
    return found


def test_a_new_store_is_on_disk_when_it_is_open(tmp_path: Path, disk: Recorder) -> None:
    Store.open(tmp_path / "a/b")
    assert check(disk.events) >= 3


def test_blobs_are_on_disk_before_the_list_names_them(store: Store, disk: Recorder) -> None:
    with store.lease() as lease:
        store_image(lease, [b"layer"], "app:1")
        with lease.new_blob(media_types.OCI_LAYER) as new:
            new.write(b"another")
            new.commit()
    assert check(disk.events) == 3 + 2 + 1
    listed = position(disk.events, "index.json")
    for kind, _, target in disk.events[:listed]:
        if kind == "move" and target.parent.name == "sha256":
            assert synced(disk.events[:listed], target.parent)


def test_the_journal_is_on_disk_before_the_list_changes(store: Store, disk: Recorder) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    disk.events.clear()
    store.tag(image.digest, ref("app:2"))
    listed = position(disk.events, "index.json")
    assert synced(disk.events[:listed], store.path / ".layerscope/journal")
    assert check(disk.events) == 2


def test_the_list_forgets_an_image_before_its_blobs_go(store: Store, disk: Recorder) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    disk.events.clear()
    store.apply(store.plan(remove=[image.digest]))
    listed = position(disk.events, "index.json")
    assert synced(disk.events[listed:], store.path)
    first = next(n for n, e in enumerate(disk.events) if e[0] == "move" and "trash" in e[2].parts)
    assert listed < first
    assert check(disk.events) == 2 + 3


def test_blobs_are_back_before_the_list_names_them_again(store: Store, disk: Recorder) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    store.apply(store.plan(remove=[image.digest]))
    disk.events.clear()
    store.undo()
    listed = position(disk.events, "index.json")
    assert synced(disk.events[:listed], store.path / "blobs/sha256")
    assert check(disk.events) == 2 + 3
    assert store.verify().findings == ()


def test_a_recovered_list_is_on_disk(store: Store, disk: Recorder) -> None:
    with store.lease() as lease:
        store_image(lease, [b"layer"], "app:1")
    (store.path / "index.json").write_bytes(b"")
    disk.events.clear()
    store.recover()
    assert check(disk.events) == 2
    assert synced(disk.events, store.path)

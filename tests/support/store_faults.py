"""The operations of the store itself for tests of faults, and what is seen of it after them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from layerscope.engine.errors import StoreUnreadable
from layerscope.engine.oci import Descriptor, Digest, media_types
from layerscope.engine.store import Store
from support.stores import ref, store_image

T = TypeVar("T")
NEW_LAYER = bytes(range(256)) * 1024
OPERATIONS = (
    "tag",
    "untag",
    "put",
    "publish",
    "remove",
    "prune",
    "undo",
    "redo",
    "restore",
    "empty-trash",
)


def prepare(path: Path) -> None:
    """A store with three images that share a layer, an old orphan, a removal to undo, and one that
    was undone, to redo."""
    store = Store.open(path)
    with store.lease() as lease:
        store_image(lease, [b"base" * 1000, b"one"], "app:1", "app:one")
        store_image(lease, [b"base" * 1000, b"two" * 1000], "app:2")
        gone = store_image(lease, [b"base" * 1000, b"three"], "app:3")
        back = store_image(lease, [b"base" * 1000, b"four"], "app:4")
        orphan = lease.put(b"orphan" * 1000, media_types.OCI_LAYER)
    os.utime(store.blob_path(orphan.digest), (1, 1))
    store.apply(store.plan(remove=[gone.digest]))
    store.apply(store.plan(remove=[back.digest]))
    store.undo()


def perform(operation: str, path: Path) -> None:
    """Do one thing to a prepared store."""
    store = Store.open(path)
    named = {entry.name: entry.descriptor for entry in store.entries()}
    one = named["docker.io/library/app:one"]
    match operation:
        case "nothing":
            pass
        case "tag":
            store.tag(one.digest, ref("app:2"))
        case "untag":
            store.untag(ref("app:1"))
        case "put":
            with store.lease() as lease, lease.write(new_layer()) as writer:
                for start in range(writer.offset, len(NEW_LAYER), 100_000):
                    writer.write(NEW_LAYER[start : start + 100_000])
                writer.commit()
        case "publish":
            with store.lease() as lease:
                store_image(lease, [b"base" * 1000, b"new"], "app:2")
        case "remove":
            store.apply(store.plan(remove=[one.digest]))
        case "prune":
            plan = store.plan(orphans=True)
            if plan.stopped:
                # What cannot be read may need the orphan: nothing goes, and it is told.
                raise StoreUnreadable(plan.stopped[0])
            store.apply(plan)
        case "undo":
            store.undo()
        case "redo":
            store.redo()
        case "restore":
            store.undo(operation=store.trash()[-1].operation)
        case "empty-trash":
            store.empty_trash()


def new_layer() -> Descriptor:
    return Descriptor(media_types.OCI_LAYER, Digest.of(NEW_LAYER), len(NEW_LAYER))


@dataclass(frozen=True, slots=True)
class State:
    """What a person sees of a store."""

    names: tuple[tuple[str, str], ...]
    untagged: frozenset[str]
    new_layer: bool
    undoable: tuple[str, ...]

    @classmethod
    def of(cls, path: Path) -> State:
        store = Store.open(path)
        entries = store.entries()
        return cls(
            tuple(sorted((e.name, str(e.descriptor.digest)) for e in entries if e.name)),
            frozenset(str(e.descriptor.digest) for e in entries if not e.name),
            store.sound(new_layer()),
            (record.kind, *record.names) if (record := store.undoable()) else (),
        )


def rehearsed(prepared: Path, work: Path, act: Callable[[Path], T]) -> tuple[State, State, T]:
    """What a store is before and after ``act`` when nothing is in its way, tried on a copy below
    ``work``; and what ``act`` gives."""
    before = State.of(prepared)
    tried = work / "tried"
    shutil.copytree(prepared, tried)
    made = act(tried)
    return before, State.of(tried), made


def require_sound(path: Path, what: str) -> None:
    """Nothing of the store is damaged, and once what a killed process has left is a day old the
    next removal deletes it."""
    store = Store.open(path)
    assert store.writable, what
    assert store.verify().damage == (), what
    private = path / ".layerscope"
    for left in private.rglob("*"):
        if left.is_file():
            os.utime(left, (1, 1))
    store.apply(store.plan(orphans=True))
    left_over = [
        each for name in ("tmp", "leases", "partial") for each in (private / name).iterdir()
    ]
    left_over += path.rglob(".incoming-*")
    assert left_over == [], f"{what}: {left_over}"
    assert store.verify().damage == (), what

"""What was removed lies in the trash for a day, and comes back from there."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from layerscope.engine.errors import NothingToUndo
from layerscope.engine.store import Operation, Store
from support.stores import (
    blobs_on_disk,
    changed_thrice,
    names,
    raw_index,
    ref,
    store_image,
    store_unlisted,
    unnamed,
)

DAY = 24 * 3600


def test_a_removal_is_taken_back_with_names_and_blobs(store: Store) -> None:
    with store.lease() as lease:
        one = store_image(lease, [b"base", b"1"], "app:1", "app:one")
        store_image(lease, [b"base", b"2"], "app:2")
    index, blobs = raw_index(store), blobs_on_disk(store)
    change = store.apply(store.plan(remove=[one.digest]))
    [item] = store.trash()
    assert (item.operation, item.kind) == (change.operation, Operation.REMOVE)
    assert item.size == change.reclaimed
    assert set(item.names) == {"docker.io/library/app:1", "docker.io/library/app:one"}
    undoable = store.undoable()
    assert undoable is not None
    assert undoable.id == change.operation
    undone = store.undo()
    assert set(undone.tagged) == {"docker.io/library/app:1", "docker.io/library/app:one"}
    assert raw_index(store) == index
    assert blobs_on_disk(store) == blobs
    assert store.trash() == ()
    assert store.verify().findings == ()


def test_undo_goes_back_step_by_step_and_then_says_that_there_is_no_more(store: Store) -> None:
    *states, _last = changed_thrice(store)
    for state in reversed(states):
        store.undo()
        assert raw_index(store) == state
    assert store.undoable() is None
    with pytest.raises(NothingToUndo):
        store.undo()


def test_a_pull_in_between_is_left_alone_by_undo(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
        store.tag(image.digest, ref("app:2"))
        other = store_image(lease, [b"other"], "other:1")
    store.undo()
    assert names(store) == {"app:1": image.digest, "other:1": other.digest}


def test_undo_takes_no_name_from_the_image_that_has_it_now(store: Store) -> None:
    with store.lease() as lease:
        old = store_image(lease, [b"old"], "app:1")
        store.apply(store.plan(remove=[old.digest]))
        new = store_image(lease, [b"new"], "app:1")
    store.undo()
    assert names(store) == {"app:1": new.digest}
    assert unnamed(store) == [old.digest]
    assert store.verify().findings == ()


def test_undo_works_from_another_process_and_after_the_blobs_came_back(store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [b"layer"], "app:1")
        image = store.entries()[0].descriptor
        store.apply(store.plan(remove=[image.digest]))
        store_unlisted(lease, [b"layer"])  # pulled again, not yet listed
    other = Store.open(store.path)
    other.undo()
    assert names(store) == {"app:1": image.digest}
    assert store.trash() == ()


def test_what_has_been_emptied_cannot_be_taken_back(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer" * 10], "app:1")
    change = store.apply(store.plan(remove=[image.digest]))
    assert store.empty_trash({"another"}) == 0
    assert store.undoable() is not None
    assert store.empty_trash({change.operation}) == change.reclaimed
    assert store.undoable() is None
    with pytest.raises(NothingToUndo):
        store.undo()
    assert store.entries() == ()


def test_any_removal_of_the_day_can_be_taken_back_whatever_came_after(store: Store) -> None:
    with store.lease() as lease:
        first = store_image(lease, [b"shared", b"first"], "app:1", "also:1")
        second = store_image(lease, [b"shared", b"second"], "app:2")
    gone = store.apply(store.plan(remove=[first.digest]))
    store.apply(store.plan(remove=[second.digest]))
    with store.lease() as lease:
        third = store_image(lease, [b"third"], "also:1")
    newest, oldest = store.trash()
    assert (oldest.operation, oldest.restorable, newest.restorable) == (gone.operation, True, True)
    back = store.undo(operation=gone.operation)
    assert set(back.blobs) == set(gone.blobs)
    assert back.reclaimed == -gone.reclaimed
    assert names(store) == {"app:1": first.digest, "also:1": third.digest}
    assert [item.operation for item in store.trash()] == [newest.operation]
    with pytest.raises(NothingToUndo, match=gone.operation):
        store.undo(operation=gone.operation)
    store.undo()
    assert names(store)["app:2"] == second.digest
    assert store.verify().findings == ()


def test_one_operation_of_the_trash_is_deleted_for_good_and_no_path_is_taken_for_one(
    store: Store, tmp_path: Path
) -> None:
    with store.lease() as lease:
        one = store_image(lease, [b"one"], "app:1")
        two = store_image(lease, [b"two"], "app:2")
    first = store.apply(store.plan(remove=[one.digest]))
    second = store.apply(store.plan(remove=[two.digest]))
    (tmp_path / "kept").write_bytes(b"x")
    assert store.empty_trash({"../../kept", str(tmp_path / "kept"), "."}) == 0
    assert (tmp_path / "kept").exists()
    assert store.empty_trash({first.operation}) == first.reclaimed
    assert [item.operation for item in store.trash()] == [second.operation]
    store.undo()
    assert names(store) == {"app:2": two.digest}


def test_trash_of_yesterday_goes_with_the_next_change(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.lease() as lease:
        gone = store_image(lease, [b"gone"], "app:1")
        image = store_image(lease, [b"stays"], "app:2")
    store.apply(store.plan(remove=[gone.digest]))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + DAY - 60)
    store.tag(image.digest, ref("app:3"))
    assert len(store.trash()) == 1
    monkeypatch.setattr(time, "time", lambda: now + DAY + 60)
    store.tag(image.digest, ref("app:4"))
    assert store.trash() == ()
    store.undo()
    store.undo()  # both tags, and then the removal is too long ago
    assert store.undoable() is None


def test_leftovers_of_killed_processes_go_after_a_day(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = store.path / ".layerscope"
    (private / "tmp/.incoming-dead").write_bytes(b"x")
    (private / "partial/sha256-dead").write_bytes(b"x")
    store.empty_trash()
    assert (private / "tmp/.incoming-dead").exists()
    for path in (private / "tmp/.incoming-dead", private / "partial/sha256-dead"):
        os.utime(path, (time.time() - 2 * DAY,) * 2)
    store.empty_trash()
    assert list((private / "tmp").iterdir()) == []
    assert list((private / "partial").iterdir()) == []

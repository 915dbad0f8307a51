"""What was undone is done once more, as far as nobody needs it by now."""

from __future__ import annotations

import pytest

from layerscope.engine.errors import NothingToUndo
from layerscope.engine.store import Operation, Store
from support.stores import blobs_on_disk, changed_thrice, names, raw_index, ref, store_image


def test_a_removal_that_was_undone_goes_again_with_its_blobs_and_can_be_undone_again(
    store: Store,
) -> None:
    with store.lease() as lease:
        one = store_image(lease, [b"base", b"1"], "app:1")
        two = store_image(lease, [b"base", b"2"], "app:2")
    before, blobs = raw_index(store), blobs_on_disk(store)
    first = store.apply(store.plan(remove=[one.digest]))
    after, fewer = raw_index(store), blobs_on_disk(store)
    store.undo()
    redoable = store.redoable()
    assert redoable is not None
    assert redoable.kind is Operation.REMOVE
    again = store.redo()
    assert (again.kind, again.blobs, again.reclaimed) == (
        Operation.REMOVE, first.blobs, first.reclaimed)  # fmt: skip
    assert (raw_index(store), blobs_on_disk(store)) == (after, fewer)
    assert names(store) == {"app:2": two.digest}
    store.undo()
    assert (raw_index(store), blobs_on_disk(store)) == (before, blobs)
    assert store.verify().findings == ()


def test_redo_goes_forward_step_by_step_as_undo_went_back(store: Store) -> None:
    states = changed_thrice(store)
    for _ in range(2):
        for state in reversed(states[:-1]):
            store.undo()
            assert raw_index(store) == state
        assert store.undoable() is None
        for state in states[1:]:
            store.redo()
            assert raw_index(store) == state
        assert store.redoable() is None
        with pytest.raises(NothingToUndo, match="nothing to redo"):
            store.redo()


def test_another_change_ends_what_could_be_redone_but_a_pull_does_not(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
        store.tag(image.digest, ref("app:2"))
        store.undo()
        other = store_image(lease, [b"other"], "other:1")
    assert store.redoable() is not None
    store.redo()
    assert names(store) == {"app:1": image.digest, "app:2": image.digest, "other:1": other.digest}
    store.undo()
    store.tag(image.digest, ref("app:3"))
    assert store.redoable() is None


def test_blobs_that_a_pull_needs_by_now_stay(store: Store) -> None:
    with store.lease() as lease:
        old = store_image(lease, [b"base", b"old"], "app:1")
    gone = store.apply(store.plan(remove=[old.digest]))
    store.undo()
    with store.lease() as lease:
        new = store_image(lease, [b"base", b"new"], "app:2")
    again = store.redo()
    assert set(again.blobs) < set(gone.blobs)
    assert names(store) == {"app:2": new.digest}
    assert store.verify().findings == ()


def test_nothing_is_taken_that_only_came_after_the_undo(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"one"], "app:1")
        store.tag(image.digest, ref("app:2"))
    store.untag(ref("app:2"))
    store.undo()
    blobs = blobs_on_disk(store)
    store.redo()
    assert blobs_on_disk(store) == blobs
    assert names(store) == {"app:1": image.digest}

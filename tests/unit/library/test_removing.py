"""Removal and prune: the list is the command, to the byte, and undo brings everything back."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from layerscope.engine.errors import BadInput, ImageNotFound, InUse, NothingToUndo, StoreChanged
from layerscope.engine.library import Library
from layerscope.engine.oci import Digest, Reference, media_types
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support import tars
from support.stores import config_of, manifest_of, names, store_image, unnamed


def layer(text: str) -> bytes:
    return tars.tar(tars.member(b"file", text.encode()))


BASE, APP, OTHER, MORE = layer("base"), layer("app"), layer("other"), layer("more")


@pytest.fixture
def filled(store: Store) -> Store:
    with store.lease() as lease:
        store_image(lease, [BASE, APP], "app:1", "app:latest")
        store_image(lease, [BASE, OTHER], "other:1")
        store_image(lease, [BASE, MORE])
    return store


def test_a_reference_gives_up_its_name_and_its_image_if_it_was_the_last(
    library: Library, filled: Store
) -> None:
    first = library.apply(library.plan_removal("app:1", task=Task()), task=Task())
    assert (first.untagged, first.deleted, first.reclaimed) == (
        ("docker.io/library/app:1",),
        (),
        0,
    )
    plan = library.plan_removal("app:latest", task=Task())
    second = library.apply(plan, task=Task())
    assert second.untagged == ("docker.io/library/app:latest",)
    assert second.reclaimed == plan.reclaimed > len(APP)
    assert set(second.deleted) == set(plan.blobs)
    assert names(filled).keys() == {"other:1"}


def test_both_names_at_once_are_the_last(library: Library, filled: Store) -> None:
    plan = library.plan_removal(["app:1", "app:latest"], task=Task())
    assert len(plan.images) in (0, 1)
    library.apply(plan, task=Task())
    assert names(filled).keys() == {"other:1"}
    assert len(unnamed(filled)) == 1


def test_the_image_may_be_kept_untagged(library: Library, filled: Store) -> None:
    plan = library.plan_removal("other:1", keep_untagged=True, task=Task())
    assert plan.images == ()
    library.apply(plan, task=Task())
    assert len(unnamed(filled)) == 2


def test_an_id_with_several_names_needs_force(library: Library, filled: Store) -> None:
    row = library.image("app:1", task=Task()).row
    with pytest.raises(InUse, match="2 names: app:1, app:latest"):
        library.plan_removal(row.image_id.hex[:7], task=Task())
    plan = library.plan_removal(row.image_id.hex[:7], force=True, task=Task())
    assert set(plan.untag) == {"docker.io/library/app:1", "docker.io/library/app:latest"}


def test_an_id_removes_every_copy_of_the_image(library: Library, store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [BASE], "app:1")
        config = lease.put(config_of([Digest.of(BASE)]), media_types.OCI_CONFIG)
        zipped = lease.put(gzip.compress(BASE, mtime=0), media_types.OCI_LAYER_GZIP)
        manifest = lease.put(manifest_of(config, [zipped]), media_types.OCI_MANIFEST)
        lease.publish(manifest, [Reference.parse("app:zipped")])
    identity = library.image("app:1", task=Task()).row.image_id.hex
    assert library.image("app:zipped", task=Task()).row.image_id.hex == identity
    with pytest.raises(InUse, match="2 names: app:1, app:zipped"):
        library.plan_removal(identity, task=Task())
    library.apply(library.plan_removal(identity, force=True, task=Task()), task=Task())
    assert library.images(task=Task()).images == ()


def test_a_digest_is_no_tag(library: Library, filled: Store) -> None:
    before = names(filled)
    digest = library.image("app:1", task=Task()).row.digest
    with pytest.raises(BadInput, match="cannot be a tag"):
        library.tag("app:1", f"other@{digest}", task=Task())
    assert names(filled) == before


def test_one_missing_name_changes_nothing(library: Library, filled: Store) -> None:
    before = names(filled)
    with pytest.raises(ImageNotFound, match="nope"):
        library.plan_removal(["app:1", "nope"], task=Task())
    assert names(filled) == before


def test_what_stays_and_why(library: Library, filled: Store) -> None:
    plan = library.plan_removal("other:1", task=Task())
    assert plan.stays_shared == len(BASE)
    assert set(plan.needed_by) >= {"app:1"}


def test_a_prune_takes_untagged_images_only_unless_told(library: Library, filled: Store) -> None:
    dangling = library.plan_prune(task=Task())
    assert [each.references for each in dangling.candidates] == [()]
    everything = library.plan_prune(all_unused=True, task=Task())
    assert len(everything.candidates) == 3
    assert everything.shared_only_inside == len(BASE)
    done = library.apply(everything, task=Task())
    assert done.reclaimed == everything.reclaimed
    assert library.images(task=Task()).disk.on_disk == 0


def test_unchecking_a_row_recomputes_and_says_what_it_would_add(
    library: Library, filled: Store
) -> None:
    everything = library.plan_prune(all_unused=True, task=Task())
    app = next(each for each in everything.candidates if "app:1" in each.references)
    rest = library.plan_prune(all_unused=True, unchecked={app.digest}, task=Task())
    row = next(each for each in rest.candidates if each.digest == app.digest)
    assert not row.checked
    assert rest.reclaimed + row.frees == everything.reclaimed
    library.apply(rest, task=Task())
    assert names(filled).keys() == {"app:1", "app:latest"}


def test_only_images_of_a_certain_age(library: Library, filled: Store) -> None:
    """These do not say when they were made, so they count as old."""
    assert len(library.plan_prune(older_than_days=30, task=Task()).candidates) == 1


def test_a_store_that_moved_makes_an_old_plan_void(library: Library, filled: Store) -> None:
    plan = library.plan_prune(task=Task())
    library.tag("other:1", "other:2", task=Task())
    with pytest.raises(StoreChanged):
        library.apply(plan, task=Task())
    assert len(unnamed(filled)) == 1


def test_undo_brings_back_names_and_bytes(library: Library, filled: Store) -> None:
    before = library.images(task=Task())
    plan = library.plan_prune(all_unused=True, task=Task())
    library.apply(plan, task=Task())
    assert "pruning" in library.images(task=Task()).undoable
    back = library.undo(task=Task())
    assert set(back.restored) == set(plan.untag)
    assert set(back.brought_back) == set(plan.blobs)
    after = library.images(task=Task())
    assert after.images == before.images
    assert library.verify(task=Task()).findings == ()
    with pytest.raises(NothingToUndo):
        library.undo(task=Task())


def test_an_empty_prune_leaves_nothing_to_undo(library: Library, store: Store) -> None:
    done = library.apply(library.plan_prune(task=Task()), task=Task())
    assert done.operation == ""
    with pytest.raises(NothingToUndo):
        library.undo(task=Task())


def test_moving_a_tag_tells_what_it_left_behind(library: Library, filled: Store) -> None:
    other = library.image("other:1", task=Task()).row.digest
    change = library.tag("app:1", "other:1", task=Task())
    assert change.moved_from == other
    assert change.left_untagged
    library.undo(task=Task())
    assert names(filled)["other:1"] == other
    added = library.tag("app:1", "fresh", task=Task())
    assert (added.reference, added.moved_from) == ("docker.io/library/fresh:latest", None)


def test_untag_keeps_the_image(library: Library, filled: Store) -> None:
    gone = library.untag("other:1", task=Task())
    assert gone.untagged == ("docker.io/library/other:1",)
    assert len(unnamed(filled)) == 2


def test_what_was_derived_from_a_removed_image_goes_with_the_next_removal(
    library: Library, filled: Store
) -> None:
    library.browse("app:1", task=Task())
    gone = Path(library.browse("other:1", task=Task()).timeline)
    before = library.images(task=Task()).images
    library.apply(library.plan_removal("other:1", task=Task()), task=Task())
    library.undo(task=Task())
    assert library.images(task=Task()).images == before  # sizes too
    library.apply(library.plan_removal("other:1", task=Task()), task=Task())
    library.apply(library.plan_prune(task=Task()), task=Task())
    assert not gone.exists()
    assert Path(library.browse("app:1", task=Task()).timeline).exists()
    library.undo(task=Task())
    library.undo(task=Task())
    assert Path(library.browse("other:1", task=Task()).timeline) == gone
    assert gone.exists()

"""Removing: exactly what was planned, to the byte, and back again within a day."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layerscope.engine.errors import NothingToUndo, StoreChanged
from layerscope.engine.oci import Digest, media_types
from layerscope.engine.store import Operation, Store
from layerscope.engine.store.reach import remembering
from support.stores import (
    index_of,
    names,
    raw_index,
    ref,
    store_image,
    store_unlisted,
    unnamed,
    write_index,
)

DAY = 24 * 3600


def blobs_on_disk(store: Store) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in (store.path / "blobs").glob("*/*")}


def age(store: Store, digest: Digest, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(store.blob_path(digest), (then, then))


def test_only_what_nothing_else_needs_is_freed(store: Store) -> None:
    with store.lease() as lease:
        kept = store_image(lease, [b"base" * 100, b"kept"], "app:1")
        gone = store_image(lease, [b"base" * 100, b"gone" * 50], "app:2")
    before = blobs_on_disk(store)
    plan = store.plan(remove=[gone.digest])
    [image] = plan.images
    assert image.names == ("docker.io/library/app:2",)
    assert image.shared == plan.kept == 400
    assert image.needed_by == (kept.digest,)
    assert blobs_on_disk(store) == before  # planning changes nothing
    change = store.apply(plan)
    assert change.untagged == ("docker.io/library/app:2",)
    assert change.deleted == (gone.digest,)
    after = blobs_on_disk(store)
    assert change.reclaimed == plan.reclaimed == sum(before.values()) - sum(after.values())
    assert names(store) == {"app:1": kept.digest}
    assert store.verify().findings == ()


def test_what_two_chosen_images_share_counts_once_and_for_neither_alone(store: Store) -> None:
    with store.lease() as lease:
        one = store_image(lease, [b"base" * 100, b"1"], "app:1")
        two = store_image(lease, [b"base" * 100, b"2"], "app:2")
    both = store.plan(remove=[one.digest, two.digest])
    alone = store.plan(remove=[one.digest])
    assert both.reclaimed == sum(blobs_on_disk(store).values())
    assert both.shared_inside == 400
    assert sum(image.frees for image in both.images) + 400 == both.reclaimed
    assert alone.reclaimed == both.images[0].frees
    assert store.apply(both).reclaimed == both.reclaimed
    assert blobs_on_disk(store) == {}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sets(st.integers(0, 5), min_size=1), min_size=1, max_size=5),
    st.sets(st.integers(0, 4)),
)
def test_a_plan_frees_exactly_the_closure_that_only_the_chosen_need(
    tmp_path_factory: pytest.TempPathFactory, stacks: list[set[int]], chosen: set[int]
) -> None:
    store = Store.open(tmp_path_factory.mktemp("store"))
    with store.lease() as lease:
        images = [
            store_image(
                lease, [bytes([layer]) * (10**layer) for layer in sorted(stack)], mark=str(n)
            )
            for n, stack in enumerate(stacks)
        ]
    picked = [images[number].digest for number in chosen if number < len(images)]
    left = [image for image in images if image.digest not in picked]
    needed = {blob.digest.hex for image in left for blob in store.reach(image).blobs}
    before = blobs_on_disk(store)
    plan = store.plan(remove=picked)
    use = store.image_use()
    assert plan.reclaimed == sum(size for name, size in before.items() if name not in needed)
    for image in images:
        alone = store.plan(remove=[image.digest])
        assert alone.reclaimed == use[image.digest].unique
        assert use[image.digest].size == sum(blob.size for blob in store.reach(image).blobs)
    store.apply(plan)
    assert set(blobs_on_disk(store)) == needed
    assert store.verify().findings == ()
    if picked:
        store.undo()
        assert blobs_on_disk(store) == before


def test_an_untagged_twin_keeps_everything(store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [b"layer"], "app:1", "app:2")
    plan = store.plan(untag=[ref("app:1")])
    assert plan.reclaimed == 0
    assert store.apply(plan).untagged == ("docker.io/library/app:1",)
    assert list(names(store)) == ["app:2"]


def test_a_remembered_index_belongs_to_its_image(store: Store) -> None:
    with store.lease() as lease:
        image = store_unlisted(lease, [b"layer"])
        index = lease.put(index_of([image]), media_types.OCI_INDEX)
        entry = remembering(image, index)
        lease.publish(entry, [ref("app:1")])
    assert index.digest in {blob.digest for blob in store.reach(entry).blobs}
    plan = store.plan(remove=[image.digest])
    assert index.digest in {blob.digest for blob in plan.blobs}
    store.apply(plan)
    assert blobs_on_disk(store) == {}


def test_a_listed_index_keeps_the_children_that_are_here_and_lacks_the_others_in_peace(
    store: Store,
) -> None:
    with store.lease() as lease:
        here = store_unlisted(lease, [b"layer"])
        absent = here.__class__(here.media_type, Digest.of(b"absent"), 99)
        index = lease.put(index_of([here, absent]), media_types.OCI_INDEX)
        lease.publish(index, [ref("app:1")])
        other = store_image(lease, [b"other"], "app:2")
    assert store.verify().findings == ()
    store.apply(store.plan(remove=[other.digest], orphans=True))
    assert store.has(here)
    store.apply(store.plan(remove=[index.digest]))
    assert blobs_on_disk(store) == {}


def test_a_plan_for_an_older_store_is_refused(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    plan = store.plan(remove=[image.digest])
    Store.open(store.path).tag(image.digest, ref("app:2"))
    before = blobs_on_disk(store)
    with pytest.raises(StoreChanged):
        store.apply(plan)
    assert blobs_on_disk(store) == before
    assert set(names(store)) == {"app:1", "app:2"}


# Leases and grace


def test_what_running_work_uses_is_not_freed(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer" * 100], "app:1")
    worker = Store.open(store.path)
    with worker.lease() as lease:
        lease.keep([Digest.of(b"layer" * 100)])
        plan = store.plan(remove=[image.digest])
        assert plan.leased == 500
        store.apply(plan)
        assert worker.has(store.reach(image).blobs[0]) is False
        assert Digest.of(b"layer" * 100).hex in blobs_on_disk(store)


def test_a_lease_taken_after_the_plan_holds_as_well(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer" * 100], "app:1")
    plan = store.plan(remove=[image.digest])
    with Store.open(store.path).lease() as lease:
        lease.keep([Digest.of(b"layer" * 100)])
        change = store.apply(plan)
    assert change.reclaimed == plan.reclaimed - 500
    assert Digest.of(b"layer" * 100).hex in blobs_on_disk(store)


def test_the_lease_of_a_dead_process_holds_nothing(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer" * 100], "app:1")
    script = (
        "import os, sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from layerscope.engine.store import Store\n"
        "from layerscope.engine.oci import Digest\n"
        "context = Store.open(Path(sys.argv[1])).lease(); lease = context.__enter__()\n"
        "lease.keep([Digest.of(b'layer' * 100)]); os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(store.path), *filter(None, sys.path)], check=False
    )
    assert done.returncode == -9
    assert len(list((store.path / ".layerscope/leases").iterdir())) == 1
    assert store.apply(store.plan(remove=[image.digest])).reclaimed > 500
    assert blobs_on_disk(store) == {}
    assert list((store.path / ".layerscope/leases").iterdir()) == []


def test_young_blobs_that_nothing_names_are_left_to_whoever_brings_them(store: Store) -> None:
    with store.lease() as lease:
        young = lease.put(b"young", media_types.OCI_LAYER)
        old = lease.put(b"old", media_types.OCI_LAYER)
        held = lease.put(b"held", media_types.OCI_LAYER)
    age(store, old.digest, DAY + 60)
    age(store, held.digest, DAY + 60)
    with Store.open(store.path).lease() as lease:
        lease.keep([held.digest])
        plan = store.plan(orphans=True)
        assert [(blob.digest, blob.orphan) for blob in plan.blobs] == [(old.digest, True)]
        change = store.apply(plan)
    assert change.kind is Operation.PRUNE
    assert change.reclaimed == 3
    assert store.has(young)
    assert store.has(held)
    store.undo()
    assert store.has(old)


def test_a_clock_that_jumps_a_day_ahead_takes_nothing_from_running_work(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.lease() as lease:
        blob = lease.put(b"content", media_types.OCI_LAYER)
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 2 * DAY)
        assert store.plan(orphans=True).blobs == ()
        assert store.has(blob)


# What cannot be accounted for


def strange_root(store: Store) -> None:
    with store.lease() as lease:
        strange = lease.put(b"{}", "application/x.unknown")
    index = raw_index(store)
    index["manifests"].append(strange.to_json())
    write_index(store.path, index)


def missing_manifest(store: Store) -> None:
    index = raw_index(store)
    index["manifests"].append(
        {"mediaType": media_types.OCI_MANIFEST, "digest": str(Digest.of(b"absent")), "size": 6}
    )
    write_index(store.path, index)


def unreadable_entry(store: Store) -> None:
    index = raw_index(store)
    index["manifests"].append({"digest": "sha256:short"})
    write_index(store.path, index)


def damaged_manifest(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"precious"], "precious:1")
    path = store.blob_path(image.digest)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"layers", b"lay3rs"))


@pytest.mark.parametrize(
    "trouble", [strange_root, missing_manifest, unreadable_entry, damaged_manifest]
)
def test_nothing_is_freed_while_something_cannot_be_accounted_for(
    store: Store, trouble: Callable[[Store], None]
) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
        old = lease.put(b"old", media_types.OCI_LAYER)
    age(store, old.digest, 2 * DAY)
    trouble(store)
    before = blobs_on_disk(store)
    plan = Store.open(store.path).plan(remove=[image.digest], orphans=True)
    assert plan.stopped
    assert plan.reclaimed == 0
    change = store.apply(plan)
    assert change.deleted == (image.digest,)  # unlisted, as asked
    assert blobs_on_disk(store) == before


def test_the_image_that_cannot_be_accounted_for_can_itself_be_removed(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    missing_manifest(store)
    plan = store.plan(remove=[Digest.of(b"absent"), image.digest])
    assert plan.stopped == ()
    store.apply(plan)
    assert store.entries() == ()
    assert blobs_on_disk(store) == {}


# The trash


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
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    states = [raw_index(store)]
    store.tag(image.digest, ref("app:2"))
    states.append(raw_index(store))
    store.untag(ref("app:1"))
    states.append(raw_index(store))
    store.apply(store.plan(remove=[image.digest]))
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
    assert store.empty_trash(older_than=3600) == 0
    assert store.empty_trash() == change.reclaimed
    with pytest.raises(NothingToUndo):
        store.undo()
    assert store.entries() == ()


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


# Derived files


def test_derived_files_lie_by_kind_and_go_when_nothing_needs_them(store: Store) -> None:
    kept = store.cache_path("layers", "sha256:aa.v1")
    gone = store.cache_path("layers", "sha256:bb.v1")
    kept.write_bytes(b"x" * 10)
    gone.write_bytes(b"x" * 20)
    assert kept.parent == store.path / ".layerscope/layers"
    assert store.disk_use().derived == 30
    assert store.drop_unneeded_caches({"layers": ["sha256:aa.v1"]}) == 20
    assert kept.exists()
    assert not gone.exists()


@pytest.mark.parametrize(
    ("kind", "key"),
    [("../x", "a"), ("trash", "a"), ("layers", "../a"), ("layers", ""), ("layers", "a/b")],
)
def test_a_derived_file_lies_nowhere_else(store: Store, kind: str, key: str) -> None:
    with pytest.raises(ValueError, match="derived"):
        store.cache_path(kind, key)


def test_disk_use_adds_up(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer" * 10], "app:1")
        store_image(lease, [b"other" * 10], "app:2")
        lease.put(b"orphan", media_types.OCI_LAYER)
    change = store.apply(store.plan(remove=[image.digest]))
    use = store.disk_use()
    assert use.blobs == sum(blobs_on_disk(store).values())
    assert use.unreferenced == 6
    assert use.trash == change.reclaimed
    assert use.free > 0


def test_planning_again_reads_nothing_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unchecking a row of the preview recomputes the total at once, however many layers."""
    with store.lease() as lease:
        images = [store_image(lease, [b"base", str(n).encode()]) for n in range(10)]
    chosen = [image.digest for image in images]
    first = store.plan(remove=chosen)
    monkeypatch.setattr("layerscope.engine.store.blobs.Blobs.read", None)
    monkeypatch.setattr("layerscope.engine.store.index.IndexDocument.parse", None)
    again = store.plan(remove=chosen[1:])
    assert len(again.images) == 9
    assert first.reclaimed - again.reclaimed == first.images[0].frees + 4

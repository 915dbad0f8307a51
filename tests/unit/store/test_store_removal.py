"""Removing: exactly what was planned, to the byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layerscope.engine.errors import StoreChanged
from layerscope.engine.oci import Digest, media_types
from layerscope.engine.store import Store
from layerscope.engine.store.reach import remembering
from support.stores import (
    age,
    blobs_on_disk,
    index_of,
    names,
    raw_index,
    ref,
    store_image,
    store_unlisted,
    write_index,
)

DAY = 24 * 3600


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

"""Files that can be made again, and how the bytes of a store's folder are used."""

from __future__ import annotations

import pytest

from layerscope.engine.oci import media_types
from layerscope.engine.store import Store
from support.stores import (
    blobs_on_disk,
    store_image,
)


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

"""The list of images: exact about sharing, honest about what is not known, quick."""

from __future__ import annotations

import gzip
import time

from layerscope.engine.library import Library
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.values import Settings
from layerscope.engine.oci import Digest
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support import tars
from support.stores import store_image, store_unlisted


def layer(text: str) -> bytes:
    return tars.tar(tars.member(b"file", text.encode()))


BASE, APP, OTHER = layer("base"), layer("app"), layer("other")


def test_unique_is_what_removing_the_image_would_free(library: Library, store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [BASE, APP], "app:1")
        store_image(lease, [BASE, OTHER], "other:1")
        store_image(lease, [BASE], "base:1")
    for row in library.images(task=Task()).images:
        plan = library.plan_removal(str(row.digest), task=Task())
        assert plan.reclaimed == row.unique
        assert row.unique + row.shared == row.compressed


def test_sizes_are_unknown_until_the_layers_have_been_read(library: Library, store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [BASE, APP], "app:1")
    before = library.images(task=Task())
    assert before.images[0].size is None
    library.browse("app:1", task=Task())
    after = library.images(task=Task())
    assert after.images[0].size == len(BASE) + len(APP)
    assert after.generation != before.generation


def test_names_of_one_image_share_a_row(library: Library, store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [BASE], "app:1", "app:latest")
        store_image(lease, [APP])
    rows = {row.familiar: row for row in library.images(task=Task()).images}
    assert set(rows) == {("app:1", "app:latest"), ()}
    assert [row.dangling for row in (rows[()], rows["app:1", "app:latest"])] == [True, False]


def test_blocks_are_runs_that_the_same_images_share(library: Library, store: Store) -> None:
    low, high = layer("low"), layer("high")
    with store.lease() as lease:
        store_image(lease, [low, high], "base:1")
        store_image(lease, [low, high, APP], "app:1")
        store_image(lease, [low, high, OTHER], "other:1")
    listing = library.images(task=Task())
    rows = {row.familiar[0]: row for row in listing.images}
    shared = {rows[name].blocks[0].key for name in ("base:1", "app:1", "other:1")}
    assert len(shared) == 1
    block = rows["app:1"].blocks[0]
    assert (block.size, block.images, block.label) == (len(low) + len(high), 3, "base:1")
    assert [each.images for each in rows["app:1"].blocks] == [3, 1]
    assert listing.disk.blocks[0].key == block.key
    assert listing.disk.blocks[-1].size == len(APP) + len(OTHER)


def test_a_layer_that_is_gone_is_counted_as_missing(library: Library, store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [BASE, APP], "app:1")
    store.blob_path(Digest.of(APP)).unlink()
    assert library.images(task=Task()).images[0].missing == 1


def test_an_unreadable_manifest_is_a_row_that_says_so(store: Store) -> None:
    with store.lease() as lease:
        descriptor = store_image(lease, [BASE], "app:1")
    path = store.blob_path(descriptor.digest)
    path.chmod(0o644)
    path.write_bytes(bytes(descriptor.size))
    later = Library(Ground(Store.open(store.path), Settings(), InlinePasses()))
    (row,) = later.images(task=Task()).images
    assert row.references == ("docker.io/library/app:1",)
    assert row.unreadable


def test_five_hundred_images_are_listed_in_a_blink(library: Library, store: Store) -> None:
    """The goal is 300 ms at the first look; a loaded machine gets a second."""
    with store.lease() as lease:
        base = [layer(f"base {number}") for number in range(3)]
        for number in range(500):
            mark = str(number)
            store_image(lease, [*base, gzip.compress(layer(mark))], f"app:{number}", mark=mark)
    start = time.monotonic()
    listing = library.images(task=Task())
    took = time.monotonic() - start
    print(f"500 images in {took * 1000:.0f} ms")
    assert len(listing.images) == 500
    assert took < 2
    start = time.monotonic()
    library.images(task=Task())
    assert time.monotonic() - start < 1


def test_an_unlisted_image_is_no_image(library: Library, store: Store) -> None:
    with store.lease() as lease:
        store_unlisted(lease, [BASE])
    assert library.images(task=Task()).images == ()

"""Browsing: a timeline per stack, made once, as far as the layers can be read."""

from __future__ import annotations

import gzip
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from layerscope.engine.errors import AmbiguousName, ImageNotFound, MalformedReference, PathNotFound
from layerscope.engine.library import Library
from layerscope.engine.library.catalogue import StoredImage
from layerscope.engine.library.finding import find
from layerscope.engine.oci import Descriptor, Digest, Reference, chain_ids, media_types
from layerscope.engine.rootfs import Timeline, View
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support import tars
from support.stores import config_of, manifest_of, store_image


def layer(**files: bytes) -> bytes:
    return tars.tar(*(tars.member(name.encode(), data) for name, data in files.items()))


LOW, HIGH = layer(a=b"1", b=b"2"), layer(b=b"3")


def names_in(timeline: str, as_of: int) -> list[bytes]:
    with Timeline.open(Path(timeline)) as opened:
        return [row.name for row in opened.walk(View(as_of))]


def test_the_timeline_is_keyed_by_the_chain_and_made_once(library: Library, store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [LOW, HIGH], "app:1")
    first = library.browse("app:1", task=Task())
    assert first.chain_id == chain_ids([Digest.of(LOW), Digest.of(HIGH)])[-1]
    assert (first.top, first.damage) == (2, "")
    changed = Path(first.timeline).stat().st_mtime_ns
    assert library.browse("app:1", task=Task()) == first
    assert Path(first.timeline).stat().st_mtime_ns == changed


def test_details_tell_counts_once_it_has_been_browsed(library: Library, store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [LOW], "base:1")
        store_image(lease, [LOW, HIGH], "app:1")
    before = library.image("app:1", task=Task())
    assert before.layers[0].added is None
    assert (before.base_layers, before.base_name) == (1, "base:1")
    assert before.layers[0].shared_by == ("base:1",)
    library.browse("app:1", task=Task())
    after = library.image("app:1", task=Task())
    assert [(row.added, row.modified) for row in after.layers] == [(2, 0), (0, 1)]


def test_bytes_of_a_file_by_layer_and_entry(library: Library, store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [LOW, HIGH], "app:1")
    browsable = library.browse("app:1", task=Task())
    with Timeline.open(Path(browsable.timeline)) as timeline:
        row = timeline.find(b"b", View(2))
    assert row is not None
    assert row.entry is not None
    assert library.read_file("app:1", *row.entry, 0, 100, task=Task()) == b"3"
    with pytest.raises(PathNotFound, match="no layer 9"):
        library.read_file("app:1", 9, 0, 0, 1, task=Task())
    with pytest.raises(PathNotFound, match="no entry 99"):
        library.read_file("app:1", 1, 99, 0, 1, task=Task())


def test_a_missing_layer_ends_the_view_below_it(library: Library, store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [LOW, HIGH], "app:1")
    store.blob_path(Digest.of(HIGH)).unlink()
    browsable = library.browse("app:1", task=Task())
    assert (browsable.top, browsable.damage) == (1, "Layer 2 is not stored.")
    assert names_in(browsable.timeline, 1) == [b"a", b"b"]


def test_a_damaged_layer_is_shown_as_far_as_it_can_be_read(library: Library, store: Store) -> None:
    cut = gzip.compress(LOW + bytes(100_000), mtime=0)[:-50]
    publish(store, [cut], [Digest.of(LOW)], "app:1")
    browsable = library.browse("app:1", task=Task())
    assert "Layer 1 can't be read past byte" in browsable.damage
    assert names_in(browsable.timeline, 1) == [b"a", b"b"]
    assert library.image("app:1", task=Task()).layers[0].damage == browsable.damage


def test_a_layer_with_another_diff_id_can_be_looked_at_and_says_so(
    library: Library, store: Store
) -> None:
    publish(store, [LOW, HIGH], [Digest.of(LOW), Digest.of(LOW)], "app:1")
    browsable = library.browse("app:1", task=Task())
    assert browsable.damage == "Layer 2 does not match its DiffID."
    assert browsable.top == 2


def test_a_rotten_blob_is_found_and_the_next_pull_would_replace_it(
    library: Library, store: Store
) -> None:
    with store.lease() as lease:
        store_image(lease, [LOW, HIGH], "app:1")
    path = store.blob_path(Digest.of(HIGH))
    path.chmod(0o644)
    path.write_bytes(bytes(len(HIGH)))
    browsable = library.browse("app:1", task=Task())
    assert browsable.top == 1
    assert "Layer 2 can't be read" in browsable.damage
    assert not store.has(Descriptor(media_types.OCI_LAYER, Digest.of(HIGH), len(HIGH)))


@pytest.mark.parametrize("data", [b"", b"no index", None])
def test_derived_files_that_are_lost_or_damaged_are_made_again(
    library: Library, store: Store, data: bytes | None
) -> None:
    with store.lease() as lease:
        store_image(lease, [LOW, HIGH], "app:1")
    whole = library.browse("app:1", task=Task())
    for kind in ("layers", "views"):
        for path in (store.path / ".layerscope" / kind).iterdir():
            path.chmod(0o644)
            path.unlink() if data is None else path.write_bytes(data)
    assert library.browse("app:1", task=Task()) == whole
    assert names_in(whole.timeline, 2) == [b"a", b"b"]


def test_documents_are_byte_exact(library: Library, store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [LOW], "app:1")
    detail = library.image("app:1", task=Task())
    assert detail.documents == ("manifest", "config")
    for which, digest in (("manifest", detail.row.digest), ("config", detail.row.image_id)):
        document = library.document("app:1", which, task=Task())
        assert document.matches
        assert Digest.of(document.raw) == digest


def test_images_are_found_by_name_id_and_digest(library: Library, store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [LOW], "app:1", mark="one")
        store_image(lease, [LOW], "docker.io/library/app:2", mark="two")
    row = library.image("app:1", task=Task()).row
    for name in (
        "docker.io/library/app:1",
        row.image_id.hex[:7],
        str(row.image_id),
        str(row.digest),
        row.digest.hex[:12],
        f"app@{row.digest}",
    ):
        assert library.image(name, task=Task()).row.digest == row.digest, name
    with pytest.raises(ImageNotFound):
        library.image("app", task=Task())
    with pytest.raises(ImageNotFound):
        library.image("0" * 12, task=Task())
    with pytest.raises(MalformedReference):
        library.image("No Such Thing", task=Task())


def test_an_image_id_names_all_copies_of_one_image(library: Library, store: Store) -> None:
    """One config under two manifests: the same image compressed in two ways."""
    for tag, blob in (("1", LOW), ("2", gzip.compress(LOW, mtime=0))):
        publish(store, [blob], [Digest.of(LOW)], f"app:{tag}")
    first, second = (library.image(f"app:{tag}", task=Task()).row for tag in "12")
    assert first.image_id == second.image_id
    assert library.image(first.image_id.hex[:12], task=Task()).row == first
    library.untag("app:1", task=Task())
    assert library.image(str(first.image_id), task=Task()).row == second
    assert library.image(str(first.digest), task=Task()).row.digest == first.digest


def test_an_id_of_two_images_is_ambiguous() -> None:
    digests = [Digest.parse(f"sha256:{'abc' * 4}{number:052x}") for number in (1, 2)]
    images = [cast(StoredImage, Named(each, each, each)) for each in digests]
    with pytest.raises(AmbiguousName, match="2 images begin with abcabcabcabc") as caught:
        find(images, "abcabcabcabc")
    assert caught.value.choices == tuple(map(str, digests))
    assert find(images, digests[1].hex).image is images[1]


def test_the_digest_of_an_index_names_what_came_by_it() -> None:
    digests = [Digest.parse(f"sha256:{number:064x}") for number in range(16, 20)]
    amd, arm, index, other = digests
    images = [cast(StoredImage, Named(each, each, each, index)) for each in (amd, arm)]
    assert find(images[:1], str(index)).image is images[0]
    with pytest.raises(AmbiguousName, match="2 images came by the index"):
        find(images, index.hex)
    with pytest.raises(ImageNotFound):
        find(images, str(other))


class Named:
    """As much of a stored image as finding looks at: digests of chosen letters cannot be made."""

    names: tuple[str, ...] = ()

    def __init__(
        self, image_id: Digest, digest: Digest, entry: Digest, index: Digest | None = None
    ) -> None:
        self.image_id, self.digest = image_id, digest
        self.entry = SimpleNamespace(digest=entry)
        self.index = index and SimpleNamespace(digest=index)


def publish(store: Store, blobs: list[bytes], diff_ids: list[Digest], name: str) -> None:
    with store.lease() as lease:
        layers = [lease.put(blob, media_types.OCI_LAYER_GZIP) for blob in blobs]
        config = lease.put(config_of(diff_ids), media_types.OCI_CONFIG)
        manifest = lease.put(manifest_of(config, layers), media_types.OCI_MANIFEST)
        lease.publish(manifest, [Reference.parse(name)])

"""Indexes that contain themselves, lie about their entries or have very many of them."""

from __future__ import annotations

from typing import Any

import pytest

from layerscope.engine.errors import BadInput, LayerscopeError, MalformedDocument
from layerscope.engine.oci import Platform
from layerscope.engine.task import Task
from support import archives
from support.archives import OCI_INDEX, OCI_MANIFEST, dumped
from support.bad_inputs import image
from support.far_images import LAYER, FarManifest
from support.replies import Reply


def index_of(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries)}


def here(digest: str, size: int, kind: str = OCI_MANIFEST, **more: Any) -> dict[str, Any]:
    platform = {"os": "linux", "architecture": Platform.host().architecture}
    return {"mediaType": kind, "digest": digest, "size": size, "platform": platform, **more}


def test_an_index_that_contains_itself_ends(image_far: FarManifest) -> None:
    """M05: a registry serves it whatever digest is asked for."""
    body = dumped(index_of(here(f"sha256:{'5' * 64}", 300, OCI_INDEX)))
    image_far.says(body, OCI_INDEX)
    reply = Reply(headers={"Content-Type": OCI_INDEX}, body=body)
    image_far.registry.on("GET", f"/v2/app/manifests/sha256:{'5' * 64}", reply)
    image_far.refused(LayerscopeError)
    image_far.works()


def test_indexes_nested_a_hundred_deep_end(image_far: FarManifest) -> None:
    """M05: from a registry, from an archive, and in the store."""
    layout = image_far.layout
    entry = image(layout, [LAYER])
    for _ in range(100):
        entry = layout.index({**entry, "platform": here("", 0)["platform"]})
        data = layout.bytes_of(entry)
        image_far.says(data, OCI_INDEX)
    image_far.refused(MalformedDocument, "without end")
    door = image_far.door
    door.load_refused(BadInput, door.archive(layout, entry))
    named = {**entry, "annotations": {archives.REF_NAME: "docker.io/library/deep:1"}}
    door.write(layout, named)
    assert "deep:1" in door.names()
    door.complaint("files", "deep:1")
    assert set(door.rows("good:1")) == {b"good.txt", b"more"}


def test_an_index_of_very_many_entries_is_read_in_bounds(image_far: FarManifest) -> None:
    """M05"""
    good = dumped(image_far.manifest)
    image_far.says(good)
    entries = [here(f"sha256:{number:064x}", 7) for number in range(9_999)]
    for entry in entries:
        entry["platform"] = {"os": "plan9", "architecture": "mips"}
    image_far.says(dumped(index_of(*entries, here(archives.sha256(good), len(good)))), OCI_INDEX)
    # says() has put the index in the place of tag 1 only
    reply = Reply(headers={"Content-Type": OCI_MANIFEST}, body=good)
    image_far.registry.on("GET", f"/v2/app/manifests/{archives.sha256(good)}", reply)
    image_far.door.library.pull(image_far.reference, task=Task())
    assert set(image_far.door.rows(image_far.reference)) == {b"f"}


def test_the_same_digest_twice_is_one_image(image_far: FarManifest) -> None:
    """M05"""
    good = dumped(image_far.manifest)
    digest = image_far.says(good)
    twice = here(digest, len(good))
    image_far.registry.on(
        "GET",
        "/v2/app/manifests/1",
        Reply(headers={"Content-Type": OCI_INDEX}, body=dumped(index_of(twice, twice))),
    )
    image_far.door.library.pull(image_far.reference, task=Task())
    assert image_far.door.names() == {"good:1", image_far.reference}


def test_an_entry_of_another_size_is_refused(image_far: FarManifest) -> None:
    """M05"""
    good = dumped(image_far.manifest)
    digest = image_far.says(good)
    entry = here(digest, len(good) + 1)
    image_far.registry.on(
        "GET",
        "/v2/app/manifests/1",
        Reply(headers={"Content-Type": OCI_INDEX}, body=dumped(index_of(entry))),
    )
    image_far.refused(LayerscopeError, archives.sha256(good), "bytes instead of")


DATA = {"M05-data-of-other-bytes": "b3RoZXI=", "M05-data-no-base64": "***", "M05-data-number": 7}


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_embedded_data_is_verified_before_it_is_used(image_far: FarManifest, data: object) -> None:
    config = {**image_far.manifest["config"], "data": data}
    image_far.says({**image_far.manifest, "config": config})
    image_far.refused(BadInput, "app:1")
    image_far.works()


def test_notes_of_ours_in_foreign_annotations_are_not_believed(image_far: FarManifest) -> None:
    """M07: what names things here comes from us."""
    notes = {
        "dev.layerscope.index.digest": f"sha256:{'0' * 64}",
        "dev.layerscope.index.size": "5",
        archives.REF_NAME: "docker.io/library/good:1",
        archives.IMAGE_NAME: "docker.io/library/good:1",
    }
    good = dumped(image_far.manifest)
    digest = image_far.says(good)
    body = dumped({**index_of(here(digest, len(good), annotations=notes)), "annotations": notes})
    reply = Reply(headers={"Content-Type": OCI_INDEX}, body=body)
    image_far.registry.on("GET", "/v2/app/manifests/1", reply)
    image_far.door.library.pull(image_far.reference, task=Task())
    assert image_far.door.names() == {"good:1", image_far.reference}
    assert set(image_far.door.rows("good:1")) == {b"good.txt", b"more"}
    index = image_far.door.library.document(image_far.reference, "index", task=Task())
    assert index.raw == body

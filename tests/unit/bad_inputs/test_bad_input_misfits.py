"""Configs and lists of layers that do not fit the layers that there are: shown as far as they are
certain, and not pulled."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from layerscope.engine.errors import BlobMissing, DigestMismatch, LayerscopeError, MalformedDocument
from layerscope.engine.task import Task
from support import archives
from support.archives import Layout
from support.bad_inputs import Door, image
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.tars import member, tar

ONE, TWO, THREE = (tar(member(b"%d" % number, b"x")) for number in (1, 2, 3))
WRONG = f"sha256:{'1' * 64}"


def test_a_layer_that_is_not_its_diff_id_is_named_and_can_be_browsed(
    door: Door, far: HostileRegistry
) -> None:
    """T15"""
    ids = [archives.sha256(ONE), archives.sha256(TWO), WRONG]
    (loaded,) = door.library.load(door.offer(ONE, TWO, THREE, diff_ids=ids), task=Task())
    assert "Layer 3 of bad:1 does not match its DiffID." in loaded.warnings
    assert door.browse().damage == "Layer 3 does not match its DiffID."
    assert set(door.rows()) == {b"1", b"2", b"3"}
    status, out, err = door.run("files", "bad:1")
    assert (status, err) == (0, "layerscope: Layer 3 does not match its DiffID.\n")
    assert len(out.splitlines()) == 4
    serve(far, ONE, TWO, THREE, diff_ids=ids)
    pull_refused(door, far, DigestMismatch, "Layer 3 of", "does not match its DiffID")


def test_a_config_with_another_count_of_layers_is_told(door: Door, far: HostileRegistry) -> None:
    """T15"""
    ids = [archives.sha256(ONE)]
    (loaded,) = door.library.load(door.offer(ONE, TWO, diff_ids=ids), task=Task())
    assert any("2 layers" in warning and "1 DiffID" in warning for warning in loaded.warnings)
    assert set(door.rows()) == {b"1", b"2"}
    serve(far, ONE, TWO, diff_ids=ids)
    pull_refused(door, far, MalformedDocument, "tells of 1 layers")


HISTORIES: dict[str, list[dict[str, Any]]] = {
    "T15-none": [],
    "T15-all-empty": [{"empty_layer": True, "created_by": "ENV a=b"}],
    "T15-too-few": [{"created_by": "COPY one"}],
    "T15-too-many": [{"created_by": f"RUN {number}"} for number in range(9)],
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_a_history_that_does_not_fit_is_shown_as_far_as_it_is_certain(
    door: Door, history: list[dict[str, Any]]
) -> None:
    door.library.load(door.offer(ONE, TWO, config={"history": history}), task=Task())
    detail = door.library.image("bad:1", task=Task())
    assert sorted(step.layer for step in detail.steps if step.layer) == [1, 2]
    assert len(door.answer("history", "bad:1")) >= max(2, len(history))
    assert len(door.answer("layers", "bad:1")) == 2


def test_an_image_without_layers_is_an_empty_root(door: Door) -> None:
    """T15"""
    door.library.load(door.offer(), task=Task())
    assert door.rows() == {}
    assert door.answer("files", "bad:1", "--recursive") == []
    assert door.answer("layers", "bad:1") == []
    assert "no 'x'" in door.complaint("cat", "bad:1", "/x")


def test_an_image_of_500_layers_is_like_any_other(door: Door) -> None:
    """T15"""
    layers = [tar(member(b"f%d" % number, b"x"), member(b"same", b"%d" % number))
              for number in range(500)]  # fmt: skip
    door.plant(*layers)
    rows = door.rows()
    assert len(rows) == 501
    assert rows[b"same"].origin == 500
    assert len(door.answer("trace", "bad:1", "/same")) == 500


def test_a_layer_that_is_not_distributed_may_be_missing(door: Door, far: HostileRegistry) -> None:
    """T15, N06: its addresses elsewhere are not followed."""
    kind = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    layout = Layout()
    foreign = gzip.compress(TWO, mtime=0)
    entry = image(
        layout, [gzip.compress(ONE, mtime=0), foreign], name="bad:1", types=[
            "application/vnd.oci.image.layer.v1.tar+gzip", kind],
    )  # fmt: skip
    serve_layout(far, layout, entry)
    digest = archives.sha256(foreign)
    far.on("GET", f"/v2/app/blobs/{digest}", Reply(404))
    pulled = door.library.pull(f"{far.host}/app:1", task=Task())
    assert any("Layer 2" in warning for warning in pulled.warnings)
    found = door.browse(f"{far.host}/app:1")
    assert (found.top, found.damage) == (1, "Layer 2 is not stored.")
    (row,) = (row for row in door.answer("images") if row["missing"])
    assert row["missing"] == 1


def test_a_layer_that_is_missing_ends_the_view_below_it(door: Door) -> None:
    """T15, S05: the list names an image of which a blob is gone."""
    door.plant(ONE, TWO)
    (door.store / "blobs/sha256" / archives.sha256(TWO)[7:]).unlink()
    found = door.browse()
    assert (found.top, found.damage) == (1, "Layer 2 is not stored.")
    assert set(door.rows()) == {b"1"}
    offered = door.archive(*_without(ONE, TWO), name="lacking")
    door.load_refused(BlobMissing, offered, "Layer 2")


def _without(kept: bytes, gone: bytes) -> tuple[Layout, dict[str, Any]]:
    layout = Layout()
    entry = image(layout, [kept, gone], name="lacking:1")
    layout.without({"digest": archives.sha256(gone)})
    return layout, entry


def serve(far: HostileRegistry, *layers: bytes, **facts: Any) -> None:
    """The image as app:1 in the registry."""
    layout = Layout()
    serve_layout(far, layout, image(layout, layers, **facts))


def serve_layout(far: HostileRegistry, layout: Layout, entry: dict[str, Any]) -> None:
    for data in layout.blobs.values():
        far.serve_blob("app", data)
    far.serve_manifest("app", "1", layout.bytes_of(entry))


def pull_refused(
    door: Door, far: HostileRegistry, kind: type[LayerscopeError], *names: str
) -> None:
    reference = f"{far.host}/app:1"
    door.refused(kind, lambda: door.library.pull(reference, task=Task()), *names)
    door.complaint("pull", reference)
    assert reference not in door.names()

"""A push sends what is not there, in the right order, and nothing that is wrong."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from layerscope.engine.errors import (
    BadInput,
    BlobMissing,
    ImageNotFound,
    MalformedDocument,
    MalformedReference,
    RegistryRefused,
)
from layerscope.engine.library import Library
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.values import PushState, Settings
from layerscope.engine.oci import Descriptor, Digest, Reference
from layerscope.engine.oci.media_types import OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST
from layerscope.engine.registry import Registries
from layerscope.engine.store import Store
from layerscope.engine.task import LayerState, Task, TransferProgress
from support import tars
from support.hostile_uploads import UploadRegistry
from support.replies import Reply
from support.visitors import cancelled_when, config_for, with_patience

FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
ONE, TWO = tars.packed("one"), tars.packed("two" * 100)


@pytest.fixture
def up() -> Iterator[UploadRegistry]:
    with UploadRegistry() as registry:
        yield registry


@pytest.fixture
def ground(store: Store, up: UploadRegistry) -> Iterator[Ground]:
    registries = Registries(config_for(up))
    yield Ground(store, Settings(), InlinePasses(), registries=registries)
    registries.close()


def put_image(
    store: Store,
    name: str,
    *layers: bytes,
    kinds: tuple[str, ...] = (),
    diff_ids: tuple[bytes, ...] = (),
) -> Digest:
    """An image of these layers; ``kinds`` are their types and ``diff_ids`` what they unpack to, if
    that is not what they should be."""
    with store.lease() as lease:
        kinds = kinds or (OCI_LAYER_GZIP,) * len(layers)
        parts = [
            Descriptor(kind, Digest.of(data), len(data))
            for kind, data in zip(kinds, layers, strict=True)
        ]
        for part, data in zip(parts, layers, strict=True):
            if part.media_type == OCI_LAYER_GZIP:
                lease.put_as(data, part)
        plain = diff_ids or tuple(gzip.decompress(data) for data in layers)
        rootfs = {"type": "layers", "diff_ids": [str(Digest.of(data)) for data in plain]}
        config = {"architecture": "amd64", "os": "linux", "rootfs": rootfs}
        stored = lease.put(json.dumps(config).encode(), OCI_CONFIG)
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": stored.to_json(),
            "layers": [part.to_json() for part in parts],
        }
        top = lease.put(json.dumps(manifest).encode(), OCI_MANIFEST)
        lease.publish(top, [Reference.parse(name)])
    return top.digest


def test_what_a_tag_names_arrives_before_it(
    library: Library, store: Store, up: UploadRegistry
) -> None:
    digest = put_image(store, "app:1", ONE, TWO)
    pushed = library.push("app:1", f"{up.host}/team/app:1", task=Task())
    assert pushed.digest == digest
    assert [each.status for each in pushed.layers] == ["pushed", "pushed"]
    order = [seen.path.rpartition("/")[0] for seen in up.sent("PUT")]
    assert order == ["/v2/team/app/blobs/uploads"] * 3 + ["/v2/team/app/manifests"]
    last_blob = [Digest.of(seen.body) for seen in up.sent("PUT")][2]
    assert last_blob == library.image("app:1", task=Task()).row.image_id  # the config, after layers
    raw = library.document("app:1", "manifest", task=Task()).raw
    assert up.manifests["team/app"]["1"] == (raw, OCI_MANIFEST)


def test_a_layer_that_an_image_holds_twice_goes_once(
    library: Library, store: Store, up: UploadRegistry
) -> None:
    put_image(store, "app:1", ONE, TWO, ONE)
    news: list[TransferProgress] = []
    task = Task(lambda each: news.append(each) if isinstance(each, TransferProgress) else None)
    pushed = library.push("app:1", f"{up.host}/team/app:1", task=task)
    assert len(pushed.layers) == 3
    assert pushed.uploaded == sum(len(blob) for blob in up.blobs["team/app"].values())
    assert [each.state for each in news[-1].layers] == [
        LayerState.PUSHED,
        LayerState.PUSHED,
        LayerState.EXISTS,
    ]


def test_the_plan_tells_what_the_push_does(
    library: Library, store: Store, up: UploadRegistry
) -> None:
    put_image(store, "app:1", ONE, TWO)
    put_image(store, f"{up.host}/base/one:1", ONE)
    library.push(f"{up.host}/base/one:1", task=Task())
    first = library.plan_push("app:1", f"{up.host}/team/app:1", task=Task())
    assert [each.state for each in first.layers] == [PushState.MOUNT, PushState.UPLOAD]
    assert first.layers[0].mount_from == "base/one"
    assert (first.mountable, first.upload, first.exists) == (len(ONE), len(TWO), 0)
    assert (first.replaces, first.unchanged, first.trouble) == (None, False, "")
    assert not up.sent("POST")[3:]  # nothing was sent for it
    pushed = library.push("app:1", f"{up.host}/team/app:1", task=Task())
    assert [each.status for each in pushed.layers] == ["mounted", "pushed"]
    assert pushed.mounted == len(ONE)
    second = library.plan_push("app:1", f"{up.host}/team/app:1", task=Task())
    assert second.unchanged
    assert {each.state for each in second.layers} == {PushState.EXISTS}
    other = put_image(store, "app:2", TWO)
    third = library.plan_push("app:2", f"{up.host}/team/app:1", task=Task())
    assert third.replaces == pushed.digest
    assert third.digest == other
    assert library.push("app:2", f"{up.host}/team/app:1", task=Task()).replaced == pushed.digest


def test_what_must_not_be_distributed_is_skipped(
    library: Library, store: Store, up: UploadRegistry
) -> None:
    """image-spec layer.md: such layers SHOULD NOT be uploaded."""
    put_image(store, "app:1", ONE, TWO, kinds=(OCI_LAYER_GZIP, FOREIGN))
    plan = library.plan_push("app:1", f"{up.host}/team/app:1", task=Task())
    assert [each.state for each in plan.layers] == [PushState.UPLOAD, PushState.SKIPPED]
    pushed = library.push("app:1", f"{up.host}/team/app:1", task=Task())
    assert [each.status for each in pushed.layers] == ["pushed", "skipped"]
    assert str(Digest.of(TWO)) not in up.blobs["team/app"]


def test_a_layer_that_is_neither_here_nor_there_stops_the_push(
    library: Library, store: Store, up: UploadRegistry
) -> None:
    put_image(store, "app:1", ONE, TWO)
    store.blob_path(Digest.of(TWO)).unlink()
    plan = library.plan_push("app:1", f"{up.host}/team/app:1", task=Task())
    assert [each.state for each in plan.layers] == [PushState.UPLOAD, PushState.MISSING]
    assert "Layer 2 is not stored" in plan.trouble
    with pytest.raises(BlobMissing, match="neither stored here nor in the repository"):
        library.push("app:1", f"{up.host}/team/app:1", task=Task())
    assert "team/app" not in up.manifests
    up.blobs.setdefault("team/app", {})[str(Digest.of(TWO))] = TWO
    assert library.push("app:1", f"{up.host}/team/app:1", task=Task()).layers[1].status == "exists"


def test_a_layer_that_is_known_to_be_wrong_is_not_given_to_others(
    library: Library, store: Store, up: UploadRegistry
) -> None:
    put_image(store, "app:1", ONE, diff_ids=(b"something else",))
    library.browse("app:1", task=Task())
    with pytest.raises(MalformedDocument, match="Layer 1 of app:1 does not match its DiffID"):
        library.push("app:1", f"{up.host}/team/app:1", task=Task())
    assert not up.requests


def test_an_image_whose_config_tells_of_other_layers_is_not_pushed(
    library: Library, store: Store, up: UploadRegistry
) -> None:
    put_image(store, "app:1", ONE, diff_ids=(b"a", b"b"))
    with pytest.raises(MalformedDocument, match="does not tell of the layers"):
        library.push("app:1", f"{up.host}/team/app:1", task=Task())


@pytest.mark.parametrize(
    ("name", "target", "error"),
    [
        ("absent:1", None, ImageNotFound),
        ("app:1", "Not A Name", MalformedReference),
        ("app:1", f"r.example/app@{Digest.of(b'')}", MalformedReference),
    ],
)
def test_what_cannot_be_meant_is_said_before_anybody_is_asked(
    library: Library, store: Store, name: str, target: str | None, error: type[Exception]
) -> None:
    put_image(store, "app:1", ONE)
    with pytest.raises(error):
        library.push(name, target, task=Task())


def test_an_id_says_not_where_to(library: Library, store: Store) -> None:
    digest = put_image(store, "app:1", ONE)
    with pytest.raises(BadInput, match="not where to"):
        library.push(digest.hex, task=Task())


def test_a_failed_layer_leaves_the_tag_as_it_was(
    library: Library, store: Store, up: UploadRegistry
) -> None:
    put_image(store, "app:1", ONE, TWO)
    for number in range(1, 9):
        up.on("PUT", f"/v2/team/app/blobs/uploads/session-{number}", Reply(403))
    with pytest.raises(Exception, match="push to team/app"):
        library.push("app:1", f"{up.host}/team/app:1", task=Task())
    assert not up.manifests
    assert not [seen for seen in up.requests if seen.method == "PUT" and "manifests" in seen.path]


def test_a_refused_manifest_is_told(library: Library, store: Store, up: UploadRegistry) -> None:
    put_image(store, "app:1", ONE)
    body = b'{"errors":[{"code":"MANIFEST_INVALID","message":"too old"}]}'
    up.on("PUT", "/v2/team/app/manifests/1", Reply(400, body=body))
    with pytest.raises(RegistryRefused, match="too old"):
        library.push("app:1", f"{up.host}/team/app:1", task=Task())


def test_cancel_answers_while_layers_are_on_their_way(store: Store, up: UploadRegistry) -> None:
    put_image(store, "app:1", ONE, TWO)
    up.on("PUT", "/v2/team/app/blobs/uploads/session-1", Reply(stall=-1))
    slow = with_patience(config_for(up), stall_window=60.0, document_time=60.0)
    registries = Registries(slow)
    ground = Ground(store, Settings(), InlinePasses(), registries=registries)
    with cancelled_when(up.stalled) as task:
        Library(ground).push("app:1", f"{up.host}/team/app:1", task=task)
    registries.close()


def test_the_store_is_as_it_was_after_a_push(
    library: Library, store: Store, up: UploadRegistry
) -> None:
    put_image(store, "app:1", ONE)

    def content() -> dict[Path, str]:
        return {
            path: hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in ("blobs", "index.json")
            for path in [store.path / folder, *(store.path / folder).rglob("*")]
            if path.is_file()
        }

    before = content()
    library.push("app:1", f"{up.host}/team/app:1", task=Task())
    assert content() == before

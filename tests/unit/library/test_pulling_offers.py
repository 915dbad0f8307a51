"""What a registry offers for a name, right and wrong: a pull takes what fits, and names nothing
that is not what it should be."""

from __future__ import annotations

import gzip
import hashlib
import json

import pytest

from layerscope.engine.errors import (
    DigestMismatch,
    ImageNotFound,
    LayerDamaged,
    LimitReached,
    MalformedDocument,
    TagNotFound,
)
from layerscope.engine.library import Library
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.values import Settings
from layerscope.engine.oci import Digest, Platform
from layerscope.engine.registry import Registries
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support import tars
from support.archives import OCI_INDEX
from support.hostile_registry import OCI_MANIFEST, HostileRegistry
from support.replies import Reply
from support.stores import names
from support.visitors import config_for

ONE = tars.packed("one")


@pytest.fixture
def ground(store: Store, far: HostileRegistry) -> Ground:
    registries = Registries(config_for(far))
    return Ground(store, Settings(), InlinePasses(), registries=registries)


def served(far: HostileRegistry, name: str) -> bytes:
    """The manifest that the registry has under a tag or digest."""
    reply = far.scripts["GET", f"/v2/app/manifests/{name}"][0]
    assert isinstance(reply, Reply)
    return reply.body


def serve_manifest(far: HostileRegistry, tag: str, document: object, media_type: str) -> str:
    return far.serve_manifest("app", tag, json.dumps(document).encode(), media_type)


def serve_index(far: HostileRegistry, tag: str, *platforms: str) -> str:
    entries = []
    for platform in platforms:
        name, architecture = platform.split("/")
        digest = far.serve_image("app", f"only-{architecture}", [tars.packed(architecture)])
        size = len(served(far, digest))
        entries.append(
            {
                "mediaType": OCI_MANIFEST,
                "digest": digest,
                "size": size,
                "platform": {"os": name, "architecture": architecture},
            }
        )
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    return serve_manifest(far, tag, index, OCI_INDEX)


def test_the_platform_is_named_and_the_index_is_remembered(
    library: Library, store: Store, far: HostileRegistry
) -> None:
    index = serve_index(far, "1", "linux/s390x", "linux/arm64")
    pulled = library.pull(f"{far.host}/app:1", "linux/arm64", task=Task())
    assert [str(e.descriptor.platform) for e in store.entries()] == ["linux/arm64"]
    document = library.document(f"{far.host}/app:1", "index", task=Task())
    assert (str(document.digest), document.matches) == (index, True)
    assert str(pulled.digest) != index


def test_a_platform_that_is_not_offered_is_refused_with_those_that_are(
    library: Library, store: Store, far: HostileRegistry
) -> None:
    serve_index(far, "1", "linux/s390x", "linux/arm64")
    with pytest.raises(ImageNotFound, match="not offered for linux/riscv64") as caught:
        library.pull(f"{far.host}/app:1", "linux/riscv64", task=Task())
    assert "linux/s390x, linux/arm64" in caught.value.hint
    assert names(store) == {}


def test_a_single_image_for_another_platform_is_refused_too(
    library: Library, far: HostileRegistry
) -> None:
    far.serve_image("app", "1", [ONE])
    with pytest.raises(ImageNotFound, match=r"not offered for linux/arm64") as caught:
        library.pull(f"{far.host}/app:1", "linux/arm64", task=Task())
    assert "linux/amd64" in caught.value.hint


def test_an_index_that_contains_itself_is_refused(library: Library, far: HostileRegistry) -> None:
    """An index cannot hold its own digest, but a registry may serve one whatever is asked."""
    body = b'{"schemaVersion":2,"manifests":[]}'
    for _ in range(12):
        entry = {
            "mediaType": OCI_INDEX,
            "digest": f"sha256:{hashlib.sha256(body).hexdigest()}",
            "size": len(body),
            "platform": {"os": "linux", "architecture": Platform.host().architecture},
        }
        far.on(
            "GET",
            f"/v2/app/manifests/{entry['digest']}",
            Reply(headers={"Content-Type": OCI_INDEX}, body=body),
        )
        body = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    far.on("GET", "/v2/app/manifests/1", Reply(headers={"Content-Type": OCI_INDEX}, body=body))
    with pytest.raises(MalformedDocument, match="without end"):
        library.pull(f"{far.host}/app:1", task=Task())


def test_a_layer_that_is_not_what_its_config_says_names_nothing(
    library: Library, store: Store, far: HostileRegistry
) -> None:
    far.serve_image("app", "1", [ONE])
    manifest = json.loads(served(far, "1"))
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(b"something else"))]},
        }
    ).encode()
    manifest["config"] |= {"digest": far.serve_blob("app", config), "size": len(config)}
    serve_manifest(far, "1", manifest, OCI_MANIFEST)
    with pytest.raises(DigestMismatch, match=r"Layer 1 of .*/app:1 does not match its DiffID"):
        library.pull(f"{far.host}/app:1", task=Task())
    assert names(store) == {}


def test_a_layer_that_ends_too_early_names_nothing(
    library: Library, store: Store, far: HostileRegistry
) -> None:
    """The registry serves exactly the bytes it promises, but they are no whole gzip stream."""
    whole = gzip.compress(tars.tar(tars.member(b"big", bytes(100_000))), mtime=0)
    cut = whole[:-40]
    far.serve_image("app", "1", [ONE])
    document = json.loads(served(far, "1"))
    document["layers"][0] |= {"digest": far.serve_blob("app", cut), "size": len(cut)}
    serve_manifest(far, "1", document, OCI_MANIFEST)
    with pytest.raises(LayerDamaged, match=r"app:1 is damaged: Layer 1 can't be read past byte"):
        library.pull(f"{far.host}/app:1", task=Task())
    assert names(store) == {}


def test_a_limit_stops_a_layer_and_names_nothing(store: Store, far: HostileRegistry) -> None:
    settings = Settings(limits={"layer_bytes": 50_000})
    registries = Registries(config_for(far))
    library = Library(Ground(store, settings, InlinePasses(), registries=registries))
    bomb = gzip.compress(tars.tar(tars.member(b"zeros", bytes(200_000))), mtime=0)
    far.serve_image("app", "1", [bomb])
    with pytest.raises(LimitReached) as caught:
        library.pull(f"{far.host}/app:1", task=Task())
    assert caught.value.limit == "layer_bytes"
    assert names(store) == {}


def test_wrong_bytes_are_told_and_name_nothing(
    library: Library, store: Store, far: HostileRegistry
) -> None:
    far.serve_image("app", "1", [ONE])
    far.serve_blob("app", ONE, Reply(body=bytes(len(ONE))))
    with pytest.raises(DigestMismatch):
        library.pull(f"{far.host}/app:1", task=Task())
    assert names(store) == {}
    far.serve_blob("app", ONE)
    assert library.pull(f"{far.host}/app:1", task=Task()).downloaded == len(ONE)


def test_a_tag_that_is_not_there_names_its_neighbours(
    library: Library, far: HostileRegistry
) -> None:
    far.on(
        "GET", "/v2/app/tags/list", Reply(body=b'{"name": "app", "tags": ["2.0", "2.1", "other"]}')
    )
    missing = b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}'
    far.on("GET", "/v2/app/manifests/2", Reply(status=404, body=missing))
    with pytest.raises(TagNotFound) as caught:
        library.pull(f"{far.host}/app:2", task=Task())
    assert set(caught.value.nearest) >= {"2.0", "2.1"}

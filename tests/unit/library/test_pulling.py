"""A pull is all or nothing: whole, verified, read and named, or resumable and unnamed."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator

import pytest

from layerscope.engine.errors import (
    DigestMismatch,
    ImageNotFound,
    LayerDamaged,
    LayerscopeError,
    LimitReached,
    MalformedDocument,
    MalformedReference,
    TagNotFound,
)
from layerscope.engine.library import Library
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.values import Settings
from layerscope.engine.oci import Digest, Platform
from layerscope.engine.registry import Registries
from layerscope.engine.store import Store
from layerscope.engine.task import LayerState, Task, TransferProgress
from support import tars
from support.hostile_registry import OCI_MANIFEST, HostileRegistry
from support.replies import Reply
from support.stores import names
from support.visitors import cancelled_when, config_for, with_patience

OCI_INDEX = "application/vnd.oci.image.index.v1+json"


def layer(text: str) -> bytes:
    return gzip.compress(tars.tar(tars.member(b"file.txt", text.encode())), mtime=0)


ONE, TWO = layer("one"), layer("two")


@pytest.fixture
def far() -> Iterator[HostileRegistry]:
    with HostileRegistry() as registry:
        yield registry


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
    body = json.dumps(document).encode()
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    reply = Reply(headers={"Content-Type": media_type}, body=body)
    for name in (tag, digest):
        far.on("GET", f"/v2/app/manifests/{name}", reply)
    return digest


def serve_index(far: HostileRegistry, tag: str, *platforms: str) -> str:
    entries = []
    for platform in platforms:
        name, architecture = platform.split("/")
        digest = far.serve_image("app", f"only-{architecture}", [layer(architecture)])
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


def test_a_pulled_image_is_verified_read_and_named(
    library: Library, store: Store, far: HostileRegistry
) -> None:
    far.serve_image("app", "1", [ONE, TWO])
    pulled = library.pull(f"{far.host}/app:1", task=Task())
    assert pulled.reference == f"{far.host}/app:1"
    assert [each.status for each in pulled.layers] == ["pulled", "pulled"]
    assert pulled.downloaded == len(ONE) + len(TWO)
    assert names(store) == {f"{far.host}/app:1": pulled.digest}
    (row,) = library.images(task=Task()).images
    assert row.size == len(gzip.decompress(ONE)) + len(gzip.decompress(TWO))


def test_what_is_here_is_not_fetched_again(library: Library, far: HostileRegistry) -> None:
    far.serve_image("app", "1", [ONE])
    library.pull(f"{far.host}/app:1", task=Task())
    far.serve_image("app", "2", [ONE, TWO])
    pulled = library.pull(f"{far.host}/app:2", task=Task())
    assert [each.status for each in pulled.layers] == ["exists", "pulled"]
    assert pulled.downloaded == len(TWO)
    again = library.pull(f"{far.host}/app:2", task=Task())
    assert [each.status for each in again.layers] == ["exists", "exists"]
    assert again.downloaded == 0


def test_a_blob_that_rotted_in_the_store_is_fetched_again(
    library: Library, store: Store, far: HostileRegistry
) -> None:
    far.serve_image("app", "1", [ONE])
    library.pull(f"{far.host}/app:1", task=Task())
    path = store.blob_path(Digest.of(ONE))
    path.chmod(0o644)
    path.write_bytes(bytes(len(ONE)))
    pulled = library.pull(f"{far.host}/app:1", task=Task())
    assert [each.status for each in pulled.layers] == ["pulled"]
    assert path.read_bytes() == ONE


def test_a_layer_that_occurs_twice_travels_once(library: Library, far: HostileRegistry) -> None:
    far.serve_image("app", "1", [ONE, TWO, ONE])
    pulled = library.pull(f"{far.host}/app:1", task=Task())
    assert pulled.downloaded == len(ONE) + len(TWO)
    assert len(pulled.layers) == 3
    assert len(far.asked("GET", f"/v2/app/blobs/{Digest.of(ONE)}")) == 1


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


def test_a_cancelled_pull_keeps_what_it_has_and_the_next_goes_on_from_there(
    library: Library, store: Store, far: HostileRegistry
) -> None:
    big = gzip.compress(tars.tar(tars.member(b"noise", bytes(range(256)) * 4000)), 0, mtime=0)
    far.serve_image("app", "1", [ONE, big])
    stuck = Reply(body=big, ranges=True, stall=600_000)
    digest = far.serve_blob("app", big, stuck)
    with cancelled_when(far.stalled) as task:
        library.pull(f"{far.host}/app:1", task=task)
    assert names(store) == {}
    kept = store.partial_size(Digest.of(big))
    assert kept > 0
    preview = library.preview(f"{far.host}/app:1", task=Task())
    assert preview.layers[1].partial == kept
    far.serve_blob("app", big)
    news: list[object] = []
    pulled = library.pull(f"{far.host}/app:1", task=Task(news.append))
    last = far.asked("GET", f"/v2/app/blobs/{digest}")[-1]
    assert last.headers["range"] == f"bytes={kept}-"
    assert pulled.downloaded <= len(big) - kept + len(ONE)
    assert names(store).keys() == {f"{far.host}/app:1"}
    final = news[-1]
    assert isinstance(final, TransferProgress)
    assert final.resumed in (kept, kept + len(ONE))


def test_the_first_failure_stops_the_other_layers(store: Store, far: HostileRegistry) -> None:
    patient = Registries(with_patience(config_for(far), stall_window=60.0))
    library = Library(Ground(store, Settings(), InlinePasses(), registries=patient))
    far.serve_image("app", "1", [ONE, TWO])
    far.serve_blob("app", ONE, Reply(body=ONE, stall=10))
    far.serve_blob("app", TWO, Reply(status=403))
    ended = threading.Event()

    def pull() -> None:
        with pytest.raises(LayerscopeError):
            library.pull(f"{far.host}/app:1", task=Task())
        ended.set()

    thread = threading.Thread(target=pull)
    thread.start()
    assert ended.wait(5)
    thread.join()


def test_progress_tells_dockers_words_layer_by_layer(
    library: Library, far: HostileRegistry
) -> None:
    far.serve_image("app", "1", [ONE])
    library.pull(f"{far.host}/app:1", task=Task())
    far.serve_image("app", "2", [ONE, TWO])
    news: list[object] = []
    library.pull(f"{far.host}/app:2", task=Task(news.append))
    seen = [each for each in news if isinstance(each, TransferProgress)]
    states = [list(dict.fromkeys(each.layers[n].state for each in seen)) for n in (0, 1)]
    assert LayerState.EXISTS in states[0]
    assert states[1][-4:] == [
        LayerState.DOWNLOADING,
        LayerState.VERIFYING,
        LayerState.INDEXING,
        LayerState.COMPLETE,
    ]
    assert (seen[-1].received, seen[-1].expected) == (len(TWO), len(TWO))


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


def test_a_pull_by_digest_gives_no_tag(
    library: Library, store: Store, far: HostileRegistry
) -> None:
    digest = far.serve_image("app", "1", [ONE])
    pulled = library.pull(f"{far.host}/app:1@{digest}", task=Task())
    assert pulled.reference == f"{far.host}/app@{digest}"
    assert library.image(f"{far.host}/app@{digest}", task=Task()).row.digest == pulled.digest


def test_all_tags_are_pulled(library: Library, store: Store, far: HostileRegistry) -> None:
    far.on("GET", "/v2/app/tags/list", Reply(body=b'{"name": "app", "tags": ["1", "2"]}'))
    far.serve_image("app", "1", [ONE])
    far.serve_image("app", "2", [ONE, TWO])
    pulled = library.pull_all(f"{far.host}/app", task=Task())
    assert [each.reference for each in pulled] == [f"{far.host}/app:1", f"{far.host}/app:2"]
    assert names(store).keys() == {f"{far.host}/app:1", f"{far.host}/app:2"}
    with pytest.raises(MalformedReference):
        library.pull_all(f"{far.host}/app:1", task=Task())


def test_a_preview_tells_what_a_pull_will_fetch(library: Library, far: HostileRegistry) -> None:
    far.serve_image("app", "1", [ONE])
    library.pull(f"{far.host}/app:1", task=Task())
    far.serve_image("app", "2", [ONE, TWO])
    preview = library.preview(f"{far.host}/app:2", task=Task())
    assert [(plan.here, plan.shared_with) for plan in preview.layers] == [
        (True, f"{far.host}/app:1"),
        (False, ""),
    ]
    assert (preview.already_here, preview.download) == (len(ONE), len(TWO))


def test_a_pull_during_a_prune_loses_nothing(
    library: Library, store: Store, far: HostileRegistry
) -> None:
    """The first layer is here and named by nobody while the second is still on its way."""
    far.serve_image("app", "1", [ONE, TWO])
    far.serve_blob("app", TWO, Reply(body=TWO, ranges=True, stall=20), Reply(body=TWO, ranges=True))
    task = Task()
    thread = threading.Thread(target=lambda: _ended(library, far, task))
    thread.start()
    assert far.stalled.wait(10)
    library.apply(library.plan_prune(task=Task()), task=Task())
    task.cancel()
    thread.join(5)
    assert library.pull(f"{far.host}/app:1", task=Task()).digest in names(store).values()


def _ended(library: Library, far: HostileRegistry, task: Task) -> None:
    from layerscope.engine.task import Cancelled

    with pytest.raises(Cancelled):
        library.pull(f"{far.host}/app:1", task=task)

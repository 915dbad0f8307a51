"""A pull is all or nothing: whole, verified, read and named, or resumable and unnamed."""

from __future__ import annotations

import gzip
import threading

import pytest

from layerscope.engine.errors import LayerscopeError, MalformedReference
from layerscope.engine.library import Library
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.values import Settings
from layerscope.engine.oci import Digest
from layerscope.engine.registry import Registries
from layerscope.engine.store import Store
from layerscope.engine.task import Cancelled, LayerState, Task, TransferProgress
from support import tars
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.stores import names
from support.visitors import cancelled_when, config_for, with_patience

ONE, TWO = tars.packed("one"), tars.packed("two")


@pytest.fixture
def ground(store: Store, far: HostileRegistry) -> Ground:
    registries = Registries(config_for(far))
    return Ground(store, Settings(), InlinePasses(), registries=registries)


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
    with pytest.raises(Cancelled):
        library.pull(f"{far.host}/app:1", task=task)

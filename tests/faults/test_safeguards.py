"""Each sync, lock and lease where it is easy to think that it could be left out."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from layerscope.engine.content.locks import FileLock
from layerscope.engine.errors import StoreBusy
from layerscope.engine.library import Library, open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.oci import Descriptor, Digest, media_types
from layerscope.engine.store import Store
from layerscope.engine.store.folder import open_folder
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply, Seen
from support.stores import ref, store_image
from support.surroundings import move_to
from support.tars import member, tar
from support.tracing import Tracer

LAYER = tar(member(b"file", b"x" * 5000))
LONG_AGO = (1, 1)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_to(tmp_path / "home", monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


@pytest.fixture
def image(store: Store) -> Descriptor:
    with store.lease() as lease:
        return store_image(lease, [LAYER], "app:1")


# Syncs


@pytest.fixture
def tagging(prepared: Path, work: Path, tracer: Tracer) -> list[str]:
    """The calls of the first change that a store has ever seen."""
    path = work / "tagged"
    shutil.copytree(prepared, path)
    (path / ".layerscope/journal").unlink()
    return tracer.calls("tag", path, ["openat", "fsync", "rename"])


def position(calls: list[str], pattern: str) -> int:
    """Of the last call that is like this."""
    found = [number for number, call in enumerate(calls) if re.search(pattern, call)]
    assert found, f"no {pattern} in {calls}"
    return found[-1]


def test_list_and_copy_are_on_disk_before_the_first_takes_its_name(tagging: list[str]) -> None:
    """A full disk may say so only then; and nothing is changed yet."""
    listed = position(tagging, r'^rename\(.*"[^"]*/index\.json"')
    written = {call for call in tagging[:listed] if re.search(r"^fsync\(.*\.incoming-", call)}
    assert len(written) == 2


def test_what_others_wrote_is_looked_for_after_all_that_takes_long(tagging: list[str]) -> None:
    listed = position(tagging, r'^rename\(.*"[^"]*/index\.json"')
    looked = position(tagging[:listed], r"^openat\(.*/index\.json")
    assert re.search(r"^fsync\(.*\.incoming-", tagging[looked - 1])
    between = [call for call in tagging[looked:listed] if call.startswith("fsync")]
    assert len(between) <= 1, between  # of that file, which is on the disk already


def test_a_new_journal_has_its_name_before_the_list_changes(tagging: list[str]) -> None:
    listed = position(tagging, r'^rename\(.*"[^"]*/index\.json"')
    assert any(re.search(r"^fsync\(\d+<[^>]*/\.layerscope>\)", call) for call in tagging[:listed])


# Locks


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layerscope.engine.content.locks.PATIENCE", 0.05)


@pytest.mark.usefixtures("impatient")
def test_a_list_is_mended_by_one_alone(store: Store, image: Descriptor) -> None:
    folder = open_folder(store.path, Task())
    (store.path / "index.json").write_bytes(b"")
    for lock in (folder.lock, folder.gc_lock):
        with lock.held(Task()), pytest.raises(StoreBusy):
            Store.open(store.path).recover()
    Store.open(store.path).recover()
    assert [entry.descriptor.digest for entry in store.entries()] == [image.digest]


def test_who_wants_a_lock_alone_is_not_kept_out_by_ever_more_who_share_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = open_folder(store.path, Task()).gc_lock
    got = threading.Event()

    def alone() -> None:
        with lock.held(Task()):
            got.set()

    with lock.held(Task(), shared=True):
        waiting = threading.Thread(target=alone)
        waiting.start()
        turn = FileLock(lock.path.with_name("gc.lock.turn"))
        while not turn.works():  # until the other has queued up
            assert waiting.is_alive()
        with monkeypatch.context() as patch:
            patch.setattr("layerscope.engine.content.locks.PATIENCE", 0.05)
            with pytest.raises(StoreBusy), lock.held(Task(), shared=True):
                pass
        assert not got.is_set()
    waiting.join(10)
    assert got.is_set()


@pytest.mark.usefixtures("impatient")
def test_nobody_sweeps_while_something_is_stored(store: Store) -> None:
    folder = open_folder(store.path, Task())
    left = folder.scratch / "left-by-a-killed-process"
    left.write_bytes(b"")
    os.utime(left, LONG_AGO)
    with folder.gc_lock.held(Task(), shared=True), pytest.raises(StoreBusy), store.lease():
        pass
    assert left.exists()
    with store.lease():
        assert not left.exists()


def test_a_download_of_days_ago_that_still_runs_is_not_swept(store: Store) -> None:
    """A laptop slept; others have started the program meanwhile."""
    layer = Descriptor(media_types.OCI_LAYER, Digest.of(LAYER), len(LAYER))
    with store.lease() as lease, lease.write(layer) as writer:
        writer.write(LAYER[:100])
        others_start(store)
        writer.write(LAYER[100:])
        writer.commit()
    assert store.sound(layer)


def test_an_import_of_days_ago_that_still_runs_is_not_swept(store: Store) -> None:
    with store.lease() as lease, lease.new_blob(media_types.OCI_LAYER) as new:
        new.write(LAYER[:100])
        others_start(store)
        new.write(LAYER[100:])
        assert store.sound(new.commit())


def others_start(store: Store) -> None:
    """Two days later."""
    for name in ("tmp", "partial"):
        for path in (store.path / ".layerscope" / name).iterdir():
            os.utime(path, LONG_AGO)
    with Store.open(store.path).lease():
        pass


# Leases

GIVING: dict[str, Callable[[Library, Callable[[bytes | memoryview], object]], object]] = {
    "save": lambda library, write: library.save_stream("app:1", write, task=Task()),
    "export": lambda library, write: library.export_stream("app:1", write, task=Task()),
    "layer": lambda library, write: library.layer_stream("app:1", 1, write, task=Task()),
}


@pytest.mark.parametrize("give", GIVING.values(), ids=GIVING)
def test_what_is_being_given_is_not_deleted_meanwhile(
    store: Store,
    image: Descriptor,
    give: Callable[[Library, Callable[[bytes | memoryview], object]], object],
) -> None:
    layer = Digest.of(LAYER)
    freed: list[bool] = []

    def write(_data: bytes | memoryview) -> None:
        plan = Store.open(store.path).plan(remove=[image.digest])
        freed.append(layer in [blob.digest for blob in plan.blobs])

    give(open_library(store.path, InlinePasses()), write)
    assert freed
    assert not any(freed)
    plan = store.plan(remove=[image.digest])
    assert layer in [blob.digest for blob in plan.blobs]


@pytest.fixture
def far() -> Iterator[HostileRegistry]:
    with HostileRegistry() as registry:
        yield registry


def test_a_pull_keeps_a_layer_that_is_here_from_its_beginning(
    store: Store, far: HostileRegistry
) -> None:
    """A prune may come before the pull has come to that layer."""
    layer = gzip.compress(LAYER, mtime=0)
    with store.lease() as lease:
        there = lease.put(layer, media_types.OCI_LAYER_GZIP)
    os.utime(store.blob_path(there.digest), LONG_AGO)
    digest = far.serve_image("app", "1", [layer])
    [manifest] = far.scripts["GET", f"/v2/app/manifests/{digest}"]
    assert isinstance(manifest, Reply)
    configs = [
        path for _, path in far.scripts if "/blobs/" in path and there.digest.hex not in path
    ]
    [config] = far.scripts["GET", configs[0]]
    assert isinstance(config, Reply)
    freed: list[tuple[object, ...]] = []

    def pruned_first(_seen: Seen) -> Reply:
        freed.append(Store.open(store.path).plan(orphans=True).blobs)
        return config

    assert len(store.plan(orphans=True).blobs) == 1
    far.on("GET", configs[0], pruned_first)
    library = open_library(store.path, InlinePasses(), plain_http=[far.host])
    pulled = library.pull(f"{far.host}/app:1", task=Task())
    assert [each.status for each in pulled.layers] == ["exists"]
    assert freed == [()]


def test_a_push_keeps_what_it_sends(store: Store, image: Descriptor, far: HostileRegistry) -> None:
    freed: list[bool] = []

    def asked(_seen: Seen) -> Reply:
        plan = Store.open(store.path).plan(remove=[image.digest])
        freed.append(Digest.of(LAYER) in [blob.digest for blob in plan.blobs])
        return Reply(403)

    far.on("HEAD", f"/v2/app/blobs/{Digest.of(LAYER)}", asked)
    far.on("POST", "/v2/app/blobs/uploads/", asked)
    store.tag(image.digest, ref(f"{far.host}/app:1"))
    library = open_library(store.path, InlinePasses(), plain_http=[far.host])
    with pytest.raises(Exception, match="app"):
        library.push(f"{far.host}/app:1", task=Task())
    assert freed
    assert not any(freed)

"""A pull or a load that waits for another process can be cancelled there, at any point."""

from __future__ import annotations

import gzip
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from layerscope.engine.content.locks import FileLock
from layerscope.engine.library import open_library
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support import archives
from support.archives import Layout, as_folder
from support.bad_inputs import image
from support.hostile_registry import HostileRegistry
from support.replies import Answering, Reply, Seen
from support.tars import member, tar
from support.visitors import cancelled_when

LAYER = gzip.compress(tar(member(b"f", b"x")), mtime=0)


@pytest.mark.parametrize("name", ["lock", "gc.lock"])
def test_a_pull_behind_a_lock_can_be_cancelled(tmp_path: Path, name: str) -> None:
    with HostileRegistry() as far:
        far.serve_image("app", "1", [LAYER])
        library = open_library(tmp_path, plain_http=[far.host])
        with _lock(tmp_path, name).held(Task()), cancelled_when(_soon()) as task:
            library.pull(f"{far.host}/app:1", task=task)
        assert not Store.open(tmp_path).entries()
        library.pull(f"{far.host}/app:1", task=Task())


@pytest.mark.parametrize("what", ["manifests/1", "config", "layer"])
def test_a_pull_that_a_clean_up_stops_on_the_way_can_be_cancelled(
    tmp_path: Path, what: str
) -> None:
    """What arrived waits for the lock that the clean-up has."""
    with HostileRegistry() as far, ExitStack() as held:
        far.serve_image("app", "1", [LAYER])
        library = open_library(tmp_path, plain_http=[far.host])
        (path,) = (path for method, path in far.scripts if method == "GET" and _kind(path) == what)
        (reply,) = far.scripts["GET", path]
        ready = threading.Event()
        far.on("GET", path, _locking(reply, held, tmp_path, ready), reply)
        with cancelled_when(ready) as task:
            library.pull(f"{far.host}/app:1", task=task)
        held.close()
        assert not Store.open(tmp_path).entries()
        library.pull(f"{far.host}/app:1", task=Task())


def test_a_load_behind_a_clean_up_can_be_cancelled(tmp_path: Path) -> None:
    layout = Layout()
    offered = as_folder(layout.whole(image(layout, [LAYER], name="a:1")), tmp_path / "offered")
    library = open_library(tmp_path / "store")
    with _lock(tmp_path / "store", "gc.lock").held(Task()), cancelled_when(_soon()) as task:
        library.load(offered, task=task)
    library.load(offered, task=Task())


def _locking(reply: Answering, held: ExitStack, store: Path, ready: threading.Event) -> Answering:
    def answer(_seen: Seen) -> Reply:
        held.enter_context(_lock(store, "gc.lock").held(Task()))
        _soon(ready)
        assert isinstance(reply, Reply)
        return reply

    return answer


def _kind(path: str) -> str:
    if path == f"/v2/app/blobs/{archives.sha256(LAYER)}":
        return "layer"
    return "config" if "/blobs/" in path else path.removeprefix("/v2/app/")


def _lock(store: Path, name: str) -> FileLock:
    return FileLock(store / ".layerscope" / name, fair=True)


def _soon(event: threading.Event | None = None) -> threading.Event:
    """What waits for a lock is not seen from outside; a cancel before it waits works as well."""
    soon = event or threading.Event()
    threading.Timer(0.15, soon.set).start()
    return soon

"""Waiting for this machine: for hashing and reading, for a disk, for somebody who holds a lock."""

from __future__ import annotations

import gzip
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from bench.states_far import BLOB, CONFIG, SIZE, mark, offer
from bench.waiting import Stage, State, Waiting, at_once
from layerscope.engine.content import files
from layerscope.engine.content.locks import FileLock, try_lock
from layerscope.engine.library import Library
from layerscope.engine.task import LayerState, Task, TransferProgress
from support import archives, tars
from support.archives import Layout, as_folder
from support.bad_inputs import image
from support.hostile_registry import HostileRegistry
from support.replies import Reply, Seen

_PIECE = 64 << 20
_PIECES = 32
_PAGE = b"0123456789abcdef" * 4096
_PAGES = 4096  # 256 MiB
_ENTRIES = 150_000
_SMALL = gzip.compress(tars.tar(tars.member(b"f", b"x")), mtime=0)


# Of a pull


@contextmanager
def _left_by_an_earlier_pull(stage: Stage) -> Iterator[Waiting]:
    with _pulling(stage) as (_far, waiting):
        _sparse(_partial(stage), 6 << 30)
        yield waiting


@contextmanager
def _never_looked_at(stage: Stage) -> Iterator[Waiting]:
    with _pulling(stage) as (_far, waiting):
        _sparse(_blob(stage), SIZE)
        yield waiting


@contextmanager
def _read_by_others(stage: Stage) -> Iterator[Waiting]:
    with _pulling(stage) as (_far, waiting), files.open_to_change(_partial(stage)) as file:
        assert try_lock(file)
        yield waiting


@contextmanager
def _on_its_way_to_the_disk(stage: Stage) -> Iterator[Waiting]:
    with _pulling(stage) as (far, waiting):
        data = _PAGE * _PAGES
        offer(far, far.serve_blob("app", data), len(data))
        ready = threading.Event()

        def listen(news: object) -> None:
            if isinstance(news, TransferProgress) and any(
                layer.state is LayerState.VERIFYING for layer in news.layers
            ):
                ready.set()

        yield Waiting(waiting.work, ready, listen, settles=False)


@contextmanager
def _pulling(stage: Stage) -> Iterator[tuple[HostileRegistry, Waiting]]:
    """On its way to the first layer."""
    with HostileRegistry() as far:
        offer(far)
        library = stage.library(far.host)
        waiting = Waiting(lambda task: library.pull(f"{far.host}/app:1", task=task))
        mark(far, CONFIG, waiting.ready)
        yield far, waiting


def _partial(stage: Stage) -> Path:
    return stage.store / ".layerscope/partial" / f"sha256-{BLOB.rpartition(':')[2]}"


def _blob(stage: Stage) -> Path:
    return stage.store / "blobs/sha256" / BLOB.rpartition(":")[2]


def _sparse(path: Path, size: int) -> None:
    path.touch()
    os.truncate(path, size)


# Behind a lock


def _locked(name: str) -> State:
    """By another process, before a pull begins."""

    @contextmanager
    def state(stage: Stage) -> Iterator[Waiting]:
        with HostileRegistry() as far:
            far.serve_image("app", "1", [_SMALL])
            library = stage.library(far.host)
            with _lock(stage, name):
                yield at_once(lambda task: library.pull(f"{far.host}/app:1", task=task))

    return state


@contextmanager
def _locked_on_the_way(stage: Stage) -> Iterator[Waiting]:
    """A clean-up begins while a layer is arriving."""
    with HostileRegistry() as far, ExitStack() as held:
        far.serve_image("app", "1", [_SMALL])
        library = stage.library(far.host)
        waiting = Waiting(lambda task: library.pull(f"{far.host}/app:1", task=task))

        def answer(_seen: Seen) -> Reply:
            held.enter_context(_lock(stage, "gc.lock"))
            waiting.ready.set()
            return Reply(body=_SMALL)

        far.serve_blob("app", _SMALL, answer)
        yield waiting


def _lock(stage: Stage, name: str) -> AbstractContextManager[None]:
    return FileLock(stage.store / ".layerscope" / name, fair=True).held(Task())


# Of what is stored


def _stored(work: Callable[[Library, Path], Callable[[Task], object]], *forget: str) -> State:
    """What is done with the image big:1, of which these derived files are gone; the folder is for
    what is made of it."""

    @contextmanager
    def state(stage: Stage) -> Iterator[Waiting]:
        library = stage.library(store=_filled(stage))
        for kind in forget:
            for path in (stage.shared / "big/.layerscope" / kind).iterdir():
                path.unlink()
        task_of = work(library, stage.folder)
        yield at_once(task_of)

    return state


@contextmanager
def _loading(stage: Stage) -> Iterator[Waiting]:
    _filled(stage)
    library = stage.library()
    yield at_once(lambda task: library.load(stage.shared / "offered-big", task=task))


@contextmanager
def _verifying(stage: Stage) -> Iterator[Waiting]:
    library = stage.library()
    _sparse(_blob(stage), SIZE)
    yield at_once(lambda task: library.verify(task=task))


def _filled(stage: Stage) -> Path:
    """A store with many small files, and one of zeros that takes little room on the disk."""
    store, offered = stage.shared / "big", stage.shared / "offered-big"
    if offered.exists():
        return store
    begin = tars.header(b"zeros", size=_PIECES * _PIECE)
    hasher = hashlib.sha256(begin)
    for _ in range(_PIECES):
        hasher.update(bytes(_PIECE))
    hasher.update(tars.END)
    packed = [gzip.compress(part, 1, mtime=0) for part in (begin, bytes(_PIECE), tars.END)]
    zeros = packed[0] + packed[1] * _PIECES + packed[2]
    many = tars.tar(*(tars.member(b"d%d/f%d" % (n // 50, n), b"x") for n in range(_ENTRIES)))
    layout = Layout()
    ids = [archives.sha256(many), f"sha256:{hasher.hexdigest()}"]
    entry = image(layout, [many, zeros], name="big:1", diff_ids=ids)
    as_folder(layout.whole(entry), offered)
    library = stage.library(store=store)
    library.load(offered, task=Task())
    library.browse("big:1", task=Task())
    return store


def _browse(library: Library, folder: Path) -> Callable[[Task], object]:
    return lambda task: library.browse("big:1", task=task)


def _save(library: Library, folder: Path) -> Callable[[Task], object]:
    return lambda task: library.save("big:1", folder / "saved.tar", task=task)


def _export(library: Library, folder: Path) -> Callable[[Task], object]:
    return lambda task: library.export("big:1", folder / "exported.tar", task=task)


def _extract(library: Library, folder: Path) -> Callable[[Task], object]:
    return lambda task: library.export("big:1", folder / "exported", task=task)


#: By what the work waits for.
NEAR: Mapping[str, State] = {
    "hashing what an earlier pull left": _left_by_an_earlier_pull,
    "hashing a layer that is stored and was never looked at": _never_looked_at,
    "another process that downloads the same layer": _read_by_others,
    "a layer of 256 MB that goes to the disk": _on_its_way_to_the_disk,
    "the lock of the list of images": _locked("lock"),
    "the lock of a clean-up": _locked("gc.lock"),
    "the lock of a clean-up that began meanwhile": _locked_on_the_way,
    "loading": _loading,
    "exporting to a tar": _stored(_export),
    "exporting to a folder": _stored(_extract),
    "saving": _stored(_save),
    "merging": _stored(_browse, "views"),
    "indexing": _stored(_browse, "views", "layers"),
    "verifying": _verifying,
}

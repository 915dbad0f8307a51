"""The operations of the library that bring images in, on tiny images, for tests of faults."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from layerscope.engine.library import Library, open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.rootfs import Timeline, View
from layerscope.engine.task import Task
from support import archives, bad_inputs, store_faults
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.tars import member, tar

_HOST = "LAYERSCOPE_TEST_REGISTRY"
OPERATIONS = ("pull", "load", "load-docker", "import", "index")

_SHARED = tar(member(b"etc/"), member(b"etc/hosts", b"127.0.0.1\n"))
_OLD = tar(member(b"bin", b"old" * 300))
_NEW = tar(member(b"bin", b"new" * 40_000), member(b"etc/.wh.hosts"))
#: What each image shows of its root once it is here.
_SEEN = {
    "pull": {b"etc", b"bin"},
    "load": {b"etc", b"bin"},
    "load-docker": {b"etc", b"bin"},
    "import": {b"etc", b"etc/hosts"},
    "index": {b"etc", b"etc/hosts", b"bin"},
}
_NAMES = {
    "pull": "{host}/app:1",
    "load": "new:1",
    "load-docker": "packed:1",
    "import": "made:1",
    "index": "old:1",
}


@contextmanager
def offered(folder: Path) -> Iterator[Path]:
    """A folder with a layout and archives; and a registry, whose address is in the environment."""
    folder.mkdir(parents=True, exist_ok=True)
    _layout(folder / "layout", "new:1", _SHARED, _NEW)
    _layout(folder / "first", "old:1", _SHARED, _OLD)
    packed = {
        "config": archives.config([_SHARED, _NEW]),
        "layers": {"one.tar": _SHARED, "two.tar": _NEW},
        "tags": ["packed:1"],
    }
    archives.written(folder, archives.docker_save([packed]), "packed.tar")
    (folder / "root.tar").write_bytes(_SHARED)
    with HostileRegistry() as registry:
        registry.serve_image("app", "1", [gzip.compress(_SHARED), gzip.compress(_NEW)])
        _hang_up(registry)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(_HOST, registry.host)
            yield folder


def prepare(path: Path, given: Path) -> None:
    """As ``store_faults.prepare``, and with an image that nobody has looked into yet."""
    store_faults.prepare(path)
    library = _library(path)
    library.load(given / "first", task=Task())
    for kind in ("layers", "views"):
        for made in (path / ".layerscope" / kind).glob("*"):
            made.unlink()


def perform(operation: str, path: Path, given: Path) -> None:
    """Do one thing to a prepared store."""
    library = _library(path) if operation in OPERATIONS else None
    match operation:
        case "pull" if library:
            library.pull(_name(operation), task=Task())
        case "load" if library:
            library.load(given / "layout", task=Task())
        case "load-docker" if library:
            library.load(given / "packed.tar", task=Task())
        case "import" if library:
            library.import_tar(given / "root.tar", "made:1", task=Task())
        case "index" if library:
            library.browse("old:1", task=Task())
        case _:
            store_faults.perform(operation, path)


def seen(operation: str, path: Path) -> bool:
    """Whether the image is there; if it is, all of it can be looked at."""
    library = _library(path)
    name = _name(operation)
    if not any(name in row.familiar for row in library.images(task=Task()).images):
        return False
    found = library.browse(name, task=Task())
    assert found.damage == "", found.damage
    with Timeline.open(Path(found.timeline)) as timeline:
        rows = {timeline.path(row.node) for row in timeline.walk(View(as_of=found.top))}
    assert rows == _SEEN[operation], rows
    return True


def _hang_up(registry: HostileRegistry) -> None:
    """No connection outlives its answer."""
    for (method, path), answers in list(registry.scripts.items()):
        plain = [answer for answer in answers if isinstance(answer, Reply)]
        over = [replace(one, headers={**one.headers, "Connection": "close"}) for one in plain]
        registry.on(method, path, *over)


def _library(path: Path) -> Library:
    return open_library(path, InlinePasses(), plain_http=[os.environ[_HOST]])


def _name(operation: str) -> str:
    return _NAMES[operation].format(host=os.environ[_HOST])


def _layout(folder: Path, name: str, *layers: bytes) -> None:
    layout = archives.Layout()
    entry = bad_inputs.image(layout, layers, name=name)
    archives.as_folder(layout.whole(entry), folder)

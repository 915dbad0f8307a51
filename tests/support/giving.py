"""Gives stacks of layers back to folders and tars for tests, also as an ordinary user."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from layerscope.engine.content.extraction import Extracted, Extraction, Rules
from layerscope.engine.content.files import open_regular
from layerscope.engine.content.spool import Spool
from layerscope.engine.content.tar_writer import TarWriter
from layerscope.engine.layers import LayerIndex
from layerscope.engine.layers.contents import LayerContents
from layerscope.engine.rootfs import Timeline, View, build_timeline
from layerscope.engine.rootfs.giving import give
from layerscope.engine.rootfs.ordered import give_in_order
from layerscope.engine.rootfs.sinks import FolderSink, TarSink
from layerscope.engine.task import Task
from support.stacks import LIMITS, Entry, indexed

NOBODY = 65534
T = TypeVar("T")


@dataclass(frozen=True)
class Given:
    """A stack of layers that can be given back."""

    indexes: Sequence[Path]
    timeline: Path

    @classmethod
    def made(cls, folder: Path, layers: Sequence[Sequence[Entry]]) -> Given:
        folder.mkdir(parents=True, exist_ok=True)
        indexes = [indexed(folder, layer) for layer in layers]
        target = folder / "timeline"
        build_timeline(indexes, target, LIMITS, Task())
        return cls(indexes, target)

    @contextmanager
    def open_layer(self, number: int) -> Iterator[LayerContents]:
        index = self.indexes[number - 1]
        with LayerIndex.open(index) as opened:
            contents = LayerContents(open_regular(index.with_suffix("")), opened)
            try:
                yield contents
            finally:
                contents.close()

    def to_folder(
        self,
        target: Path,
        rules: Rules | None = None,
        wanted: Sequence[tuple[bytes, bytes]] = ((b"", b""),),
        *,
        layer: int | None = None,
        as_of: int | None = None,
        task: Task | None = None,
    ) -> Extracted:
        task = task or Task()
        with Timeline.open(self.timeline) as timeline:
            view = View(as_of or len(self.indexes), layer=layer)
            selection = timeline.selection(view, wanted, task)
            with Extraction(target, rules or Rules(), task) as extraction:
                give(selection, self.open_layer, FolderSink(extraction), task)
                return extraction.so_far

    def to_tar(self, folder: Path, as_of: int | None = None) -> bytes:
        out = io.BytesIO()
        with Timeline.open(self.timeline) as timeline, Spool(folder) as spool:
            selection = timeline.selection(View(as_of or len(self.indexes)), [(b"", b"")], Task())
            writer = TarWriter(out.write)
            give_in_order(selection, self.open_layer, TarSink(writer), spool, Task())
            writer.close()
        return out.getvalue()


def as_user(work: Callable[[], T], uid: int) -> T:
    """What ``work`` returns or raises in a child process that belongs to ``uid``; here, if that is
    who we are.  The result must pickle."""
    if os.geteuid() == uid:
        return work()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.close(reading)
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            try:
                result: tuple[bool, object] = True, work()
            except BaseException as error:  # raised again in the parent
                result = False, error
            with open(writing, "wb") as pipe:
                pickle.dump(result, pipe)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with open(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    assert data, "the child process died"
    right, value = pickle.loads(data)
    if not right:
        raise value
    found: T = value
    return found

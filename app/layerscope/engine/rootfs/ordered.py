"""Gives a selection in the order of the tree, as a tar needs it: tools that unpack one set the time
of a folder when they leave it for the next.

Still each layer is read once and from front to back.  A file that comes by before its turn is put
aside on the disk; as the tars of layers are mostly in the order of the tree too, few are.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from layerscope.engine.content.extraction import Runs
from layerscope.engine.content.leaving import Why
from layerscope.engine.content.spool import Spool
from layerscope.engine.layers.contents import LayerContents
from layerscope.engine.layers.sparse import SparseMap
from layerscope.engine.rootfs.giving import (
    OpenLayer,
    Sink,
    one_without_content,
)
from layerscope.engine.rootfs.selection import Selection
from layerscope.engine.rootfs.values import Kind
from layerscope.engine.task import Task

_NOT_YET = -1
#: Layers that are read beside each other; each decoder may remember megabytes.
_MOST_OPEN = 4


def give_in_order(
    selection: Selection,
    open_layer: OpenLayer,
    sink: Sink,
    spool: Spool,
    task: Task,
    wrote: Callable[[int, int], None] = lambda layer, count: None,
) -> None:
    """Hand the whole selection over, each path once, folders before what is in them and names of a
    file after the file.  Raises what the layers, the spool and the sink raise."""
    wanted = _wanted(selection, task)
    largest = sorted(wanted, key=lambda layer: len(wanted[layer]), reverse=True)
    with ExitStack() as stack:
        layers: dict[int, _Layer] = {}
        for layer in largest[_MOST_OPEN:]:
            with open_layer(layer) as contents:
                layers[layer] = _Layer(contents, wanted.pop(layer), spool, task)
                layers[layer].put_rest_aside()
        for layer in largest[:_MOST_OPEN]:
            contents = stack.enter_context(open_layer(layer))
            layers[layer] = _Layer(contents, wanted.pop(layer), spool, task)
        _all(selection, layers, sink, task, wrote)
    for path in selection.whiteouts():
        sink.leave_out(path, Why.WHITEOUT)


def _wanted(selection: Selection, task: Task) -> dict[int, array[int]]:
    """For each layer, the numbers of the entries whose content is wanted, in order."""
    numbers: dict[int, array[int]] = {}
    for each in selection.all():
        if selection.has_content(each):
            layer, number = selection.source(each.slot)
            numbers.setdefault(layer, array("q")).append(number)
    return {layer: array("q", sorted(found)) for layer, found in numbers.items()}


def _all(
    selection: Selection,
    layers: dict[int, _Layer],
    sink: Sink,
    task: Task,
    wrote: Callable[[int, int], None],
) -> None:
    for each in selection.all():
        kind = selection.kind(each.slot)
        if kind is Kind.DIR:
            if each.path or not selection.implicit(each.slot):
                sink.folder(each.path, selection.attributes(each.slot))
        elif kind in (Kind.FILE, Kind.SYMLINK) and selection.first(each) != each.node:
            sink.link(each.path, selection.path(selection.first(each)))
        elif selection.has_content(each):
            layer, number = selection.source(each.slot)
            size = selection.stack.size[each.slot]
            map_, runs = layers[layer].take(number, size)
            sink.file(
                each.path,
                selection.attributes(each.slot),
                size,
                _told(runs, layer, wrote),
                data=None if map_ is None else list(map_),
            )
        else:
            one_without_content(selection, each, kind, sink)


def _told(runs: Runs, layer: int, wrote: Callable[[int, int], None]) -> Runs:
    for offset, piece in runs:
        yield offset, piece
        wrote(layer, len(piece))


class _Layer:
    """The wanted files of one layer, of which those before the last one taken are put aside."""

    def __init__(
        self, contents: LayerContents, numbers: array[int], spool: Spool, task: Task
    ) -> None:
        self._contents = contents
        self._numbers = numbers
        self._spool = spool
        self._task = task
        self._extents = contents.extents(numbers)
        self._next = 0
        self._aside = array("q", [_NOT_YET]) * len(numbers)
        self._maps: dict[int, SparseMap] = {}

    def take(self, number: int, size: int) -> tuple[SparseMap | None, Runs]:
        """The content of an entry, to be read before the next is taken."""
        place = bisect_left(self._numbers, number)
        while self._next < place:
            self._put_aside()
        if place < self._next:
            map_ = self._maps.pop(place, None)
            return map_, self._from_aside(self._aside[place], size, map_)
        self._next += 1
        extent = next(self._extents)
        return extent.sparse, self._watched(self._contents.runs(extent))

    def put_rest_aside(self) -> None:
        while self._next < len(self._numbers):
            self._put_aside()

    def _put_aside(self) -> None:
        extent = next(self._extents)
        self._aside[self._next] = self._spool.size
        if extent.sparse is not None:
            self._maps[self._next] = extent.sparse
        self._next += 1
        for _, piece in self._watched(self._contents.runs(extent)):
            self._spool.put(piece)

    def _from_aside(self, start: int, size: int, map_: SparseMap | None) -> Runs:
        pairs = [(0, size)] if map_ is None else map_
        for offset, length in pairs:
            for piece in self._spool.read(start, length):
                self._task.checkpoint()
                yield offset, piece
                offset += len(piece)
                start += len(piece)

    def _watched(self, runs: Iterator[tuple[int, memoryview]]) -> Iterator[tuple[int, memoryview]]:
        for run in runs:
            self._task.checkpoint()
            yield run

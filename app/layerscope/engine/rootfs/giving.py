"""Gives a selection of the stack to what takes files in any order: a folder of the disk.

Folders come first, then the files of one layer after the other in the order of its tar, so that
each blob is decompressed once and from front to back, however many files are wanted; then what has
no content, further names of files, and the attributes of the folders.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from layerscope.engine.content.extraction import Attributes, Runs
from layerscope.engine.content.leaving import Why
from layerscope.engine.layers.contents import Extent, LayerContents
from layerscope.engine.rootfs.columns import NOTHING
from layerscope.engine.rootfs.selection import Selected, Selection
from layerscope.engine.rootfs.values import Kind
from layerscope.engine.task import Task

_NODE_BITS = 32

#: Opens the content of a layer for one pass.
OpenLayer = Callable[[int], AbstractContextManager[LayerContents]]
#: Where the data of a sparse file lies: offset and length of each piece.
Data = Sequence[tuple[int, int]]


class Sink(Protocol):
    """Takes one path after the other; see ``Extraction`` for what each means."""

    def folder(self, path: bytes, attributes: Attributes) -> None:
        """Before anything in it; its attributes hold only after ``settle``."""

    def file(
        self,
        path: bytes,
        attributes: Attributes,
        size: int,
        runs: Runs,
        *,
        data: Data | None = None,
        linked: bool = False,
    ) -> None:
        """``data`` None: a file without holes."""

    def symlink(
        self, path: bytes, target: bytes, attributes: Attributes, *, linked: bool = False
    ) -> None:
        """``target`` is as stored.  ``linked``: further names of it follow."""

    def link(self, path: bytes, to: bytes) -> None:
        """A further name of the file or link ``to``, which came before."""

    def device(
        self, path: bytes, kind: Kind, numbers: tuple[int, int], attributes: Attributes
    ) -> None:
        """A CHAR, BLOCK or FIFO."""

    def leave_out(self, path: bytes, why: Why, detail: str = "") -> None:
        """Something that is in the image will not come."""

    def settle(self, path: bytes, attributes: Attributes) -> None:
        """The folder and all in it are done."""


def give(
    selection: Selection,
    open_layer: OpenLayer,
    sink: Sink,
    task: Task,
    wrote: Callable[[int, int], None] = lambda layer, count: None,
) -> None:
    """Hand the whole selection over.  ``wrote`` is told how many bytes of content of a layer have
    gone out since it was last told.  Raises what the layers and the sink raise."""
    folders, files = _folders(selection, sink, task)
    for layer in sorted(files):
        _files(selection, layer, files.pop(layer), open_layer, sink, task, wrote)
    further = _without_content(selection, sink, task)
    if further:
        _further_names(selection, sink, task)
    for path in selection.whiteouts():
        sink.leave_out(path, Why.WHITEOUT)
    while folders:
        slot = folders.pop()
        node = folders.pop()
        sink.settle(selection.path(node), selection.attributes(slot))


def _folders(
    selection: Selection, sink: Sink, task: Task
) -> tuple[array[int], dict[int, array[int]]]:
    """Make all folders.  Returns node and slot of each, and for each layer the files whose content
    it stores: entry number and node in one number, which costs eight bytes for each file."""
    made = array("q")
    files: dict[int, array[int]] = {}
    for each in selection.all():
        kind = selection.kind(each.slot)
        if kind is Kind.DIR:
            if each.path or not selection.implicit(each.slot):
                sink.folder(each.path, selection.attributes(each.slot))
                made.append(each.node)
                made.append(each.slot)
        elif selection.has_content(each):
            layer, number = selection.source(each.slot)
            files.setdefault(layer, array("q")).append(number << _NODE_BITS | each.node)
    return made, files


def _files(
    selection: Selection,
    layer: int,
    wanted: array[int],
    open_layer: OpenLayer,
    sink: Sink,
    task: Task,
    wrote: Callable[[int, int], None],
) -> None:
    """The files of one layer, in the order of its tar."""
    in_order = sorted(wanted)
    numbers = array("q", [both >> _NODE_BITS for both in in_order])
    nodes = array("q", [both & (1 << _NODE_BITS) - 1 for both in in_order])
    del in_order

    def told(contents: LayerContents, extent: Extent) -> Runs:
        for offset, piece in contents.runs(extent):
            task.checkpoint()
            yield offset, piece
            wrote(layer, len(piece))

    with open_layer(layer) as contents:
        for extent, node in zip(contents.extents(numbers), nodes, strict=True):
            slot = _slot(selection, node)
            sink.file(
                selection.path(node),
                selection.attributes(slot),
                extent.size,
                told(contents, extent),
                data=None if extent.sparse is None else list(extent.sparse),
                linked=selection.linked(slot),
            )


def _without_content(selection: Selection, sink: Sink, task: Task) -> bool:
    """Everything that needs no content; whether there are further names of files."""
    further = False
    for each in selection.all():
        kind = selection.kind(each.slot)
        if kind is Kind.DIR:
            continue
        if selection.first(each) != each.node and kind in (Kind.FILE, Kind.SYMLINK):
            further = True
        else:
            one_without_content(selection, each, kind, sink)
    return further


def one_without_content(selection: Selection, each: Selected, kind: Kind, sink: Sink) -> None:
    """Hand over a path that is no folder, no further name of a file, and has no content."""
    stack, slot, path = selection.stack, each.slot, each.path
    attributes = selection.attributes(slot)
    if kind is Kind.FILE:
        if not stack.size[slot]:
            sink.file(path, attributes, 0, (), linked=selection.linked(slot))
    elif kind is Kind.SYMLINK:
        linked = selection.linked(slot)
        sink.symlink(path, stack.target_of(slot), attributes, linked=linked)
    elif kind in (Kind.CHAR, Kind.BLOCK, Kind.FIFO):
        sink.device(path, kind, stack.device_of(slot) or (0, 0), attributes)
    elif kind is Kind.HARDLINK:
        target = stack.target_of(slot).decode("utf-8", "surrogateescape")
        sink.leave_out(path, Why.BROKEN_LINK, f"it is a name of {target}, which is not there")
    else:
        sink.leave_out(path, Why.UNKNOWN)


def _further_names(selection: Selection, sink: Sink, task: Task) -> None:
    for each in selection.all():
        if each.slot == NOTHING or selection.kind(each.slot) not in (Kind.FILE, Kind.SYMLINK):
            continue
        first = selection.first(each)
        if first != each.node:
            sink.link(each.path, selection.path(first))


def _slot(selection: Selection, node: int) -> int:
    stack, view = selection.stack, selection.view
    if view.layer is not None:
        return stack.stored(node, view.layer)
    return stack.visible(node, view.as_of)

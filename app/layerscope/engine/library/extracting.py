"""Extractions: chosen files and folders of an image, written into a folder of this computer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from layerscope.engine.content import files
from layerscope.engine.content.extraction import Extraction, Rules
from layerscope.engine.content.leaving import Why
from layerscope.engine.content.wording import display_name
from layerscope.engine.errors import BadInput
from layerscope.engine.layers import clean
from layerscope.engine.rootfs import View
from layerscope.engine.rootfs.giving import give
from layerscope.engine.rootfs.selection import Selection
from layerscope.engine.rootfs.sinks import FolderSink
from layerscope.engine.task import Task

from .ground import Ground
from .trees import Reporter, Tree, of_folder, open_tree, planned
from .values.giving_back import Exported, TreePlan, WrittenPath


def plan_extract(
    ground: Ground,
    name: str,
    paths: Sequence[bytes],
    folder: str | None,
    as_of: int | None,
    layer: int | None,
    task: Task,
) -> TreePlan:
    with open_tree(ground, name, task) as tree:
        selection, wanted = _selected(tree, paths, tree.view(as_of, layer), task)
        there: tuple[str, ...] = ()
        if folder is not None:
            names = [os.fsdecode(given) for _, given in wanted if given]
            there = tuple(each for each in names if os.path.lexists(Path(folder) / each))
        return planned(tree, selection.tally(), Rules(), there)


def extract(
    ground: Ground,
    name: str,
    paths: Sequence[bytes],
    folder: Path,
    as_of: int | None,
    layer: int | None,
    rules: Rules,
    task: Task,
) -> Exported:
    """Each path becomes the file or folder of its last name in ``folder``; the root, all in it."""
    with open_tree(ground, name, task) as tree:
        selection, wanted = _selected(tree, paths, tree.view(as_of, layer), task)
        tally = selection.tally()
        _require_content(tree, tally.layers)
        with Extraction(folder, rules, task) as extraction:
            files.require_space(folder, tally.bytes)
            for path, given in wanted:
                if given != _last(path):
                    extraction.note(Why.RENAMED, path, os.fsdecode(given))
            wrote = Reporter(tally.bytes, task).wrote
            give(selection, tree.open_layer, FolderSink(extraction), task, wrote)
            written = [
                WrittenPath(path, str(folder / os.fsdecode(given)))
                for path, given in wanted
                if os.path.lexists(folder / os.fsdecode(given))
            ]
            return of_folder(tree, extraction.so_far, written)


def _selected(
    tree: Tree, paths: Sequence[bytes], view: View, task: Task
) -> tuple[Selection, list[tuple[bytes, bytes]]]:
    """The selection, and for each path that was asked for the name that it gets.  Links on the way
    to a path are followed inside the image."""
    if not paths:
        raise BadInput("No path was named.", hint="Name files or folders of the image.")
    wanted: dict[bytes, bytes] = {}
    taken: set[bytes] = set()
    for path in paths:
        cleaned = clean(path)
        if b"\0" in cleaned:
            raise BadInput(f"{display_name(path)} is no path.", hint="Check how it is written.")
        real = cleaned if view.layer is not None else tree.timeline.resolve(cleaned, view)
        if real not in wanted:
            wanted[real] = _free_name(_last(real), taken)
            taken.add(wanted[real])
    pairs = list(wanted.items())
    return tree.timeline.selection(view, pairs, task), pairs


def _free_name(name: bytes, taken: set[bytes]) -> bytes:
    """A name of its own for the second of two paths that end alike."""
    free, number = name, 1
    while free in taken:
        number += 1
        end = b"~%d" % number
        free = name[: 255 - len(end)] + end
    return free


def _last(path: bytes) -> bytes:
    return path.rpartition(b"/")[2]


def _require_content(tree: Tree, layers: Sequence[int]) -> None:
    """Layers that are not stored stop it before anything is written; of damaged ones, what could
    be indexed can mostly be read, and what cannot says so."""
    for number in layers:
        if tree.layers[number - 1].summary is None:
            tree.require([number])

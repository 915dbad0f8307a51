"""Commands that look into images: files, where they come from, and what is in them."""

from __future__ import annotations

import argparse
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from layerscope.engine.content.wording import display_name
from layerscope.engine.errors import BadInput, NotFound, PathNotFound
from layerscope.engine.library import Library
from layerscope.engine.library.values import Browsable
from layerscope.engine.rootfs import ROOT, Kind, Row, Timeline, TraceEntry, TraceStep, View
from layerscope.engine.task import Task

from . import answers
from .commands import library
from .progress import told
from .tables import size, table

_PIECE = 1 << 20
_EVERY = 2000  #: rows between two looks at the task
_TYPES = {
    Kind.DIR: stat.S_IFDIR,
    Kind.SYMLINK: stat.S_IFLNK,
    Kind.CHAR: stat.S_IFCHR,
    Kind.BLOCK: stat.S_IFBLK,
    Kind.FIFO: stat.S_IFIFO,
    Kind.FILE: stat.S_IFREG,
    Kind.HARDLINK: stat.S_IFREG,
}


def files(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        browsable = _browse(store, options, task)
    with Timeline.open(Path(browsable.timeline), display_name(options.image)) as timeline:
        view = _view(options, timeline)
        rows = _listed(timeline, view, options, task)
        if options.json:
            merged = view.layer is None
            answers.write_each(answers.file(path, row, merged=merged) for path, row in rows)
        else:
            table(
                ("FROM", "MODE", "OWNER", "SIZE", "MODIFIED", "CHANGE", "PATH"),
                (_cells(path, row) for path, row in rows),
            )
    return 0


def trace(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        browsable = _browse(store, options, task)
    with Timeline.open(Path(browsable.timeline), display_name(options.image)) as timeline:
        steps = timeline.trace(_real(timeline, _clean(options.path)))
    if options.json:
        answers.write([answers.trace_step(step) for step in steps])
        return 0
    table(
        ("LAYER", "ENTRY", "TYPE", "SIZE", "MODE", "CHANGE", "VISIBLE"),
        (_trace_cells(step) for step in steps),
    )
    return 0


def cat(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        browsable = _browse(store, options, task)
        with Timeline.open(Path(browsable.timeline), display_name(options.image)) as timeline:
            layer, entry = _content(timeline, options)
        offset = 0
        while piece := store.read_file(options.image, layer, entry, offset, _PIECE, task=task):
            sys.stdout.buffer.write(piece)
            offset += len(piece)
            task.checkpoint()
    sys.stdout.buffer.flush()
    return 0


def _browse(store: Library, options: argparse.Namespace, task: Task) -> Browsable:
    with told(task) as listening:
        browsable = store.browse(options.image, task=listening)
    if browsable.damage:
        print(f"layerscope: {display_name(browsable.damage)}", file=sys.stderr)
    return browsable


def _view(options: argparse.Namespace, timeline: Timeline) -> View:
    top = len(timeline.layers)
    layer = options.layer
    as_of = getattr(options, "as_of", None)
    for number in (layer, as_of):
        if number is not None and number > top:
            raise NotFound(
                f"{options.image} has no layer {number}.",
                hint=f"Its layers that can be read are 1 to {top}." if top else "It has none.",
            )
    return View(as_of or top, layer=layer)


def _listed(
    timeline: Timeline, view: View, options: argparse.Namespace, task: Task
) -> Iterator[tuple[bytes, Row]]:
    """Rows with their real paths.  Links on the way to PATH are followed in the merged view, and
    PATH itself if it ends with a slash."""
    asked, into = _clean(options.path), options.path.endswith("/")
    real = asked if view.layer is not None else timeline.resolve(asked, view, last=into)
    folder, prefix = ROOT, b""
    for count, row in enumerate(timeline.walk(view, real, options.recursive)):
        if count % _EVERY == 0:
            task.checkpoint()
        if row.parent != folder:
            folder = row.parent
            prefix = timeline.path(folder) + b"/" if folder != ROOT else b""
        yield prefix + row.name, row


def _content(timeline: Timeline, options: argparse.Namespace) -> tuple[int, int]:
    """Layer and entry number of a file's bytes.  Links are followed inside the image; with
    --layer the very entry of that layer is meant."""
    asked = _clean(options.path)
    shown = f"{display_name(asked) or '/'} in {options.image}"
    view = _view(options, timeline)
    if options.layer is not None:
        for step in timeline.trace(_real(timeline, asked)):
            if step.layer == options.layer and step.entry is TraceEntry.PRESENT:
                if step.content is None:
                    raise _no_file(shown, step.kind)
                return step.content
        raise PathNotFound(
            f"Layer {options.layer} of {options.image} does not store {display_name(asked)}.",
            hint="Trace the path to see which layers do.",
            path=options.path,
        )
    row = timeline.find(timeline.resolve(asked, view, last=True), view)
    if row is None:
        raise PathNotFound(f"There is no {shown}.", hint="List its files.", path=options.path)
    if row.kind is not Kind.FILE or row.entry is None:
        raise _no_file(shown, row.kind)
    return row.entry


def _real(timeline: Timeline, path: bytes) -> bytes:
    """The path without links to folders on the way, as they lead at the top.  What is not there
    any more is looked for as it is written: some layer may have it."""
    try:
        return timeline.resolve(path, View(len(timeline.layers)))
    except PathNotFound:
        return path


def _no_file(shown: str, kind: Kind | None) -> BadInput:
    words = {
        None: "an entry of unknown type",
        Kind.DIR: "a folder",
        Kind.SYMLINK: "a symbolic link",
        Kind.HARDLINK: "a hard link to what is not there",
        Kind.CHAR: "a character device",
        Kind.BLOCK: "a block device",
        Kind.FIFO: "a named pipe",
        Kind.OTHER: "an entry of unknown type",
    }
    what = words.get(kind, "an entry without bytes")
    return BadInput(f"{shown} is {what}, not a file.", hint="Only files have bytes to show.")


def _clean(path: str) -> bytes:
    """The path as timelines know it: without slashes at the ends, dots and empty parts gone."""
    parts: list[bytes] = []
    for part in path.encode("utf-8", "surrogateescape").split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/".join(parts)


def _cells(path: bytes, row: Row) -> tuple[str, ...]:
    name = display_name(path)
    link = f" -> {display_name(row.link)}" if row.link else ""
    return (
        str(row.origin),
        stat.filemode(_TYPES.get(row.kind, 0) | (row.mode & 0o7777)),
        f"{row.uid}:{row.gid}",
        size(row.size),
        _moment(row.mtime_ns),
        row.change.value if row.change is not None else "",
        f"{name}{link}",
    )


def _trace_cells(step: TraceStep) -> tuple[str, ...]:
    return (
        str(step.layer),
        step.entry.value,
        "" if step.kind is None else step.kind.word,
        size(step.size),
        "" if step.mode is None else f"{step.mode & 0o7777:04o}",
        "" if step.change is None else step.change.value,
        "yes" if step.visible else "",
    )


def _moment(ns: int) -> str:
    """Tar headers hold any number; what no calendar has is shown as it is."""
    try:
        return datetime.fromtimestamp(ns // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return str(ns // 1_000_000_000)

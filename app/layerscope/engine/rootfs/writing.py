"""What stands in a timeline file: the names and meanings of its columns.

By node (in pre-order, siblings by name; 0 is the root):
    parent, depth, last (highest node of the subtree), name_at (n + 1; offsets into names, each
    name followed by b"/"), version_at (n + 1; places in versions)
    names, folded (the same case-folded; absent where lower-casing is enough)
By version, that is by slot, a number in tar order, layer after layer:
    node (-1: no version of anything), end, number, kind, change, size, mode, uid, gid, mtime,
    digest (32 bytes each), alone (1: the only version of its node, and never ended),
    inode (only where hard links are: the slot that stores the bytes)
    versions (slots by node, oldest first)
    floors (by layer, from 0: its first slot; then the end)
    links, xattrs, majors, minors: of few slots, see ``_write_rare``
By total, in the order of nodes, then layers:
    total_node, total_at, total_origin, total_bytes, total_files, total_changes, total_entries,
    total_children
By mark, in the order of nodes, then layers:
    mark_node, mark_layer, mark_kind, mark_number

A version is visible as of N where layer <= N < end.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import accumulate
from pathlib import Path

from layerscope.engine.content.files import FINISHED, whole_or_absent
from layerscope.engine.rootfs.column_file import ColumnFile, ColumnWriter
from layerscope.engine.rootfs.columns import FOREVER, NOTHING, Columns
from layerscope.engine.rootfs.merge import Merge
from layerscope.engine.rootfs.numbering import Numbering, folded
from layerscope.engine.rootfs.totals import Sums
from layerscope.engine.rootfs.values import LayerTotals
from layerscope.engine.task import Task

TIMELINE_VERSION = 3

_NAMES_AT_ONCE = 16_384


def write_timeline(
    target: Path,
    merge: Merge,
    numbering: Numbering,
    totals: Sums,
    layers: Iterable[LayerTotals],
    task: Task,
) -> None:
    """Write a finished merge: whole, synced and under its name, or not at all."""
    with whole_or_absent(target, FINISHED) as file:
        writer = ColumnWriter(file, TIMELINE_VERSION, task)
        _write_nodes(writer, merge, numbering)
        _write_versions(writer, merge, numbering)
        for name, column in totals.items():
            writer.numbers(f"total_{name}", column)
        _write_marks(writer, merge, numbering)
        writer.finish({"layers": [_plain(layer) for layer in layers]})


def check_timeline(path: Path) -> None:
    """Raises StoreUnreadable unless every byte of the file is as it was written, and
    FileNotFoundError if there is none."""
    file = ColumnFile.open(path, TIMELINE_VERSION)
    try:
        file.check()
    finally:
        file.close()


def _write_nodes(writer: ColumnWriter, merge: Merge, numbering: Numbering) -> None:
    writer.numbers("parent", numbering.parent)
    writer.numbers("depth", numbering.depth)
    writer.numbers("last", numbering.last)
    names, order = merge.tree.name, numbering.order
    offsets = array("q", [0])
    offsets.extend(accumulate(len(names[node]) + 1 for node in order))
    writer.numbers("name_at", offsets)
    writer.data("names", _joined(names, order, bytes))
    if not all(map(bytes.isascii, names)):
        writer.data("folded", _joined(names, order, folded))


def _joined(
    names: list[bytes], order: array[int], form: Callable[[bytes], bytes]
) -> Iterator[bytes]:
    for first in range(0, len(order), _NAMES_AT_ONCE):
        some = [form(names[node]) for node in order[first : first + _NAMES_AT_ONCE]]
        yield b"/".join(some) + b"/"


def _write_versions(writer: ColumnWriter, merge: Merge, numbering: Numbering) -> None:
    columns = merge.columns
    id_of = numbering.id_of
    # One item more, so that NOTHING, which is -1, stays what it is; lists are looked into quickest.
    nodes = array("i", map([*id_of, NOTHING].__getitem__, columns.node))
    counts = array("i", bytes(4 * (len(id_of) + 1)))
    for node in nodes:
        counts[node] += 1  # the last item counts the slots of no node
    starts = array("i", accumulate(counts[:-1], initial=0))
    writer.numbers("version_at", starts)
    versions = array("i", bytes(4 * starts[-1]))
    for slot, node in enumerate(nodes):
        if node >= 0:
            versions[starts[node]] = slot
            starts[node] += 1
    writer.numbers("versions", versions)
    writer.numbers("node", nodes)
    alone = bytes(
        [
            end == FOREVER and node >= 0 and counts[node] == 1
            for node, end in zip(nodes, columns.end, strict=True)
        ]
    )
    writer.data("alone", [alone])
    for name, column in (
        ("end", columns.end),
        ("number", columns.number),
        ("size", columns.size),
        ("mode", columns.mode),
        ("uid", columns.uid),
        ("gid", columns.gid),
        ("mtime", columns.mtime),
    ):
        writer.numbers(name, column)
    for name, data in (
        ("kind", columns.kind),
        ("change", columns.change),
        ("digest", columns.digest),
    ):
        writer.data(name, [data])
    if columns.many_names:
        writer.numbers("inode", columns.inode)
    writer.numbers("floors", [*merge.floors, len(columns)])
    _write_few(writer, columns)


def _write_few(writer: ColumnWriter, columns: Columns) -> None:
    """What few slots have: the slots in order, offsets (n + 1), and all values joined."""
    for name, values in (("link", columns.link), ("xattrs", columns.xattrs)):
        slots = sorted(values)
        some = [values[slot] for slot in slots]
        writer.numbers(f"{name}_slot", slots)
        writer.numbers(f"{name}_at", accumulate(map(len, some), initial=0))
        writer.data(name, some)
    slots = sorted(columns.device)
    writer.numbers("device_slot", slots)
    writer.numbers("major", [columns.device[slot][0] for slot in slots])
    writer.numbers("minor", [columns.device[slot][1] for slot in slots])


def _write_marks(writer: ColumnWriter, merge: Merge, numbering: Numbering) -> None:
    marks = merge.marks
    nodes = list(map(numbering.id_of.__getitem__, marks.node))
    order = sorted(range(len(nodes)), key=nodes.__getitem__)  # stable: layers stay in order
    for name, column in (
        ("node", nodes),
        ("layer", marks.layer),
        ("kind", marks.kind),
        ("number", marks.number),
    ):
        writer.numbers(f"mark_{name}", map(column.__getitem__, order))


def _plain(layer: LayerTotals) -> Mapping[str, object]:
    """As JSON has it; bytes as Latin-1 text."""
    plain = asdict(layer)
    for remark in plain["warnings"]:
        remark["path"] = remark["path"].decode("latin-1")
    return plain

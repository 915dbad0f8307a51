"""What lies inside each folder, as changes by layer: sums of few rows give any view.

A tally belongs to (folder, layer ``at`` which it changes, layer ``origin`` that stores the
bytes).  What is inside as of N, by origin, is the sum of the tallies with ``at`` <= N.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence

from layerscope.engine.rootfs.columns import FOREVER, NOTHING
from layerscope.engine.rootfs.comparing import ADDED, METADATA, MODIFIED
from layerscope.engine.rootfs.merge import Merge
from layerscope.engine.rootfs.numbering import Numbering
from layerscope.engine.rootfs.values import ROOT, Kind, Mark
from layerscope.engine.task import Task

#: The columns of the sums.  ``bytes`` and ``files`` (all that is no folder) are visible inside, at
#: any depth; ``changes`` inside have a badge; ``entries`` inside are those of the layer's tar,
#: marks included; ``children`` are visible.
COLUMNS = ("node", "at", "origin", "bytes", "files", "changes", "entries", "children")
Sums = dict[str, "array[int]"]

_SHIFT = 20  # at and origin as one number: at << _SHIFT | origin
_LOW = (1 << _SHIFT) - 1
_DIR = int(Kind.DIR)
#: Sparse files may claim any size, so that sums of them would not fit into 64 bits.
_MOST_BYTES = 2**62
_BADGED = frozenset({ADDED, MODIFIED, METADATA})


class Totals:
    """Collects what happens directly in each folder as layers are merged, then sums it up."""

    def __init__(self, merge: Merge) -> None:
        self._merge = merge
        self._folder = array("i")
        self._key = array("q")
        self._size = array("q")
        self._files = array("i")
        self._changes = array("i")
        self._entries = array("i")
        self._children = array("i")

    def add_layer(self, layer: int) -> None:
        """Count what the layer that was merged last put in, took away, and stores."""
        self._count_stored(layer)
        self._count_ended(layer)
        self._count_marks(layer)

    def sums(self, numbering: Numbering, task: Task) -> Sums:
        """Of all folders with anything inside, by node, then ``at``, then ``origin``.  To be
        called once, when all layers are counted."""
        self._count_moved_bytes()
        folder = array("i", map(numbering.id_of.__getitem__, self._folder))
        waiting = array("i", sorted(range(len(folder)), key=folder.__getitem__))
        parent = numbering.parent
        open_sums: dict[int, dict[int, list[int]]] = {}
        columns = tuple(array("q" if name == "bytes" else "i") for name in COLUMNS)
        # Backwards, so that all of a folder is known when it is met; few are open at a time.
        for node in sorted(_with_those_above(folder, parent), reverse=True):
            task.checkpoint()
            inside = open_sums.pop(node, {})
            while waiting and folder[waiting[-1]] == node:
                self._include(inside, waiting.pop())
            for key in sorted(inside, reverse=True):
                size, *counts = inside[key]
                row = (node, key >> _SHIFT, key & _LOW, _held(size), *counts)
                for column, value in zip(columns, row, strict=True):
                    column.append(value)
            if node != ROOT:
                _pass_on(inside, open_sums.setdefault(parent[node], {}))
        for column in columns:
            column.reverse()
        return dict(zip(COLUMNS, columns, strict=True))

    def _include(self, inside: dict[int, list[int]], row: int) -> None:
        tally = inside.setdefault(self._key[row], [0, 0, 0, 0, 0])
        tally[0] += self._size[row]
        tally[1] += self._files[row]
        tally[2] += self._changes[row]
        tally[3] += self._entries[row]
        tally[4] += self._children[row]

    def _add(
        self,
        folder: int,
        at: int,
        origin: int,
        *,
        size: int = 0,
        files: int = 0,
        changes: int = 0,
        entries: int = 0,
        children: int = 0,
    ) -> None:
        self._folder.append(folder)
        self._key.append(at << _SHIFT | origin)
        self._size.append(_held(size))
        self._files.append(files)
        self._changes.append(changes)
        self._entries.append(entries)
        self._children.append(children)

    def _count_stored(self, layer: int) -> None:
        """All slots of the layer; neighbours in the tar mostly lie in the same folder."""
        tree, columns = self._merge.tree, self._merge.columns
        parent, current, below = tree.parent, tree.current, tree.below
        floor = self._merge.floors[layer]
        stored = zip(
            range(floor, len(columns)),
            columns.node[floor:],
            columns.number[floor:],
            columns.kind[floor:],
            columns.change[floor:],
            columns.inode[floor:],
            columns.size[floor:],
            strict=True,
        )
        at_hand = NOTHING
        size = files = badged = entries = children = 0
        for slot, node, number, kind, change, inode, length in stored:
            if node <= ROOT:  # no version, or the root, which lies in no folder
                continue
            folder = parent[node]
            if folder != at_hand:
                if at_hand != NOTHING:
                    self._add(
                        at_hand,
                        layer,
                        layer,
                        size=size,
                        files=files,
                        changes=badged,
                        entries=entries,
                        children=children,
                    )
                at_hand = folder
                size = files = badged = entries = children = 0
            if number >= 0:
                entries += 1
            if current[node] == slot:
                if kind != _DIR:
                    files += 1
                    if inode == slot:
                        size += length
                if node not in below:
                    children += 1
                if change in _BADGED:
                    badged += 1
        if at_hand != NOTHING:
            self._add(
                at_hand,
                layer,
                layer,
                size=size,
                files=files,
                changes=badged,
                entries=entries,
                children=children,
            )

    def _count_ended(self, layer: int) -> None:
        """What was visible below this layer and is not any more."""
        tree, columns = self._merge.tree, self._merge.columns
        for node, slot in tree.below.items():
            if node == ROOT:
                continue
            gone = tree.current[node] == NOTHING
            file = columns.kind[slot] != _DIR
            own = file and columns.inode[slot] == slot
            self._add(
                tree.parent[node],
                layer,
                self._merge.layer_of(slot),
                size=-columns.size[slot] if own else 0,
                files=-1 if file else 0,
            )
            if gone:
                self._add(tree.parent[node], layer, layer, changes=1, children=-1)

    def _count_marks(self, layer: int) -> None:
        marks, parent = self._merge.marks, self._merge.tree.parent
        for position in range(len(marks.layer) - 1, -1, -1):
            if marks.layer[position] != layer:
                break
            node = marks.node[position]
            if marks.kind[position] == Mark.WHITEOUT:
                self._add(parent[node], layer, layer, entries=1)
            else:  # an opaque mark lies in the folder it is about
                self._add(node, layer, layer, entries=1)
                if node:
                    self._add(parent[node], layer, layer, changes=1)

    def _count_moved_bytes(self) -> None:
        """Bytes with several names count where the oldest visible name is, so that they move
        when that name goes."""
        columns, parent = self._merge.columns, self._merge.tree.parent
        names: defaultdict[int, list[int]] = defaultdict(list)
        if columns.many_names:
            for slot, inode in enumerate(columns.inode):
                if inode in columns.many_names and columns.node[slot] > 0:
                    names[inode].append(slot)
        for inode, slots in names.items():
            origin, size = self._merge.layer_of(inode), columns.size[inode]
            spans = [(slot, self._merge.layer_of(slot), columns.end[slot]) for slot in slots]
            times = sorted({time for _, begin, end in spans for time in (begin, end)})
            owner = NOTHING
            for time in times:
                if time == FOREVER:
                    break
                visible = (slot for slot, begin, end in spans if begin <= time < end)
                heir = next(visible, NOTHING)
                if heir == owner:
                    continue
                # The name under which the bytes are stored is counted already, both ways.
                if owner not in (NOTHING, inode):
                    self._add(parent[columns.node[owner]], time, origin, size=-size)
                if heir not in (NOTHING, inode):
                    self._add(parent[columns.node[heir]], time, origin, size=size)
                owner = heir


def _with_those_above(nodes: Iterable[int], parent: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for node in set(nodes):
        while node not in found:
            found.add(node)
            node = parent[node] if node != ROOT else ROOT
    return found


def _held(size: int) -> int:
    return max(-_MOST_BYTES, min(size, _MOST_BYTES))


def _pass_on(inside: dict[int, list[int]], above: dict[int, list[int]]) -> None:
    for key, (size, files, changes, entries, _children) in inside.items():
        tally = above.get(key)
        if tally is None:
            above[key] = [size, files, changes, entries, 0]
        else:
            tally[0] += size
            tally[1] += files
            tally[2] += changes
            tally[3] += entries

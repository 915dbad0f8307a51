"""The opened timeline file: its columns, and which version of a node is visible when."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from layerscope.engine.rootfs.column_file import ColumnFile
from layerscope.engine.rootfs.columns import DIGEST, NO_DIGEST, NOTHING
from layerscope.engine.rootfs.values import ROOT, LayerTotals, Mark, Remark, View
from layerscope.engine.rootfs.writing import TIMELINE_VERSION


class Stack:
    """Columns as described in ``writing``; slots and nodes are the numbers of that file."""

    def __init__(self, path: Path, named: str) -> None:
        file = ColumnFile.open(path, TIMELINE_VERSION)
        self.file = file
        self.named = named
        self.parent = file.numbers("parent")
        self.depth = file.numbers("depth")
        self.last = file.numbers("last")
        self._name_at = file.numbers("name_at")
        self._names = file.data("names")
        self.version_at = file.numbers("version_at")
        self.versions = file.numbers("versions")
        self.node = file.numbers("node")
        self.end = file.numbers("end")
        self.number = file.numbers("number")
        self.kind: Sequence[int] = file.data("kind")
        self.change: Sequence[int] = file.data("change")
        self.size = file.numbers("size")
        self.mode = file.numbers("mode")
        self.uid = file.numbers("uid")
        self.gid = file.numbers("gid")
        self.mtime = file.numbers("mtime")
        self.floors = list(file.numbers("floors"))
        self.inode = file.numbers("inode") if "inode" in file else None
        self.alone = file.data("alone")
        self._digest = file.data("digest")
        self.mark_node = file.numbers("mark_node")
        self.mark_layer = file.numbers("mark_layer")
        self.mark_kind = file.numbers("mark_kind")
        self.mark_number = file.numbers("mark_number")
        self.layers = tuple(_layer(plain) for plain in file.values["layers"])

    def close(self) -> None:
        self.file.close()

    def __len__(self) -> int:
        return len(self.parent)

    def fitted(self, view: View) -> View:
        """The view with layers that exist: as of at most the top, the baseline below that."""
        top = len(self.layers)
        as_of = max(0, min(view.as_of, top))
        layer = view.layer if view.layer is None else max(1, min(view.layer, top))
        return View(as_of, max(0, min(view.baseline, as_of)), view.show_deleted, layer)

    # Nodes

    def name(self, node: int) -> bytes:
        return bytes(self._names[self._name_at[node] : self._name_at[node + 1] - 1])

    def path(self, node: int) -> bytes:
        parts = []
        while node != ROOT:
            parts.append(self.name(node))
            node = self.parent[node]
        return b"/".join(reversed(parts))

    def children(self, folder: int) -> Iterator[int]:
        """All nodes in a folder, visible or not, by name."""
        last = self.last
        child, end = folder + 1, last[folder]
        while child <= end:
            yield child
            child = last[child] + 1

    def find(self, path: bytes) -> int:
        """The node of a path, or NOTHING; symbolic links are not followed."""
        node = ROOT
        for part in path.split(b"/"):
            if part:
                node = self.child(node, part)
                if node == NOTHING:
                    return NOTHING
        return node

    def child(self, folder: int, name: bytes) -> int:
        name_at, length = self._name_at, len(name) + 1
        for node in self.children(folder):
            at = name_at[node]
            if name_at[node + 1] - at == length and self._names[at : at + length - 1] == name:
                return node
        return NOTHING

    @cached_property
    def folded(self) -> bytes:
        """All names as filters compare them, b"/" around each; kept in memory once asked for."""
        if "folded" in self.file:
            return b"/" + bytes(self.file.data("folded"))
        return b"/" + bytes(self._names).lower()

    # Versions

    def slots(self, node: int) -> Sequence[int]:
        """All versions of a node, oldest first."""
        return self.versions[self.version_at[node] : self.version_at[node + 1]]

    def layer_of(self, slot: int) -> int:
        return bisect_right(self.floors, slot, 0, len(self.floors) - 1) - 1

    def visible(self, node: int, as_of: int) -> int:
        """What is there in the merged view of layers 1 to ``as_of``, or NOTHING."""
        top, end, versions = self.floors[as_of + 1], self.end, self.versions
        for place in range(self.version_at[node + 1] - 1, self.version_at[node] - 1, -1):
            slot = versions[place]
            if slot < top and end[slot] > as_of:
                return slot
        return NOTHING

    def ghost(self, node: int, baseline: int, as_of: int) -> int:
        """What layers above the baseline deleted last of a node that is not visible."""
        best, last_end = NOTHING, baseline
        for slot in self.slots(node):
            end = self.end[slot]
            if last_end < end <= as_of and self.layer_of(slot) < end:
                best, last_end = slot, end
        return best

    def stored(self, node: int, layer: int) -> int:
        """The entry that one layer has for a node, or NOTHING; never an implicit folder."""
        low, high = self.floors[layer], self.floors[layer + 1]
        for place in range(self.version_at[node], self.version_at[node + 1]):
            slot = self.versions[place]
            if low <= slot < high and self.number[slot] >= 0:
                return slot
        return NOTHING

    def digest_of(self, slot: int) -> bytes:
        digest = bytes(self._digest[slot * DIGEST : (slot + 1) * DIGEST])
        return b"" if digest == NO_DIGEST else digest

    def inode_of(self, slot: int) -> int:
        return slot if self.inode is None else self.inode[slot]

    def link_of(self, slot: int) -> bytes:
        return self._few("link", slot)

    def target_of(self, slot: int) -> bytes:
        return self._few("link", self.inode_of(slot))

    def xattrs_of(self, slot: int) -> bytes:
        return self._few("xattrs", self.inode_of(slot))

    def device_of(self, slot: int) -> tuple[int, int] | None:
        slots, majors, minors = self._devices
        place = bisect_left(slots, self.inode_of(slot))
        if place < len(slots) and slots[place] == self.inode_of(slot):
            return majors[place], minors[place]
        return None

    def names_of(self, inode: int) -> Sequence[int]:
        """The slots that are names of an inode; only the inode itself for nearly all."""
        return self._names_by_inode.get(inode, (inode,))

    # Marks

    def marks(self, node: int) -> Iterator[tuple[int, Mark, int]]:
        """(layer, kind, entry number) of the whiteouts and opaque marks of a node, by layer."""
        place = bisect_left(self.mark_node, node)
        while place < len(self.mark_node) and self.mark_node[place] == node:
            yield (
                self.mark_layer[place],
                Mark(self.mark_kind[place]),
                self.mark_number[place],
            )
            place += 1

    def marked(self, node: int, kind: Mark, above: int, up_to: int) -> bool:
        """Whether a layer in above + 1 to ``up_to`` marks the node so."""
        return any(found == kind and above < layer <= up_to for layer, found, _ in self.marks(node))

    @cached_property
    def _names_by_inode(self) -> dict[int, list[int]]:
        names: defaultdict[int, list[int]] = defaultdict(list)
        for slot, inode in enumerate(self.inode or ()):
            if slot != inode:
                names[inode].append(slot)
        return {inode: [inode, *slots] for inode, slots in names.items()}

    @cached_property
    def _devices(self) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
        file = self.file
        return file.numbers("device_slot"), file.numbers("major"), file.numbers("minor")

    @cached_property
    def _links(self) -> tuple[Sequence[int], Sequence[int], memoryview]:
        file = self.file
        return file.numbers("link_slot"), file.numbers("link_at"), file.data("link")

    @cached_property
    def _all_xattrs(self) -> tuple[Sequence[int], Sequence[int], memoryview]:
        file = self.file
        return file.numbers("xattrs_slot"), file.numbers("xattrs_at"), file.data("xattrs")

    def _few(self, name: str, slot: int) -> bytes:
        slots, offsets, values = self._links if name == "link" else self._all_xattrs
        place = bisect_left(slots, slot)
        if place < len(slots) and slots[place] == slot:
            return bytes(values[offsets[place] : offsets[place + 1]])
        return b""


def _layer(plain: dict[str, object]) -> LayerTotals:
    remarks = [
        Remark(**{**remark, "path": remark["path"].encode("latin-1")})
        for remark in plain.pop("warnings")  # type: ignore[attr-defined]  # as we wrote it
    ]
    return LayerTotals(**plain, warnings=tuple(remarks))  # type: ignore[arg-type]  # as we wrote it

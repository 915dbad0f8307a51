"""What engines on overlayfs would make of a layer that they show otherwise (FORMATS.md 6.3).

Such an engine unpacks every layer into a folder of its own, without seeing the layers below, and
the kernel merges these folders afterwards.  Here only what differs from the merge by the
specification is noticed: nearly every layer of a real builder gives nothing to notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from layerscope.engine.layers.pax import decoded
from layerscope.engine.rootfs.columns import NOTHING, Columns
from layerscope.engine.rootfs.remarks import Remarks
from layerscope.engine.rootfs.tree import Tree
from layerscope.engine.rootfs.values import ROOT, Kind
from layerscope.engine.task import Task

V = TypeVar("V")

_PLAIN_MODE = 0o755
_OPAQUE_ATTRIBUTES = (b"trusted.overlay.opaque", b"user.overlay.opaque")


class OverlayWatch:
    """Told of everything unusual in a layer as it is merged; remarks on what overlayfs changes."""

    def __init__(self, tree: Tree, columns: Columns, remarks: Remarks, task: Task) -> None:
        self._tree = tree
        self._columns = columns
        self._remarks = remarks
        self._task = task
        self.begin_layer()

    def begin_layer(self) -> None:
        self._deleted: set[int] = set()  #: nodes that the layer has whiteouts of
        self._opaque: set[int] = set()
        self._marked: set[int] = set()  #: folders made in the own folder for marks inside them

    # While the layer is merged

    def way(self, path: bytes) -> None:
        """``path`` was just walked for an entry or a mark: a driver sees no lower symlinks."""
        if self._tree.crossed < self._tree.floor:
            self._remarks.note("overlay-folder", path)

    def whiteout(self, node: int, path: bytes) -> None:
        """Before anything is removed: the device that deletes finds its place taken?"""
        tree = self._tree
        if (
            tree.current[node] >= tree.floor
            or tree.stamp.get(node) == tree.layer
            or node in self._marked
            or node in self._deleted
        ):
            self._remarks.note("overlay-refused", path)
            return
        self._mark(tree.parent[node], path)
        self._deleted.add(node)

    def opaque(self, folder: int, path: bytes) -> None:
        self._mark(folder, path)
        self._opaque.add(folder)

    def hard_link(self, target: int, path: bytes) -> None:
        """To something that exists, its folder having just been walked to."""
        tree = self._tree
        if self._columns.kind[tree.current[target]] == Kind.DIR:
            return
        if tree.current[target] < tree.floor or tree.crossed < tree.floor:
            self._remarks.note("overlay-link", path)

    def bookkeeping(self, path: bytes) -> None:
        """A leftover of AUFS: only the folders around it are made."""
        *folders, _ = path.split(b"/")
        if any(name.startswith(b".wh..wh.") for name in folders):
            self._remarks.note("overlay-bookkeeping", b"/".join(folders))

    # When it is merged

    def end_layer(self) -> None:
        tree = self._tree
        for node in tree.imagined:
            if node in self._deleted:
                self._remarks.note("overlay-refused", self._path(node))
        self._shown_again()
        self._ghosts()
        self._attributes()
        self._parents()

    def _mark(self, folder: int, path: bytes) -> None:
        """The folders on the way to a mark are made, where there is nothing else."""
        tree, columns = self._tree, self._columns
        while folder != NOTHING and folder not in self._marked:
            slot = tree.current[folder]
            if slot == NOTHING:
                if folder in self._deleted:
                    self._remarks.note("overlay-refused", path)
            elif slot >= tree.floor and columns.kind[slot] != Kind.DIR:
                self._remarks.note("overlay-refused", path)
            self._marked.add(folder)
            folder = tree.parent[folder]

    def _shown_again(self) -> None:
        """What is hidden below a folder that is not opaque for the kernel."""
        tree = self._tree
        root = ROOT in self._opaque
        if not root and not any(map(self._is_stored_folder, self._deleted)):
            return
        merged = {ROOT: True}  # by folder: does the kernel show what lower layers have in it?
        for count, hidden in enumerate(tree.below):
            if not count & 0xFFFF:
                self._task.checkpoint()
            if tree.current[hidden] != NOTHING:
                continue
            climbed = []
            node = hidden
            while node not in merged:
                climbed.append(node)
                node = tree.parent[node]
            for node in reversed(climbed):
                merged[node] = merged[tree.parent[node]] and self._merges(node)
            if merged[hidden]:
                again = not root or self._under_deleted(hidden)
                code = "overlay-shows" if again else "overlay-root-opaque"
                self._remarks.note(code, self._path(hidden))

    def _merges(self, node: int) -> bool:
        """Has the own folder nothing in that place, or a folder that is not opaque?"""
        slot = self._tree.current[node]
        if slot == NOTHING:
            return node not in self._deleted
        return node not in self._opaque and self._columns.kind[slot] == Kind.DIR

    def _ghosts(self) -> None:
        """Deleting devices in folders with nothing to merge are listed by the kernel."""
        tree = self._tree
        for node in self._deleted:
            if tree.current[node] == NOTHING and self._alone(tree.parent[node]):
                self._remarks.note("overlay-ghost", self._path(node))

    def _alone(self, folder: int) -> bool:
        """Is this a folder of the layer that is not merged with one of a lower layer?"""
        tree, kinds = self._tree, self._columns.kind
        lower = tree.below.get(folder, tree.current[folder])
        alone = lower == NOTHING or lower >= tree.floor or kinds[lower] != Kind.DIR
        while folder != ROOT:
            slot = tree.current[folder]
            if slot >= tree.floor and kinds[slot] != Kind.DIR:
                return False  # replaced afterwards
            alone = alone or folder in self._opaque
            folder = tree.parent[folder]
        return alone

    def _attributes(self) -> None:
        """Devices and attributes by which the kernel itself deletes."""
        tree, columns = self._tree, self._columns
        for slot, device in _latest(columns.device, tree.floor):
            if device == (0, 0) and columns.kind[slot] == Kind.CHAR and self._visible(slot):
                self._remarks.note("overlay-device", self._path(columns.node[slot]))
        for slot, packed in _latest(columns.xattrs, tree.floor):
            if b"overlay.opaque" not in packed or columns.kind[slot] != Kind.DIR:
                continue
            attributes = decoded(packed)
            node = columns.node[slot]
            lower = tree.below.get(node, NOTHING)
            if (
                any(attributes.get(name) == b"y" for name in _OPAQUE_ATTRIBUTES)
                and self._visible(slot)
                and lower != NOTHING
                and columns.kind[lower] == Kind.DIR
            ):
                self._remarks.note("overlay-attribute", self._path(node))

    def _parents(self) -> None:
        """Folders that the layer does not store, but needs: some engines make them plain."""
        tree, columns = self._tree, self._columns
        for node in {*tree.stamped, *self._marked} - {ROOT}:
            slot = tree.current[node]
            if slot == NOTHING or slot >= tree.floor:
                continue
            attributes = columns.mode[slot], columns.uid[slot], columns.gid[slot]
            if columns.kind[slot] != Kind.DIR:
                self._remarks.note("overlay-folder", self._path(node))
            elif attributes != (_PLAIN_MODE, 0, 0):
                self._remarks.note("overlay-parent", self._path(node))

    # Asking the tree

    def _is_stored_folder(self, node: int) -> bool:
        slot = self._tree.current[node]
        return (
            slot >= self._tree.floor
            and self._columns.kind[slot] == Kind.DIR
            and self._columns.number[slot] != NOTHING
        )

    def _visible(self, slot: int) -> bool:
        node = self._columns.node[slot]
        return node != NOTHING and self._tree.current[node] == slot

    def _under_deleted(self, node: int) -> bool:
        while node != ROOT and node not in self._deleted:
            node = self._tree.parent[node]
        return node != ROOT

    def _path(self, node: int) -> bytes:
        names = []
        while node != ROOT:
            names.append(self._tree.name[node])
            node = self._tree.parent[node]
        return b"/".join(reversed(names))


def _latest(column: dict[int, V], floor: int) -> Iterator[tuple[int, V]]:
    """Those of the layer that begins at ``floor``, whose slots came into the column last."""
    for slot in reversed(column):
        if slot < floor:
            return
        yield slot, column[slot]

"""What whiteouts and opaque marks take out of the tree that is being merged (FORMATS.md 6.2)."""

from __future__ import annotations

from array import array
from dataclasses import field

from layerscope.engine.dataclass import dataclass
from layerscope.engine.rootfs.columns import NOTHING, Columns
from layerscope.engine.rootfs.overlay import OverlayWatch
from layerscope.engine.rootfs.remarks import Remarks
from layerscope.engine.rootfs.tree import Tree
from layerscope.engine.rootfs.values import ROOT, Kind, Mark

_PREFIX = b".wh."
_WHITEOUT, _OPAQUE = int(Mark.WHITEOUT), int(Mark.OPAQUE)
_DIR = int(Kind.DIR)


@dataclass(slots=True)
class Marks:
    """The whiteouts and opaque marks of a stack, in tar order, as parallel columns."""

    layer: array[int] = field(default_factory=lambda: array("i"))
    node: array[int] = field(default_factory=lambda: array("i"))
    kind: bytearray = field(default_factory=bytearray)
    number: array[int] = field(default_factory=lambda: array("i"))

    def add(self, layer: int, node: int, kind: int, number: int) -> None:
        self.layer.append(layer)
        self.node.append(node)
        self.kind.append(kind)
        self.number.append(number)


class Whiteouts:
    """They hide what lower layers left, whatever their place among the entries of their own."""

    def __init__(
        self, marks: Marks, tree: Tree, columns: Columns, remarks: Remarks, overlay: OverlayWatch
    ) -> None:
        self._marks = marks
        self._tree = tree
        self._columns = columns
        self._remarks = remarks
        self._overlay = overlay
        self._pruned: set[int] = set()

    def begin_layer(self) -> None:
        self._pruned = set()

    def delete(self, path: bytes, number: int) -> None:
        """By the whiteout at ``path``, entry ``number`` of the layer."""
        head, _, name = path.rpartition(b"/")
        folder = self._marked_folder(head)
        if folder != NOTHING:
            target = self._tree.plant(folder, name[len(_PREFIX) :])
            self._marks.add(self._tree.layer, target, _WHITEOUT, number)
            self._overlay.whiteout(target, path)
            self._prune(target, path)

    def empty(self, path: bytes, number: int) -> None:
        """By the opaque mark at ``path``: all that lower layers have in its folder goes."""
        folder = self._marked_folder(path.rpartition(b"/")[0])
        if folder != NOTHING:
            self._marks.add(self._tree.layer, folder, _OPAQUE, number)
            self._overlay.opaque(folder, path)
            self._prune_inside(folder)

    def _marked_folder(self, path: bytes) -> int:
        """The folder of a whiteout or opaque mark.  Where there is none the mark does nothing
        but is listed: its place in the tree is made, with nobody living there."""
        folder = self._tree.folder(path, make=False)
        self._overlay.way(path)
        if folder != NOTHING:
            return folder
        folder = ROOT
        for name in path.split(b"/"):
            folder = self._tree.plant(folder, name)
        return folder

    def _prune(self, node: int, path: bytes) -> None:
        """Remove what lower layers left of a node; what this layer stored below it stays."""
        tree = self._tree
        slot = tree.current[node]
        if slot == NOTHING:
            return
        if slot < tree.floor and tree.stamp.get(node) != tree.layer:
            tree.bury(node)
            return
        if self._columns.kind[slot] == _DIR:
            self._survive(node)
            self._prune_inside(node)
        else:
            self._remarks.note("own-whiteout", path)

    def _prune_inside(self, folder: int) -> None:
        """The same for everything in a folder.

        A folder is looked through once per layer: whatever comes into it later is of this layer.
        """
        tree, kinds = self._tree, self._columns.kind
        pending = [folder]
        while pending:
            folder = pending.pop()
            if folder in self._pruned:
                continue
            self._pruned.add(folder)
            for node in list(tree.children.get(folder, {}).values()):
                slot = tree.current[node]
                if slot < tree.floor and tree.stamp.get(node) != tree.layer:
                    tree.bury(node)
                elif kinds[slot] == _DIR:
                    self._survive(node)
                    pending.append(node)

    def _survive(self, node: int) -> None:
        """A lower folder that lives on only because of what this layer stored in it."""
        tree = self._tree
        if tree.current[node] < tree.floor:
            tree.retire(node)
            tree.current[node] = self._columns.imagine(node)

"""The stacking of layers by FORMATS.md 6.2: entries in tar order onto one growing tree."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import compress

from layerscope.engine.content.limits import Limits
from layerscope.engine.layers import clean
from layerscope.engine.rootfs.columns import NOTHING, BlockColumns, Columns
from layerscope.engine.rootfs.comparing import CHANGES, compare
from layerscope.engine.rootfs.overlay import OverlayWatch
from layerscope.engine.rootfs.remarks import Remarks
from layerscope.engine.rootfs.tree import Tree
from layerscope.engine.rootfs.values import ROOT, Kind, Mark
from layerscope.engine.rootfs.whiteouts import Marks, Whiteouts
from layerscope.engine.task import Task

AUFS_LINKS = b".wh..wh.plnk/"

_ENTRY, _WHITEOUT, _OPAQUE = int(Mark.ENTRY), int(Mark.WHITEOUT), int(Mark.OPAQUE)
_DIR, _HARDLINK, _FILE = int(Kind.DIR), int(Kind.HARDLINK), int(Kind.FILE)


class Merge:
    """Feed it layers, bottom first; the result is in ``columns``, ``tree`` and ``marks``.

    A damaged or odd layer never stops the merge: what is odd is remarked upon.
    """

    def __init__(self, limits: Limits, task: Task) -> None:
        self.columns = Columns()
        self.remarks = Remarks()
        self.tree = Tree(self.columns, self.remarks, limits, task)
        self.marks = Marks()
        self._overlay = OverlayWatch(self.tree, self.columns, self.remarks, task)
        self._whiteouts = Whiteouts(
            self.marks, self.tree, self.columns, self.remarks, self._overlay
        )
        self.floors: list[int] = [0]  #: the first slot of layer number i, by i
        self._task = task
        self.counts: list[int] = []  #: of the last layer, by change class
        self.entries = 0  #: of the last layer, whiteouts included
        self.stored_bytes = 0  #: content of the last layer
        self._aufs: dict[bytes, int] = {}

    def add_layer(self, blocks: Iterable[BlockColumns]) -> None:
        """Stack one layer upon those that are there."""
        tree = self.tree
        tree.begin_layer(len(self.floors))
        self._overlay.begin_layer()
        self.remarks.layer = len(self.floors)
        self.floors.append(tree.floor)
        self._whiteouts.begin_layer()
        number = 0
        self.stored_bytes = 0
        for block in blocks:
            self._task.checkpoint()
            self.tree.spend(sum(map(len, block.paths)))
            first = self.columns.take(block, number)
            self._add_block(block.paths, block.kinds, block.marks, first)
            number += len(block)
            self.stored_bytes += sum(compress(block.sizes, map(_FILE.__eq__, block.kinds)))
        self.entries = number
        self._overlay.end_layer()
        self._classify()

    def layer_of(self, slot: int) -> int:
        """The layer of a slot; 0 for the root that every stack begins with."""
        return bisect_right(self.floors, slot) - 1

    def _add_block(
        self, paths: Iterable[bytes], kinds: Iterable[int], marks: Iterable[int], first: int
    ) -> None:
        """The one loop over all entries.

        What is new in a folder that was just looked at, nearly everything, takes the short way.
        """
        tree = self.tree
        names, graves, nodes = tree.name, tree.graves, self.columns.node
        add_name, add_parent = names.append, tree.parent.append
        add_current = tree.current.append
        known: bytes | None = None  # the path of the folder at hand, while it is sure
        folder = ROOT
        living: dict[bytes, int] = {}
        born = 0
        for slot, (path, kind, mark) in enumerate(zip(paths, kinds, marks, strict=True), first):
            if mark == _ENTRY and path:
                head, _, name = path.rpartition(b"/")
                if head != known:
                    known = None
                    folder = tree.folder(head, make=True)
                    self._overlay.way(head)
                    if folder == NOTHING:
                        continue
                    known = head
                    tree.mark_path(folder)
                    living = tree.children.setdefault(folder, {})
                if name not in living and folder not in graves and kind != _HARDLINK:
                    node = len(names)
                    add_name(name)
                    add_parent(folder)
                    add_current(slot)
                    living[name] = nodes[slot] = node
                    born += 1
                    continue
                self._put(slot, folder, name, path, kind)
            else:
                self._mark(slot, path, kind, mark)
            known = None
        tree.alive += born

    def _put(self, slot: int, folder: int, name: bytes, path: bytes, kind: int) -> None:
        """An entry where something is or was, or a hard link."""
        tree, columns = self.tree, self.columns
        node = tree.plant(folder, name)
        target = self._link_target(slot, node, path) if kind == _HARDLINK else NOTHING
        old = tree.current[node]
        if old == NOTHING:
            tree.revive(node, slot)
        elif (columns.kind[old] == _DIR) == (kind == _DIR):
            self._replace(node, slot, path)
        else:
            tree.bury(node)
            tree.revive(node, slot)
        earlier = tree.taken_back.pop(node, None)
        if earlier is not None:
            columns.node[earlier] = NOTHING
            self.remarks.note("duplicate-path", path)
        if kind == _HARDLINK:
            self._link(slot, target, path)

    def _replace(self, node: int, slot: int, path: bytes) -> None:
        """Folder over folder, whose children stay, or leaf over leaf."""
        tree, columns = self.tree, self.columns
        if columns.kind[tree.current[node]] == Kind.SYMLINK:
            tree.forget_ways()
        tree.retire(node)
        tree.current[node] = slot
        columns.node[slot] = node

    # Hard links

    def _link_target(self, slot: int, node: int, path: bytes) -> int:
        """The node that a hard link names, from the root; the last component is not followed."""
        head, _, name = clean(self.columns.link_of(slot)).rpartition(b"/")
        folder = self.tree.folder(head, make=False)
        if folder == NOTHING or not name:
            return NOTHING
        if folder == self.tree.parent[node] and name == self.tree.name[node]:
            self.remarks.note("hard-link-to-itself", path)
            return NOTHING
        target = self.tree.child(folder, name)
        if target != NOTHING:
            self._overlay.hard_link(target, path)
        return target

    def _link(self, slot: int, target: int, path: bytes) -> None:
        """Share the inode of ``target``, or leave the link broken."""
        columns = self.columns
        inode = self.tree.current[target] if target != NOTHING else NOTHING
        if inode == NOTHING:
            inode = self._aufs.get(clean(columns.link_of(slot)), NOTHING)
        if inode == NOTHING or columns.kind[inode] == _HARDLINK:
            self.remarks.note("broken-hard-link", path)
        elif columns.kind[inode] == _DIR:
            self.remarks.note("hard-link-to-folder", path)
        else:
            columns.share(slot, inode)
            if columns.kind[slot] == Kind.SYMLINK:
                self.tree.forget_ways()

    # What is not an entry of the tree

    def _mark(self, slot: int, path: bytes, kind: int, mark: int) -> None:
        if not path:
            self._put_root(slot, kind)
            return
        name = path.rpartition(b"/")[2]
        if mark == _WHITEOUT:
            self._whiteouts.delete(path, self.columns.number[slot])
        elif mark == _OPAQUE:
            self._whiteouts.empty(path, self.columns.number[slot])
        elif name in (b".wh.", b".wh..", b".wh..."):
            self.remarks.note("invalid-whiteout", path)
        else:
            self.remarks.note("aufs-leftover", path)
            self._overlay.bookkeeping(path)
            if kind == _FILE and path.startswith(AUFS_LINKS):
                self._aufs[path] = slot

    def _put_root(self, slot: int, kind: int) -> None:
        """The root takes attributes as umoci does, but never another type (CVE-2021-29136)."""
        if kind != _DIR:
            self.remarks.note("root-not-folder", b"")
            return
        self._replace(ROOT, slot, b"")
        earlier = self.tree.taken_back.pop(ROOT, None)
        if earlier is not None:
            self.columns.node[earlier] = NOTHING

    def _classify(self) -> None:
        """The change classes of what this layer put in the place of something."""
        change, current = self.columns.change, self.tree.current
        counts = [0] * len(CHANGES)
        for node, old in self.tree.below.items():
            slot = current[node]
            if slot != NOTHING and old != 0:
                change[slot] = compare(self.columns, old, slot)
                counts[change[slot]] += node != ROOT
        self.counts = counts

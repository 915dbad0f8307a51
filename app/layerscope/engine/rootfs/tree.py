"""The growing tree of one merge: nodes, their living children, and the walk to a folder.

A node is a parent and a name and stays for ever; whether something is there now says
``current``.  Nothing here recurses, and dead nodes are kept apart from living ones, so that no
sequence of entries costs more than its own length.
"""

from __future__ import annotations

from array import array

from layerscope.engine.content.limits import Limits, raising, reached
from layerscope.engine.errors import LimitReached
from layerscope.engine.rootfs.columns import FOREVER, NOTHING, Columns
from layerscope.engine.rootfs.remarks import Remarks
from layerscope.engine.rootfs.values import ROOT, Kind
from layerscope.engine.task import Task

MAX_HOPS = 40  #: symbolic links on the way to one folder, as in Linux
MAX_TARGET = 4096  #: bytes of a symbolic link's target, as in Linux
_STEP = 10  #: what walking one component costs
MAX_WAYS = 8_000_000  #: bytes of folder paths remembered


class Tree:
    """``children`` holds the living only, ``graves`` the dead and the never born by name."""

    def __init__(self, columns: Columns, remarks: Remarks, limits: Limits, task: Task) -> None:
        self.columns = columns
        self.remarks = remarks
        self.parent = array("i", [NOTHING])
        self.name: list[bytes] = [b""]
        self.current = array("i", [NOTHING])  #: the visible slot of each node
        self.stamp: dict[int, int] = {}  #: by folder, the last layer that stored something inside
        self.children: dict[int, dict[bytes, int]] = {ROOT: {}}
        self.graves: dict[int, dict[bytes, int]] = {}
        self.layer = 0
        self.floor = 0  #: the first slot of the current layer
        self.alive = 0  #: visible nodes, the root not counted
        #: what each node was before the current layer, of nodes that are something else now
        self.below: dict[int, int] = {}
        #: what the current layer stored and took back itself, by node
        self.taken_back: dict[int, int] = {}
        #: the lowest slot of a symbolic link on the way that was walked last; FOREVER without any
        self.crossed = FOREVER
        self.stamped: list[int] = []  #: the folders that the current layer stores something in
        self.imagined: list[int] = []  #: the folders that it made necessary
        self._bent: dict[bytes, int] = {}  #: ``crossed`` of the ways that have symbolic links
        self._ways: dict[bytes, int] = {b"": ROOT}
        self._ways_bytes = 0
        self._spent = 0
        self._budget = limits.path_budget
        self._task = task
        self.current[ROOT] = columns.imagine(ROOT)
        columns.change[self.current[ROOT]] = 0

    def begin_layer(self, number: int) -> None:
        self.layer = number
        self.floor = len(self.columns)
        self.below = {}
        self.taken_back = {}
        self.stamped = []
        self.imagined = []

    # Finding

    def folder(self, path: bytes, *, make: bool) -> int:
        """The node of the folder that ``path`` leads to, NOTHING where it leads nowhere.

        Symbolic links on the way are followed inside the root.  With ``make``, what is missing
        becomes an implicit folder, and so does, with a remark, what is no folder.
        """
        found = self._ways.get(path)
        if found is not None:
            self.crossed = self._bent.get(path, FOREVER)
            return found
        head, _, name = path.rpartition(b"/")
        start = self._ways.get(head)
        self.crossed = FOREVER if start is None else self._bent.get(head, FOREVER)
        if start is None:
            found = self._walk(ROOT, path.split(b"/"), path, make)
        else:
            found = self._walk(start, [name], path, make)
        if found != NOTHING:
            self._ways_bytes += len(path)
            if self._ways_bytes > MAX_WAYS:
                self.forget_ways()
            self._ways[path] = found
            if self.crossed != FOREVER:
                self._bent[path] = self.crossed
        return found

    def _walk(self, node: int, parts: list[bytes], path: bytes, make: bool) -> int:
        columns, hops = self.columns, 0
        missing: list[bytes] = []  # names below ``node`` where no folder is; ".." takes them back
        parts.reverse()
        while parts:
            part = parts.pop()
            self.spend(_STEP)
            if part in (b"", b"."):
                continue
            if part == b"..":
                if missing:
                    missing.pop()
                elif node != ROOT:
                    node = self.parent[node]
                continue
            child = NOTHING if missing else self.child(node, part)
            kind = columns.kind[self.current[child]] if child != NOTHING else None
            if kind == Kind.DIR:
                node = child
            elif kind == Kind.SYMLINK:
                slot = self.current[child]
                self.crossed = min(self.crossed, slot)
                target = columns.target_of(slot)
                hops += 1
                if hops > MAX_HOPS or len(target) > MAX_TARGET:
                    self.remarks.note("symlink-loop", path)
                    return NOTHING
                if target.startswith(b"/"):
                    node = ROOT
                parts.extend(reversed(target.split(b"/")))
            else:
                missing.append(part)
        if missing and not make:
            return NOTHING
        for name in missing:
            child = self.child(node, name)
            if child != NOTHING:
                self.remarks.note("parent-not-folder", path)
                self.bury(child)
            node = self.imagine(node, name)
            self.imagined.append(node)
        return node

    def child(self, folder: int, name: bytes) -> int:
        """The living node of that name in a folder, or NOTHING."""
        living = self.children.get(folder)
        return living.get(name, NOTHING) if living else NOTHING

    def spend(self, path_bytes: int) -> None:
        """Take from the budget, which a stack of ordinary paths never uses up.

        Paths cost memory, and walking through long symbolic links costs time; ``path_budget``
        bounds both for all layers together.
        """
        before, self._spent = self._spent, self._spent + path_bytes
        if before >> 20 != self._spent >> 20:
            self._task.checkpoint()
        if self._spent > self._budget:
            raise LimitReached(
                f"The paths of layers 1 to {self.layer} are too long, or lead through too many "
                f"symbolic links: merging them was {reached('path_budget', self._budget)}.",
                hint=raising("path_budget"),
                limit="path_budget",
                value=self._budget,
                layer=self.layer,
            )

    # Growing

    def plant(self, folder: int, name: bytes) -> int:
        """The node of that name, made if need be; what is there, if anything, stays."""
        living = self.children.get(folder)
        if living is not None and name in living:
            return living[name]
        dead = self.graves.get(folder)
        if dead is not None and name in dead:
            return dead[name]
        node = len(self.name)
        self.parent.append(folder)
        self.name.append(name)
        self.current.append(NOTHING)
        self.graves.setdefault(folder, {})[name] = node
        return node

    def revive(self, node: int, slot: int) -> None:
        """Let ``slot`` be what is visible at a node where nothing is."""
        folder, name = self.parent[node], self.name[node]
        dead = self.graves[folder]
        del dead[name]
        if not dead:
            del self.graves[folder]
        self.children.setdefault(folder, {})[name] = node
        self.current[node] = slot
        self.columns.node[slot] = node
        self.alive += 1

    def imagine(self, folder: int, name: bytes) -> int:
        """An implicit folder where nothing is."""
        node = self.plant(folder, name)
        self.revive(node, self.columns.imagine(node))
        self.mark_path(folder)
        return node

    def mark_path(self, folder: int) -> None:
        """Note that the current layer stores something in this folder."""
        stamp, parent, layer = self.stamp, self.parent, self.layer
        while folder != NOTHING and stamp.get(folder) != layer:
            stamp[folder] = layer
            self.stamped.append(folder)
            folder = parent[folder]

    # Ending

    def retire(self, node: int) -> None:
        """End what is visible at a node."""
        slot = self.current[node]
        self.columns.end[slot] = self.layer
        if slot < self.floor:
            self.below.setdefault(node, slot)
        elif self.columns.number[slot] == NOTHING:
            self.columns.node[slot] = NOTHING  # imagined too early
        else:
            self.taken_back[node] = slot

    def bury(self, node: int) -> None:
        """Remove a node and everything below, whichever layer it is from."""
        folder = self.parent[node]
        del self.children[folder][self.name[node]]
        self.graves.setdefault(folder, {})[self.name[node]] = node
        columns, current = self.columns, self.current
        forget = False
        pending = [node]
        while pending:
            node = pending.pop()
            slot = current[node]
            forget = forget or columns.kind[slot] in (Kind.DIR, Kind.SYMLINK)
            self.retire(node)
            current[node] = NOTHING
            self.alive -= 1
            living = self.children.pop(node, None)
            if living:
                pending.extend(living.values())
                self.graves.setdefault(node, {}).update(living)
        if forget:
            self.forget_ways()

    def forget_ways(self) -> None:
        """Paths may lead elsewhere from now on: a folder or a symbolic link has gone."""
        self._ways = {b"": ROOT}
        self._bent = {}
        self._ways_bytes = 0

"""What is to be given back of a stack: the paths that a view shows below some of its paths.

Made for a million paths: nothing is kept per path but a number or two, and the tree is walked again
for each question instead.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from layerscope.engine.content.extraction import Attributes
from layerscope.engine.layers.pax import decoded
from layerscope.engine.rootfs.columns import NOTHING
from layerscope.engine.rootfs.stack import Stack
from layerscope.engine.rootfs.values import ROOT, Kind, Mark, View
from layerscope.engine.task import Task

_EVERY = 1000  #: paths between two looks at the task
_SETUID = 0o6000
_CAPABILITY = b"security.capability"


@dataclass(frozen=True, slots=True)
class Pick:
    """One node of the timeline that is wanted with all below it, as ``path`` of the result (b"" is
    its root)."""

    node: int
    path: bytes


@dataclass(frozen=True, slots=True)
class Tally:
    """What a selection comes to.  ``bytes`` is the content to be written, that of several names of
    one file once, holes of sparse files included.  ``owners`` counts paths by (uid, gid)."""

    files: int = 0
    folders: int = 0
    symlinks: int = 0
    hard_links: int = 0
    devices: int = 0
    fifos: int = 0
    others: int = 0  #: broken links and entries of unknown types
    bytes: int = 0
    setuid: int = 0  #: files with setuid, setgid or a capability
    xattrs: int = 0  #: paths with extended attributes
    owners: tuple[tuple[tuple[int, int], int], ...] = ()
    layers: tuple[int, ...] = ()  #: those whose content is read

    @property
    def paths(self) -> int:
        """All that is counted, whatever its kind."""
        return (
            self.files
            + self.folders
            + self.symlinks
            + self.hard_links
            + self.devices
            + self.fifos
            + self.others
        )


@dataclass(frozen=True, slots=True)
class Selected:
    """One path of the result and the version (slot) that it has."""

    node: int
    slot: int
    path: bytes


@dataclass(slots=True)
class Selection:
    """The nodes below ``picks``, which must be in the order of their nodes and not one inside
    another.  Every walk over them stops when ``task`` is cancelled."""

    stack: Stack
    view: View
    picks: Sequence[Pick]
    task: Task = field(default_factory=Task)
    _firsts: dict[int, int] | None = field(default=None, init=False)

    def all(self) -> Iterator[Selected]:
        """Every path, folders before what is in them, in the order of the tree.  ``slot`` is
        NOTHING for a folder that a single layer does not store but has something in."""
        stack = self.stack
        shown = self._shown()
        last, depth = stack.last, stack.depth
        steps = 0
        for pick in self.picks:
            top = depth[pick.node]
            above: list[bytes] = []  # the paths of the folders down to the current one
            node, end = pick.node, last[pick.node]
            while node <= end:
                steps += 1
                if steps % _EVERY == 0:
                    self.task.checkpoint()
                slot, inside = shown(node)
                level = depth[node] - top
                del above[level:]
                if level == 0:
                    path = pick.path
                else:
                    folder = above[-1]
                    path = folder + b"/" + stack.name(node) if folder else stack.name(node)
                if slot == NOTHING and not inside:
                    # What is below a path that is not shown is not shown either.
                    node = last[node] + 1
                    continue
                above.append(path)
                yield Selected(node, slot, path)
                node += 1

    def path(self, node: int) -> bytes:
        """The path of one node of the selection."""
        stack = self.stack
        pick = self.picks[bisect_right(self.picks, node, key=lambda pick: pick.node) - 1]
        parts = []
        while node != pick.node:
            parts.append(stack.name(node))
            node = stack.parent[node]
        if pick.path:
            parts.append(pick.path)
        return b"/".join(reversed(parts))

    def attributes(self, slot: int) -> Attributes:
        """Of a folder that nobody stores: 0755 root:root at the beginning of 1970."""
        stack = self.stack
        if slot == NOTHING:
            return Attributes(0o755, 0, 0, 0)
        xattrs = stack.xattrs_of(slot)
        return Attributes(
            stack.mode[slot] & 0o7777,
            stack.uid[slot],
            stack.gid[slot],
            stack.mtime[slot],
            decoded(xattrs) if xattrs else {},
        )

    def kind(self, slot: int) -> Kind:
        """DIR for a folder that nobody stores."""
        return Kind.DIR if slot == NOTHING else Kind(self.stack.kind[slot])

    def implicit(self, slot: int) -> bool:
        """Whether a folder is there only because something is in it."""
        return slot == NOTHING or self.stack.number[slot] < 0

    def first(self, selected: Selected) -> int:
        """The node that stands for a file with several names: the first of them in the tree."""
        return self._all_firsts().get(self.stack.inode_of(selected.slot), selected.node)

    def has_content(self, selected: Selected) -> bool:
        """Whether it is a file with bytes, and not a further name of one."""
        slot = selected.slot
        return (
            self.kind(slot) is Kind.FILE
            and self.stack.size[slot] > 0
            and self.first(selected) == selected.node
        )

    def linked(self, slot: int) -> bool:
        """Whether a file has several names in the selection."""
        return slot != NOTHING and self.stack.inode_of(slot) in self._all_firsts()

    def source(self, slot: int) -> tuple[int, int]:
        """Layer and entry number of the content of a file."""
        inode = self.stack.inode_of(slot)
        return self.stack.layer_of(inode), self.stack.number[inode]

    def whiteouts(self) -> Iterator[bytes]:
        """The paths that only a whiteout of the single layer of the view names."""
        layer = self.view.layer
        if layer is None:
            return
        stack = self.stack
        ends = [(pick.node, stack.last[pick.node]) for pick in self.picks]
        for node, at, kind in zip(stack.mark_node, stack.mark_layer, stack.mark_kind, strict=True):
            if at != layer or kind != Mark.WHITEOUT or stack.stored(node, layer) != NOTHING:
                continue
            if any(start <= node <= end for start, end in ends):
                yield self.path(node)

    def tally(self) -> Tally:
        """Count everything; a walk over the whole selection."""
        stack = self.stack
        kinds: Counter[Kind] = Counter()
        owners: Counter[tuple[int, int]] = Counter()
        layers: set[int] = set()
        again = size = setuid = xattrs = 0
        for each in self.all():
            slot = each.slot
            kind = self.kind(slot)
            if slot != NOTHING:
                owners[stack.uid[slot], stack.gid[slot]] += 1
                xattrs += bool(stack.xattrs_of(slot))
            if kind in (Kind.FILE, Kind.SYMLINK) and self.first(each) != each.node:
                again += 1
                continue
            kinds[kind] += 1
            if kind == Kind.FILE:
                special = stack.mode[slot] & _SETUID or _CAPABILITY in stack.xattrs_of(slot)
                setuid += bool(special)
                size += stack.size[slot]
                if stack.size[slot]:
                    layers.add(self.source(slot)[0])
        return Tally(
            files=kinds[Kind.FILE],
            folders=kinds[Kind.DIR],
            symlinks=kinds[Kind.SYMLINK],
            hard_links=again,
            devices=kinds[Kind.CHAR] + kinds[Kind.BLOCK],
            fifos=kinds[Kind.FIFO],
            others=kinds[Kind.OTHER] + kinds[Kind.HARDLINK],
            bytes=size,
            setuid=setuid,
            xattrs=xattrs,
            owners=tuple(owners.most_common()),
            layers=tuple(sorted(layers)),
        )

    def _shown(self) -> Callable[[int], tuple[int, bool]]:
        """For a node: the version shown, and whether it is shown without one, as a folder that a
        single layer has something in."""
        stack, view = self.stack, self.view
        if view.layer is None:
            as_of = view.as_of
            return lambda node: (stack.visible(node, as_of), False)
        layer = view.layer
        within = _folders_of(stack, layer, self.task)
        return lambda node: (stack.stored(node, layer), node in within)

    def _all_firsts(self) -> dict[int, int]:
        if self._firsts is None:
            firsts: dict[int, int] = {}
            several: dict[int, int] = {}
            if self.stack.inode is not None:
                for each in self.all():
                    if each.slot == NOTHING or self.kind(each.slot) == Kind.DIR:
                        continue
                    inode = self.stack.inode_of(each.slot)
                    if len(self.stack.names_of(inode)) < 2:
                        continue
                    if inode in firsts:
                        several[inode] = firsts[inode]
                    else:
                        firsts[inode] = each.node
            self._firsts = several
        return self._firsts


def _folders_of(stack: Stack, layer: int, task: Task) -> set[int]:
    """The folders above everything that one layer stores."""
    within: set[int] = {ROOT}
    for slot in range(stack.floors[layer], stack.floors[layer + 1]):
        if slot % _EVERY == 0:
            task.checkpoint()
        if stack.number[slot] < 0 or stack.node[slot] < 0:
            continue
        node = stack.node[slot]
        while node != ROOT:
            node = stack.parent[node]
            if node in within:
                break
            within.add(node)
    return within

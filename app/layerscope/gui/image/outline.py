"""The shape of a flat list of files in which folders can be open: which row is which child."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Generic, TypeVar

from layerscope.engine.dataclass import dataclass

T = TypeVar("T")

PAGE = 2_000  #: children of one folder that are fetched together


class Branch(Generic[T]):
    """One open folder: how many children it has, those that were fetched, those that are open.

    ``node`` is the folder's number in the timeline, ``depth`` the depth of its children (0 for the
    children of the root).  Children are numbered from 0 in the order of the current sort.
    """

    __slots__ = (
        "_positions",
        "depth",
        "index",
        "marks",
        "node",
        "opened",
        "pages",
        "parent",
        "size",
        "total",
    )

    def __init__(self, node: int, total: int, parent: Branch[T] | None = None, index: int = 0):
        self.node = node
        self.total = total
        self.parent = parent
        self.index = index
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.pages: dict[int, list[T]] = {}
        self.opened: list[Branch[T]] = []  #: in the order of ``marks``
        self.marks: list[int] = []  #: the open children, ascending
        self.size = total  #: rows below this folder that the list shows
        self._positions: list[int] | None = None

    def child(self, index: int) -> T | None:
        """The value at ``index``, or None while its page was not fetched."""
        page = self.pages.get(index // PAGE)
        offset = index % PAGE
        return page[offset] if page is not None and offset < len(page) else None

    def open_child(self, index: int) -> Branch[T] | None:
        at = bisect_left(self.marks, index)
        if at < len(self.marks) and self.marks[at] == index:
            return self.opened[at]
        return None

    def positions(self) -> list[int]:
        """Where, counted from the first row of this folder, the open children themselves are."""
        if self._positions is None:
            self._positions = []
            shift = 0
            for mark, branch in zip(self.marks, self.opened, strict=True):
                self._positions.append(mark + shift)
                shift += branch.size
        return self._positions

    def resized(self, by: int) -> None:
        """Tell this folder and all above it that it shows ``by`` more rows."""
        branch: Branch[T] | None = self
        while branch is not None:
            branch.size += by
            branch._positions = None
            branch = branch.parent


@dataclass(frozen=True, slots=True)
class Place(Generic[T]):
    """One row of the list: the folder it is in and its number among the children there."""

    branch: Branch[T]
    index: int

    @property
    def value(self) -> T | None:
        return self.branch.child(self.index)

    @property
    def depth(self) -> int:
        return self.branch.depth

    @property
    def below(self) -> Branch[T] | None:
        """What the row shows below itself, or None while it is closed."""
        return self.branch.open_child(self.index)


class Outline(Generic[T]):
    """All rows that are shown.  Holds values of fetched pages only, and no row numbers, so that
    opening a folder of a million children costs as much as opening one of ten."""

    def __init__(self, root: int, total: int) -> None:
        self.root: Branch[T] = Branch(root, total)

    def __len__(self) -> int:
        return self.root.size

    def place(self, row: int) -> Place[T]:
        """Where row ``row`` (0 to len - 1) is."""
        branch, rest = self.root, row
        while True:
            positions = branch.positions()
            at = bisect_right(positions, rest) - 1
            if at < 0:
                return Place(branch, rest)
            below = branch.opened[at]
            past = rest - positions[at]
            if past == 0:
                return Place(branch, branch.marks[at])
            if past > below.size:
                return Place(branch, branch.marks[at] + past - below.size)
            branch, rest = below, past - 1

    def row(self, branch: Branch[T], index: int) -> int:
        """The row of child ``index`` of ``branch``; the inverse of ``place``."""
        row = 0
        above: Branch[T] | None = branch
        while above is not None:
            at = bisect_left(above.marks, index)
            if at < len(above.marks) and above.marks[at] == index:
                row += above.positions()[at]
            elif at:
                row += above.positions()[at - 1] + above.opened[at - 1].size
                row += index - above.marks[at - 1]
            else:
                row += index
            index = above.index
            above = above.parent
            row += above is not None
        return row

    def open(self, place: Place[T], node: int, total: int) -> Branch[T]:
        """Open the folder at ``place``, which is closed; its ``total`` children follow it."""
        branch = place.branch
        below: Branch[T] = Branch(node, total, branch, place.index)
        at = bisect_left(branch.marks, place.index)
        branch.marks.insert(at, place.index)
        branch.opened.insert(at, below)
        branch.resized(total)
        return below

    def close(self, place: Place[T]) -> int:
        """Close the open folder at ``place`` and forget what is below; how many rows go."""
        branch = place.branch
        at = bisect_left(branch.marks, place.index)
        gone = branch.opened.pop(at).size
        branch.marks.pop(at)
        branch.resized(-gone)
        return gone

    def resize(self, branch: Branch[T], total: int) -> None:
        """Correct the number of children of a folder none of whose later children is open."""
        by = total - branch.total
        branch.total = total
        branch.resized(by)

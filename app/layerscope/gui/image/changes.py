"""Where the next row is that differs from the baseline: asked of a timeline, in the order shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from layerscope.engine.dataclass import dataclass
from layerscope.engine.rootfs import ROOT, Kind, Row, Timeline
from layerscope.gui.image.file_tree import FileTree, Step, folders_first
from layerscope.gui.image.outline import PAGE

_FIRST = 50  #: rows that are read at first; mostly the next change is near


def way_to_change(
    tree: FileTree, start: int, backwards: bool, stopped: Callable[[], bool]
) -> Callable[[Timeline], list[Step] | None]:
    """The steps from the root down to the next changed row after ``start``, or before it, to be
    asked on any thread.  Folders with changes inside are looked into whether they are open or
    not.  ROOT starts at the end that is come from.  None if there is none, if the view does not
    show ``start``, and as soon as ``stopped`` comes true.
    """

    def ask(timeline: Timeline) -> list[Step] | None:
        walk = _Walk(tree, timeline, backwards, stopped)
        found = walk.next_change(start)
        return None if found is None else tree.way(found)(timeline)

    return ask


@dataclass(frozen=True, slots=True)
class _Level:
    """The rows of one folder that are still to be seen, and the folder where that comes last."""

    rows: Iterator[Row]
    folder: Row | None


class _Walk:
    def __init__(
        self, tree: FileTree, timeline: Timeline, backwards: bool, stopped: Callable[[], bool]
    ) -> None:
        self._tree = tree
        self._timeline = timeline
        self._backwards = backwards
        self._stopped = stopped

    def next_change(self, start: int) -> int | None:
        levels = self._levels(start)
        while levels:
            row = next(levels[-1].rows, None)
            if self._stopped():
                return None
            if row is None:
                folder = levels.pop().folder
                if folder is not None and folder.badge:
                    return folder.node
            elif self._backwards and _opens(row):
                levels.append(self._inside(row))
            elif row.badge:
                return row.node
            elif _opens(row):
                levels.append(self._inside(row))
        return None

    def _levels(self, start: int) -> list[_Level]:
        """What comes after ``start``, or before it, in each of the folders above it; the one that
        comes first is last."""
        view, order = self._tree.view, self._tree.order
        above = self._timeline.row(ROOT, view)
        if above is None:
            return []
        if start == ROOT:
            return [self._inside(above)]
        levels: list[_Level] = []
        for node in [*self._timeline.ancestors(start)[1:], start]:
            first = folders_first(order, above.children)
            place = self._timeline.position(node, view, order.sort, order.descending, first)
            row = self._timeline.row(node, view)
            if place is None or row is None:
                return []
            begin = place - 1 if self._backwards else place + 1
            owner = above if self._backwards and above.node != ROOT else None
            levels.append(_Level(self._rows(above, begin), owner))
            above = row
        if not self._backwards and _opens(above):
            levels.append(self._inside(above))
        return levels

    def _inside(self, folder: Row) -> _Level:
        if self._backwards:
            owner = folder if folder.node != ROOT else None
            return _Level(self._rows(folder, folder.children - 1), owner)
        return _Level(self._rows(folder, 0), None)

    def _rows(self, folder: Row, begin: int) -> Iterator[Row]:
        """The children of a folder from one of them on, or from it back."""
        view, order = self._tree.view, self._tree.order
        first = folders_first(order, folder.children)
        size = _FIRST
        while 0 <= begin < folder.children and not self._stopped():
            low = max(0, begin + 1 - size) if self._backwards else begin
            limit = begin + 1 - low if self._backwards else size
            rows = self._timeline.children(
                folder.node, view, order.sort, order.descending, low, limit, first
            )
            yield from reversed(rows) if self._backwards else rows
            begin = low - 1 if self._backwards else low + size
            size = min(PAGE, 2 * size)


def _opens(row: Row) -> bool:
    return row.inside_changed and row.kind is Kind.DIR and row.children > 0

"""One view of a timeline as a list of open folders: reads pages of children and keeps some."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from layerscope.engine.dataclass import dataclass
from layerscope.engine.rootfs import ROOT, Kind, Row, Sort, Timeline, View
from layerscope.gui.image.outline import PAGE, Branch, Outline, Place

SMALL = 5_000  #: folders of up to so many children are read at once, others by the reader
_KEPT = 30  #: pages that are kept


@dataclass(frozen=True, slots=True)
class Order:
    sort: Sort = Sort.NAME
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way down to a node: child ``index`` of the folder reached so far, and the
    page of children that it is in."""

    index: int
    rows: list[Row]


class FileTree:
    """``outline`` holds what is shown; another view or order is another tree."""

    def __init__(self, timeline: Timeline | None, view: View, order: Order) -> None:
        self.timeline = timeline
        self.view = view
        self.order = order
        root = timeline.row(ROOT, view) if timeline is not None else None
        self.outline: Outline[Row] = Outline(ROOT, root.children if root is not None else 0)
        self._fetched: deque[tuple[Branch[Row], int]] = deque()

    def question(self, node: int, page: int, total: int) -> Callable[[Timeline], list[Row]]:
        """A page of the ``total`` children of a folder, to be asked on any thread.  By name,
        folders come first unless there are so many children that sorting them would be felt."""
        view, order = self.view, self.order

        def ask(timeline: Timeline) -> list[Row]:
            return _page(timeline, view, order, node, page, total)

        return ask

    def way(self, node: int) -> Callable[[Timeline], list[Step] | None]:
        """The steps from the root down to a node, to be asked on any thread; None if this view
        does not show it."""
        view, order = self.view, self.order

        def ask(timeline: Timeline) -> list[Step] | None:
            steps: list[Step] = []
            above = timeline.row(ROOT, view)
            for each in _chain(timeline, node):
                row = timeline.row(each, view)
                if above is None or row is None:
                    return None
                first = folders_first(order, above.children)
                index = timeline.position(each, view, order.sort, order.descending, first)
                if index is None:
                    return None
                page = index // PAGE
                rows = _page(timeline, view, order, above.node, page, above.children)
                steps.append(Step(index, rows))
                above = row
            return steps

        return ask

    def load(self, branch: Branch[Row], page: int) -> None:
        if self.timeline is not None:
            self.keep(branch, page, self.question(branch.node, page, branch.total)(self.timeline))

    def keep(self, branch: Branch[Row], page: int, rows: list[Row]) -> None:
        """Put a page in its place; of large folders, pages read long ago are forgotten."""
        branch.pages[page] = rows
        self._fetched.append((branch, page))
        while len(self._fetched) > _KEPT:
            old, number = self._fetched.popleft()
            if old.total > PAGE and not any(mark // PAGE == number for mark in old.marks):
                old.pages.pop(number, None)

    def shown(self, branch: Branch[Row]) -> bool:
        """Whether the folder is still open, and all above it."""
        while branch.parent is not None:
            if branch.parent.open_child(branch.index) is not branch:
                return False
            branch = branch.parent
        return branch is self.outline.root

    def openable(self, branch: Branch[Row], page: int, wanted: set[int]) -> list[int]:
        """The children of one page that are folders with content and among the nodes wanted."""
        if not wanted:
            return []
        return [
            page * PAGE + offset
            for offset, row in enumerate(branch.pages.get(page, ()))
            if row.node in wanted and row.kind is Kind.DIR and row.children
        ]

    def chain(self, node: int) -> list[int]:
        """The nodes above ``node`` without the root, outermost first, and ``node`` itself."""
        return [] if self.timeline is None else _chain(self.timeline, node)

    def place_of(self, node: int) -> Place[Row] | None:
        """Where a node is shown; None if it is not, or was not fetched."""
        branch: Branch[Row] | None = self.outline.root
        place: Place[Row] | None = None
        for wanted in self.chain(node):
            place = _child(branch, wanted) if branch is not None else None
            if place is None:
                return None
            branch = place.below
        return place


def folders_first(order: Order, total: int) -> bool:
    """Whether the folders among so many children come before the files."""
    return order.sort is Sort.NAME and total <= SMALL


def _chain(timeline: Timeline, node: int) -> list[int]:
    above = [one for one in timeline.ancestors(node) if one not in (ROOT, node)]
    return [*above, node]


def _page(
    timeline: Timeline, view: View, order: Order, node: int, page: int, total: int
) -> list[Row]:
    first = folders_first(order, total)
    return timeline.children(node, view, order.sort, order.descending, page * PAGE, PAGE, first)


def _child(branch: Branch[Row], node: int) -> Place[Row] | None:
    for page, rows in branch.pages.items():
        for offset, row in enumerate(rows):
            if row.node == node:
                return Place(branch, page * PAGE + offset)
    return None

"""The finished timeline of one stack: every question that the window and the command line ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Self

from layerscope.engine.content.closing import Closing
from layerscope.engine.rootfs.columns import NOTHING
from layerscope.engine.rootfs.counting import count_changes
from layerscope.engine.rootfs.inside import Tallies
from layerscope.engine.rootfs.query import Query
from layerscope.engine.rootfs.rows import Shown
from layerscope.engine.rootfs.searching import Search, with_ghosts
from layerscope.engine.rootfs.sorting import sorted_children
from layerscope.engine.rootfs.stack import Stack
from layerscope.engine.rootfs.tracing import named_as_of, not_found, resolve, trace
from layerscope.engine.rootfs.values import (
    ROOT,
    ChangeCounts,
    LayerTotals,
    Matches,
    Remark,
    Row,
    Sort,
    TraceStep,
    View,
)

if TYPE_CHECKING:
    from layerscope.engine.rootfs.selection import Selection
    from layerscope.engine.task import Task

PAGE = 2000  #: rows that are asked for at once, unless the caller says otherwise


class Timeline(Closing):
    """Any state of the stack, read-only.

    Cheap to open, and several may be open on one file.  For one thread at a time.  Layers of a
    view that do not exist are taken as the nearest that do; nodes must come from this timeline.
    """

    def __init__(self, stack: Stack, tallies: Tallies) -> None:
        self._stack = stack
        self._tallies = tallies
        self._search = Search(stack)
        self._counts: dict[View, ChangeCounts] = {}
        self._listed: Callable[..., list[int]] = lru_cache(maxsize=8)(self._sorted)

    @classmethod
    def open(cls, path: Path, named: str = "This image") -> Self:
        """``named`` is what errors call the image, such as its reference.

        Raises StoreUnreadable if the file is damaged or of another version: build it again.
        """
        stack = Stack(path, named)
        return cls(stack, Tallies(stack.file))

    def close(self) -> None:
        """Give the file back; nothing may be asked any more."""
        self._listed = self._sorted
        self._stack.close()

    @property
    def layers(self) -> tuple[LayerTotals, ...]:
        """Bottom first."""
        return self._stack.layers

    @property
    def warnings(self) -> tuple[Remark, ...]:
        """What was odd, by layer."""
        return tuple(remark for layer in self.layers for remark in layer.warnings)

    def __len__(self) -> int:
        """How many paths all layers together name, visible or not."""
        return len(self._stack)

    # Rows

    def children(
        self,
        parent: int,
        view: View,
        sort: Sort = Sort.NAME,
        descending: bool = False,
        offset: int = 0,
        limit: int = PAGE,
        folders_first: bool = False,
    ) -> list[Row]:
        """The rows of one folder from ``offset`` on, at most ``limit``."""
        shown = self._shown(view)
        if sort is Sort.NAME and not descending and not folders_first and offset < PAGE:
            nodes = list(islice(shown.children(parent), offset, offset + limit))
        else:
            nodes = self._listed(parent, shown.view, sort, descending, folders_first)
            nodes = nodes[offset : offset + limit]
        return [row for node in nodes if (row := shown.row(node)) is not None]

    def position(
        self,
        node: int,
        view: View,
        sort: Sort = Sort.NAME,
        descending: bool = False,
        folders_first: bool = False,
    ) -> int | None:
        """Which of the ``children`` of its folder, in that order, a node is, from 0 on; None for
        the root and for what the view does not show."""
        shown = self._shown(view)
        if node == ROOT or not shown.shows(node):
            return None
        parent = self._stack.parent[node]
        return self._listed(parent, shown.view, sort, descending, folders_first).index(node)

    def nearest(self, node: int, view: View) -> int:
        """The node itself if the view shows it, else the innermost folder above it that it shows;
        ROOT in the last resort."""
        shown = self._shown(view)
        if shown.shows(node):
            return node
        while node != ROOT:
            node = self._stack.parent[node]
            if shown.shows(node) and shown.is_folder(node):
                break
        return node

    def row(self, node: int, view: View) -> Row | None:
        """None if the view does not show the node."""
        return self._shown(view).row(node)

    def find(self, path: bytes, view: View) -> Row | None:
        """The row of a path; symbolic links are not followed (see ``resolve``)."""
        node = self._stack.find(path)
        return None if node == NOTHING else self.row(node, view)

    def resolve(self, path: bytes, view: View, *, last: bool = False) -> bytes:
        """The path after following symbolic links to folders inside the root, and with ``last``
        the last component as well.  Raises PathNotFound where they lead nowhere."""
        shown = self._shown(view)
        return resolve(self._stack, path, shown.view.as_of, last=last)

    def path(self, node: int) -> bytes:
        """Of a node, without leading slash; b"" for the root."""
        return self._stack.path(node)

    def ancestors(self, node: int) -> list[int]:
        """The folders above a node, from the root down; none for the root."""
        above = []
        while node != ROOT:
            node = self._stack.parent[node]
            above.append(node)
        above.reverse()
        return above

    def walk(self, view: View, path: bytes = b"", recursive: bool = True) -> Iterator[Row]:
        """The rows below a folder in tree order, the folder itself not included; for another
        path just its row.  Raises PathNotFound if the view has no such path."""
        shown = self._shown(view)
        start = self._found(shown, path)
        row = shown.row(start)
        assert row is not None
        if not shown.is_folder(start):
            yield row
            return
        inside = self._stack.children  # what the view does not show has no row
        pending = [inside(start)]
        while pending:
            node = next(pending[-1], None)
            if node is None:
                pending.pop()
                continue
            row = shown.row(node)
            if row is None:
                continue
            yield row
            if recursive and row.children:
                pending.append(inside(node))

    def selection(self, view: View, wanted: Sequence[tuple[bytes, bytes]], task: Task) -> Selection:
        """What is to be given back: pairs of a path of the view and the path that it gets.

        Symbolic links are not followed.  What lies in another wanted folder comes with that one.
        Raises PathNotFound.
        """
        from layerscope.engine.rootfs.selection import Pick, Selection

        shown = self._shown(View(view.as_of, layer=view.layer))
        picks: list[Pick] = []
        found = {self._found(shown, path): given for path, given in wanted}
        for node in sorted(found):
            if not picks or node > self._stack.last[picks[-1].node]:
                picks.append(Pick(node, found[node]))
        return Selection(self._stack, shown.view, picks, task)

    # Questions

    def matching(self, query: Query, view: View, limit: int = PAGE) -> Matches:
        """What a query finds among the rows of a view; at most ``limit`` matches get rows.

        A query for deleted paths finds ghosts whether the view shows them or not.
        """
        shown = self._shown(with_ghosts(query, view))
        total, found = self._search.find(query, shown, limit)
        rows = []
        listed = {ROOT}
        for node in found:
            way = []
            above = node
            while above not in listed:
                listed.add(above)
                way.append(above)
                above = self._stack.parent[above]
            rows += [row for each in reversed(way) if (row := shown.row(each)) is not None]
        return Matches(total, tuple(rows), frozenset(found))

    def counts(self, view: View) -> ChangeCounts:
        """How many paths differ from the baseline, whether ghosts are shown or not; of a single
        layer, what it did."""
        view = self._stack.fitted(view)
        if view not in self._counts:
            self._counts[view] = count_changes(self._shown(view))
        return self._counts[view]

    def trace(self, path: bytes, as_of: int | None = None) -> tuple[TraceStep, ...]:
        """What each layer has for a path, top first; visible as of ``as_of``, else of all.

        Layers above ``as_of`` are left out.  Raises PathNotFound if no layer names the path.
        """
        top = len(self.layers) if as_of is None else as_of
        return trace(self._stack, path, self._stack.fitted(View(top)).as_of)

    def _found(self, shown: Shown, path: bytes) -> int:
        node = self._stack.find(path)
        if node != NOTHING and shown.shows(node):
            return node
        layer = shown.view.layer
        whose = f"Layer {layer} of {self._stack.named}" if layer is not None else ""
        raise not_found(path, f"{whose or named_as_of(self._stack, shown.view.as_of)} has no")

    def _shown(self, view: View) -> Shown:
        return Shown(self._stack, self._tallies, self._stack.fitted(view))

    def _sorted(
        self, parent: int, view: View, sort: Sort, descending: bool, folders_first: bool
    ) -> list[int]:
        return sorted_children(self._shown(view), parent, sort, descending, folders_first)

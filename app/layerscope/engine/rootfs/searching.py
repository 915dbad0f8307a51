"""Finding the rows of a view that fit a query, cheapest test first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from layerscope.engine.rootfs.columns import NOTHING
from layerscope.engine.rootfs.counting import deleted_nodes, opaque_nodes
from layerscope.engine.rootfs.query import Query
from layerscope.engine.rootfs.rows import Shown
from layerscope.engine.rootfs.stack import Stack
from layerscope.engine.rootfs.values import ROOT, Badge, Kind, View


class Search:
    """Of one stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def find(self, query: Query, shown: Shown, limit: int) -> tuple[int, list[int]]:
        """How many rows fit, and the nodes of the first ``limit`` in tree order.

        Who asks for deleted paths sees ghosts.
        """
        if query.changes and Badge.DELETED in query.changes:
            view = shown.view
            ghosts = View(view.as_of, view.baseline, True, view.layer)
            shown = Shown(shown.stack, shown.tallies, ghosts)
        fits = self._fits_row if shown.view.layer is not None else self._fits
        total = 0
        found: list[int] = []
        for node in self._candidates(query, shown):
            if all(name.accepts(self._stack, node) for name in query.names[1:]) and fits(
                query, shown, node
            ):
                total += 1
                if total <= limit:
                    found.append(node)
        return total, found

    def _candidates(self, query: Query, shown: Shown) -> Iterable[int]:
        """Nodes in tree order, among them all that fit; the fewer the better."""
        stack, view = self._stack, shown.view
        if query.names:
            return query.names[0].candidates(stack)
        if view.layer is None:
            if query.changes is not None:
                return self._changed(query.changes, shown)
            if query.sizes:
                least, most = query.sizes[0].least, query.sizes[0].most
                if least:
                    top = 1 << 62 if most is None else most
                    return self._nodes(
                        slot for slot, size in enumerate(stack.size) if least <= size <= top
                    )
            if query.modes and query.modes[0].some:
                some = query.modes[0].some
                return self._nodes(slot for slot, mode in enumerate(stack.mode) if mode & some)
        return range(1, len(stack))

    def _changed(self, badges: frozenset[Badge], shown: Shown) -> list[int]:
        stack, view = self._stack, shown.view
        nodes: set[int] = set()
        if Badge.DELETED in badges:
            nodes.update(deleted_nodes(stack, view))
        if Badge.OPAQUE in badges:
            nodes.update(opaque_nodes(shown))
        if badges & {Badge.ADDED, Badge.MODIFIED, Badge.PROPERTIES}:
            low, high = stack.floors[view.baseline + 1], stack.floors[view.as_of + 1]
            nodes.update(stack.node[low:high])
        nodes -= {ROOT, NOTHING}
        return sorted(nodes)

    def _nodes(self, slots: Iterator[int]) -> list[int]:
        nodes = {self._stack.node[slot] for slot in slots}
        return sorted(nodes - {ROOT, NOTHING})

    def _fits(self, query: Query, shown: Shown, node: int) -> bool:
        stack, view = self._stack, shown.view
        slot = shown.slot(node)
        if slot == NOTHING:
            return False
        if query.kinds is not None and stack.kind[slot] not in query.kinds:
            return False
        if query.sizes and (
            stack.kind[slot] == Kind.DIR
            or not all(_sized(stack.size[slot], each.least, each.most) for each in query.sizes)
        ):
            return False
        if query.layers is not None:
            gone = stack.end[slot] <= view.as_of
            layer = stack.end[slot] if gone else stack.layer_of(slot)
            if layer not in query.layers:
                return False
        return self._fits_rights(query, stack.uid[slot], stack.gid[slot], stack.mode[slot]) and (
            query.changes is None or shown.badge(node, slot) in query.changes
        )

    def _fits_row(self, query: Query, shown: Shown, node: int) -> bool:
        """The same in a view of one layer, by its rows."""
        if node == ROOT or not shown.shows(node):
            return False
        if query.empty or (row := shown.row(node)) is None:
            return query.empty
        return (
            (query.kinds is None or row.kind in query.kinds)
            and (
                not query.sizes
                or (
                    row.kind != Kind.DIR
                    and all(_sized(row.size, each.least, each.most) for each in query.sizes)
                )
            )
            and (query.layers is None or row.origin in query.layers)
            and self._fits_rights(query, row.uid, row.gid, row.mode)
            and (query.changes is None or row.badge in query.changes)
        )

    @staticmethod
    def _fits_rights(query: Query, uid: int, gid: int, mode: int) -> bool:
        return all(
            each.uid in (None, uid) and each.gid in (None, gid) for each in query.owners
        ) and all(
            mode & each.some if each.exact is None else mode == each.exact for each in query.modes
        )


def _sized(size: int, least: int, most: int | None) -> bool:
    return size >= least and (most is None or size <= most)

"""Finding the rows of a view that fit a query, cheapest test first."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from layerscope.engine.rootfs.columns import NOTHING
from layerscope.engine.rootfs.counting import deleted_nodes, opaque_nodes
from layerscope.engine.rootfs.query import Query
from layerscope.engine.rootfs.rows import Shown
from layerscope.engine.rootfs.stack import Stack
from layerscope.engine.rootfs.values import ROOT, Badge, Kind, Row, View

Test = Callable[[int, int], bool]  #: of a node and the slot that is shown there

_DIR = int(Kind.DIR)


class Search:
    """Of one stack.  Remembers what the last view shows, for the next keystroke."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._remembered: tuple[View, array[int]] | None = None

    def find(self, query: Query, shown: Shown, limit: int) -> tuple[int, list[int]]:
        """How many rows fit, and the nodes of the first ``limit`` in tree order."""
        fitting: Iterable[int]
        if shown.view.layer is not None:
            fitting = self._in_layer(query, shown)
        elif query.empty:
            fitting = self._all(shown)
        else:
            fitting = self._in_merged(query, shown)
        total = 0
        found: list[int] = []
        for node in fitting:
            total += 1
            if total <= limit:
                found.append(node)
        return total, found

    def _all(self, shown: Shown) -> Iterator[int]:
        slots = self._shown_slots(shown)
        return (node for node in range(1, len(self._stack)) if slots[node] != NOTHING)

    def _in_merged(self, query: Query, shown: Shown) -> Iterable[int]:
        slots = self._shown_slots(shown)
        candidates: Iterable[int] = (
            node for node in self._candidates(query, shown) if slots[node] != NOTHING
        )
        for name in query.names[1:]:
            candidates = filter(_accepting(name.accepts, self._stack), candidates)
        tests = self._tests(query, shown)
        if not tests:
            return candidates
        return (node for node in candidates if all(test(node, slots[node]) for test in tests))

    def _in_layer(self, query: Query, shown: Shown) -> Iterator[int]:
        """In a view of one layer, by its rows."""
        stack = self._stack
        candidates = query.names[0].candidates(stack) if query.names else range(1, len(stack))
        for node in candidates:
            if (
                shown.shows(node)
                and all(name.accepts(stack, node) for name in query.names[1:])
                and (row := shown.row(node)) is not None
                and _row_fits(query, row)
            ):
                yield node

    def _shown_slots(self, shown: Shown) -> array[int]:
        """What the view shows, by node: a slot, or NOTHING.  There is one item more, for the
        slots that are of no node."""
        stack, view = self._stack, shown.view
        if self._remembered is not None and self._remembered[0] == view:
            return self._remembered[1]
        slots = array("i", [NOTHING]) * (len(stack) + 1)
        top, as_of = stack.floors[view.as_of + 1], view.as_of
        ends = zip(stack.node[:top], stack.end[:top], strict=True)
        for slot, (node, end) in enumerate(ends):
            if end > as_of:
                slots[node] = slot
        if view.show_deleted:
            for node in deleted_nodes(stack, view):
                slots[node] = stack.ghost(node, view.baseline, as_of)
        self._remembered = view, slots
        return slots

    def _candidates(self, query: Query, shown: Shown) -> Iterable[int]:
        """Nodes in tree order, among them all that fit; the fewer the better."""
        stack, view = self._stack, shown.view
        if query.names:
            return query.names[0].candidates(stack)
        if query.changes is not None:
            return self._changed(query.changes, shown)
        if query.sizes and query.sizes[0].least:
            least = query.sizes[0].least
            return self._nodes(slot for slot, size in enumerate(stack.size) if size >= least)
        if query.modes and query.modes[0].some:
            some = query.modes[0].some
            return self._nodes(slot for slot, mode in enumerate(stack.mode) if mode & some)
        if query.layers is not None and not view.show_deleted:
            top = len(stack.layers)
            return self._nodes(
                slot
                for layer in sorted(query.layers)
                if 1 <= layer <= top
                for slot in range(stack.floors[layer], stack.floors[layer + 1])
            )
        return range(1, len(stack))

    def _changed(self, badges: frozenset[Badge], shown: Shown) -> list[int]:
        stack, view = self._stack, shown.view
        nodes: set[int] = set()
        if Badge.DELETED in badges:
            nodes.update(deleted_nodes(stack, view))
        if Badge.OPAQUE in badges:
            nodes.update(opaque_nodes(shown))
        low, high = stack.floors[view.baseline + 1], stack.floors[view.as_of + 1]
        if Badge.ADDED in badges:
            nodes.update(stack.node[low:high])
        elif badges & {Badge.MODIFIED, Badge.PROPERTIES}:
            alone = enumerate(stack.alone[low:high], low)
            nodes.update(stack.node[slot] for slot, single in alone if not single)
        return sorted(nodes - {ROOT, NOTHING})

    def _nodes(self, slots: Iterator[int]) -> list[int]:
        node = self._stack.node
        return sorted({node[slot] for slot in slots} - {ROOT, NOTHING})

    def _tests(self, query: Query, shown: Shown) -> list[Test]:
        """Only those that the query asks for."""
        stack, as_of = self._stack, shown.view.as_of
        tests: list[Test] = []
        if (kinds := query.kinds) is not None:
            tests.append(lambda _, slot: stack.kind[slot] in kinds)
        if sizes := query.sizes:
            tests.append(
                lambda _, slot: (
                    stack.kind[slot] != _DIR and all(stack.size[slot] in size for size in sizes)
                )
            )
        if (layers := query.layers) is not None:

            def of_layers(_: int, slot: int) -> bool:
                end = stack.end[slot]
                return (end if end <= as_of else stack.layer_of(slot)) in layers

            tests.append(of_layers)
        if owners := query.owners:
            tests.append(
                lambda _, slot: all(
                    owner.fits(stack.uid[slot], stack.gid[slot]) for owner in owners
                )
            )
        if modes := query.modes:
            tests.append(lambda _, slot: all(mode.fits(stack.mode[slot]) for mode in modes))
        if (changes := query.changes) is not None:
            tests.append(lambda node, slot: shown.badge(node, slot) in changes)
        return tests


def _accepting(accepts: Callable[[Stack, int], bool], stack: Stack) -> Callable[[int], bool]:
    return lambda node: accepts(stack, node)


def _row_fits(query: Query, row: Row) -> bool:
    return (
        (query.kinds is None or row.kind in query.kinds)
        and (not query.sizes or row.kind != Kind.DIR)
        and all(row.size in size for size in query.sizes)
        and (query.layers is None or row.origin in query.layers)
        and all(owner.fits(row.uid, row.gid) for owner in query.owners)
        and all(mode.fits(row.mode) for mode in query.modes)
        and (query.changes is None or row.badge in query.changes)
    )


def with_ghosts(query: Query, view: View) -> View:
    """The view in which a query looks: who asks for deleted paths sees ghosts."""
    asked = query.changes is not None and Badge.DELETED in query.changes
    return replace(view, show_deleted=True) if asked else view

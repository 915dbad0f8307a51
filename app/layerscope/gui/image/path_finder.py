"""What the breadcrumb needs of a timeline: parts, siblings, completions, typed paths."""

from __future__ import annotations

from collections.abc import Callable

from layerscope.engine.errors import PathNotFound
from layerscope.engine.rootfs import ROOT, Kind, Row, Timeline, View
from layerscope.gui.image.breadcrumb import Crumb

SIBLINGS = 200
OFFERS = 50


def crumbs(timeline: Timeline, node: int) -> tuple[Crumb, ...]:
    """The parts of a node's path, outermost first; none for the root."""
    if node == ROOT:
        return ()
    nodes = [one for one in timeline.ancestors(node) if one not in (ROOT, node)]
    names = timeline.path(node).split(b"/")
    return tuple(Crumb(one, name) for one, name in zip([*nodes, node], names, strict=False))


def siblings(timeline: Timeline, node: int, view: View) -> list[Row]:
    """The first rows of the folder that a node is in."""
    above = timeline.ancestors(node)
    return timeline.children(above[-1] if above else ROOT, view, limit=SIBLINGS)


def completions(text: str, view: View) -> Callable[[Timeline], list[str]]:
    """A question for paths that begin with ``text``."""

    def ask(timeline: Timeline) -> list[str]:
        folder, _, begun = text.lstrip("/").rpartition("/")
        row = timeline.find(folder.encode("utf-8", "surrogateescape"), view)
        if row is None or row.kind is not Kind.DIR:
            return []
        wanted = begun.encode("utf-8", "surrogateescape")
        before = f"/{folder}/" if folder else "/"
        offers = []
        for child in timeline.children(row.node, view, limit=5_000):
            if child.name.startswith(wanted):
                name = child.name.decode("utf-8", "replace")
                offers.append(before + name + ("/" if child.kind is Kind.DIR else ""))
                if len(offers) == OFFERS:
                    break
        return offers

    return ask


def find(path: bytes, view: View) -> Callable[[Timeline], Row | None]:
    """A question for the row of a typed path; symbolic links on the way are followed."""

    def ask(timeline: Timeline) -> Row | None:
        row = timeline.find(path, view)
        if row is not None or not path:
            return row
        try:
            return timeline.find(timeline.resolve(path, view), view)
        except PathNotFound:
            return None

    return ask

"""The orders of the rows of one folder."""

from __future__ import annotations

from collections.abc import Callable

from layerscope.engine.rootfs.columns import NOTHING
from layerscope.engine.rootfs.rows import Shown
from layerscope.engine.rootfs.values import Badge, Row, Sort

_BADGE_ORDER = {badge: place for place, badge in enumerate(Badge)}


def sorted_children(
    shown: Shown, folder: int, sort: Sort, descending: bool, folders_first: bool
) -> list[int]:
    """All nodes in a folder that the view shows.  Equal ones stay in the order of their names,
    also when descending."""
    nodes = list(shown.children(folder))
    if sort is not Sort.NAME:
        nodes.sort(key=_key(shown, sort), reverse=descending)
    elif descending:
        nodes.reverse()
    if folders_first:
        nodes.sort(key=shown.is_folder, reverse=True)
    return nodes


def _key(shown: Shown, sort: Sort) -> Callable[[int], int]:
    if shown.view.layer is not None:
        return _layer_key(shown, sort)
    stack, view = shown.stack, shown.view

    def size(node: int) -> int:
        slot = shown.slot(node)
        if not shown.is_folder(node):
            return stack.size[slot]
        gone = stack.end[slot] <= view.as_of
        as_of = stack.end[slot] - 1 if gone else view.as_of
        return shown.tallies.inside(node, as_of, view.baseline).size

    def origin(node: int) -> int:
        slot = shown.slot(node)
        gone = stack.end[slot] <= view.as_of
        return stack.end[slot] if gone else stack.layer_of(slot)

    match sort:
        case Sort.SIZE:
            return size
        case Sort.ORIGIN:
            return origin
        case Sort.CHANGE:
            return lambda node: _BADGE_ORDER[shown.badge(node, shown.slot(node))]
        case Sort.MTIME:
            return lambda node: stack.mtime[shown.slot(node)]
        case Sort.MODE:
            return lambda node: stack.mode[shown.slot(node)]
        case _:
            return lambda node: stack.uid[shown.slot(node)]


def _layer_key(shown: Shown, sort: Sort) -> Callable[[int], int]:
    """Single layers are small enough to make all rows."""
    field: dict[Sort, Callable[[Row], int]] = {
        Sort.SIZE: lambda row: row.size,
        Sort.ORIGIN: lambda row: row.origin,
        Sort.CHANGE: lambda row: _BADGE_ORDER[row.badge],
        Sort.MTIME: lambda row: row.mtime_ns,
        Sort.MODE: lambda row: row.mode,
        Sort.OWNER: lambda row: row.uid,
    }
    value = field[sort]

    def key(node: int) -> int:
        row = shown.row(node)
        return NOTHING if row is None else value(row)

    return key

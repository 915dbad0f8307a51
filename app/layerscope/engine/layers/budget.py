"""What the entries of one layer may cost, and which of them is the first that costs too much."""

from __future__ import annotations

from collections.abc import Iterator

from layerscope.engine.content.limits import Limits
from layerscope.engine.layers.columns import Rows


class Budget:
    """Counts through the rows of one layer, in the order of its tar.

    Looked at are ``layer_entries``; ``path_bytes`` and ``depth`` of every path; and ``path_budget``
    for all bytes that an entry brings besides its content: path, link target, attributes.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._entries = 0
        self._spent = 0
        #: No path with fewer bytes exceeds ``path_bytes`` or ``depth``.
        self._harmless = min(limits.path_bytes, limits.depth)

    def first_beyond(self, rows: Rows) -> tuple[int, str] | None:
        """The first row that exceeds a limit, and the name of that limit; None if none does.
        The rows before it count as spent."""
        found = min(self._beyond(rows), default=None)
        self._entries += len(rows.paths)
        self._spent += _total(rows)
        return found

    def _beyond(self, rows: Rows) -> Iterator[tuple[int, str]]:
        """The first row beyond each limit."""
        limits = self._limits
        room = limits.layer_entries - self._entries
        if len(rows.paths) > room:
            yield room, "layer_entries"
        if max(map(len, rows.paths), default=0) > self._harmless:
            for row, path in enumerate(rows.paths):
                if len(path) > limits.path_bytes:
                    yield row, "path_bytes"
                    break
                if path.count(b"/") >= limits.depth:
                    yield row, "depth"
                    break
        if self._spent + _total(rows) > limits.path_budget:
            spent = self._spent
            for row, cost in enumerate(_costs(rows)):
                spent += cost
                if spent > limits.path_budget:
                    yield row, "path_budget"
                    break


def _total(rows: Rows) -> int:
    rare = sum(sum(map(len, values.values())) for values in (rows.xattrs, rows.pax, rows.sparse))
    return sum(map(len, rows.paths)) + sum(map(len, rows.links)) + rare


def _costs(rows: Rows) -> Iterator[int]:
    for row, (path, link) in enumerate(zip(rows.paths, rows.links, strict=True)):
        rare = sum(len(values.get(row, b"")) for values in (rows.xattrs, rows.pax, rows.sparse))
        yield len(path) + len(link) + rare

"""What lies inside a folder in one view, summed from the tallies of the file (totals.py)."""

from __future__ import annotations

from bisect import bisect_left

from layerscope.engine.dataclass import dataclass
from layerscope.engine.rootfs.column_file import ColumnFile


@dataclass(frozen=True, slots=True)
class Inside:
    """``composition``: (layer, bytes), lowest layer first; ``changed``: any change with a badge
    above the baseline; ``entries``: of the top layer's tar."""

    size: int = 0
    files: int = 0
    children: int = 0
    entries: int = 0
    changed: bool = False
    composition: tuple[tuple[int, int], ...] = ()


NOTHING_INSIDE = Inside()


class Tallies:
    """The tallies of all folders."""

    def __init__(self, file: ColumnFile) -> None:
        self._node = file.numbers("total_node")
        self._at = file.numbers("total_at")
        self._origin = file.numbers("total_origin")
        self._bytes = file.numbers("total_bytes")
        self._files = file.numbers("total_files")
        self._changes = file.numbers("total_changes")
        self._entries = file.numbers("total_entries")
        self._children = file.numbers("total_children")

    def inside(self, node: int, as_of: int, baseline: int) -> Inside:
        """Everything visible below a node in the merged view of layers 1 to ``as_of``."""
        place = bisect_left(self._node, node)
        count = len(self._node)
        by_origin: dict[int, int] = {}
        files = children = changes = 0
        while place < count and self._node[place] == node and self._at[place] <= as_of:
            if self._bytes[place]:
                origin = self._origin[place]
                by_origin[origin] = by_origin.get(origin, 0) + self._bytes[place]
            files += self._files[place]
            children += self._children[place]
            if self._at[place] > baseline:
                changes += self._changes[place]
            place += 1
        composition = tuple(sorted((layer, size) for layer, size in by_origin.items() if size))
        size = sum(by_origin.values())
        return Inside(size, files, children, 0, changes > 0, composition)

    def stored(self, node: int, layer: int) -> Inside:
        """Everything below a node that one layer stores; ``children`` is not known here."""
        place = bisect_left(self._node, node)
        while place < len(self._node) and self._node[place] == node and self._at[place] <= layer:
            if self._at[place] == layer == self._origin[place]:
                size = self._bytes[place]
                return Inside(
                    size,
                    self._files[place],
                    0,
                    self._entries[place],
                    self._changes[place] > 0,
                    ((layer, size),) if size else (),
                )
            place += 1
        return NOTHING_INSIDE

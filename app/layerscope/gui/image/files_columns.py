"""Where the columns of the file list are, for its heading and its rows alike."""

from __future__ import annotations

from layerscope.engine.dataclass import dataclass
from layerscope.engine.rootfs import Sort

FROM_WIDTH = 30
_INDENT, _LITTLE = 16, 6  #: for each folder above; in a narrow list little beyond the second
_NARROW = 560


@dataclass(frozen=True, slots=True)
class Columns:
    """Left edges, and for the size the right edge, in pixels of a list of some width; ``bar`` is
    how long the bar of a folder's layers is.  A narrow list leaves the room to the names."""

    origin: float
    name: float
    badge: float
    layers: float
    size: float
    bar: float
    narrow: bool

    @classmethod
    def of_width(cls, width: float) -> Columns:
        narrow = width < _NARROW
        size = width - 16
        bar = 60 if narrow else 84
        layers = size - (64 if narrow else 76) - bar - 20
        return cls(12, 52, layers - 26, layers, size, bar, narrow)

    def inset(self, level: int) -> float:
        """How far in a row is that has ``level`` folders above it."""
        whole = min(level, 2) if self.narrow else level
        return whole * _INDENT + (level - whole) * _LITTLE


SORTS = (Sort.ORIGIN, Sort.NAME, Sort.CHANGE, None, Sort.SIZE)  #: what each heading sorts by

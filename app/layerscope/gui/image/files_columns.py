"""Where the columns of the file list are, for its heading and its rows alike."""

from __future__ import annotations

from layerscope.engine.dataclass import dataclass
from layerscope.engine.rootfs import Sort

FROM_WIDTH = 30
BAR_WIDTH = 84
INDENT = 16


@dataclass(frozen=True, slots=True)
class Columns:
    """Left edges, and for the size the right edge, in pixels of a list of some width."""

    origin: float
    name: float
    badge: float
    layers: float
    size: float

    @classmethod
    def of_width(cls, width: float) -> Columns:
        size = width - 16
        layers = size - 76 - 104
        return cls(12, 52, layers - 26, layers, size)


SORTS = (Sort.ORIGIN, Sort.NAME, Sort.CHANGE, None, Sort.SIZE)  #: what each heading sorts by

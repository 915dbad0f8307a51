"""Which shared block of layers gets which hue in the library: identity, not position."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtGui import QColor

from layerscope.engine.library.values import BlockUse
from layerscope.gui import paint, theme

HUES = 7
_ORDER = (1, 7, 3, 2, 8, 6, 4)  # neighbours of the bar far apart


class BlockHues:
    """The most shared blocks, largest claim first, each with one of seven hues."""

    def __init__(self, blocks: Iterable[BlockUse] = ()) -> None:
        shared = [block for block in blocks if block.images > 1]
        shared.sort(key=lambda block: (-block.images * block.size, block.key))
        self.named: Sequence[BlockUse] = shared[:HUES]
        self.others: Sequence[BlockUse] = shared[HUES:]
        self._hues = {block.key: hue for block, hue in zip(self.named, _ORDER, strict=False)}

    def colour(self, block: BlockUse) -> QColor:
        """The block's hue; grey for blocks of one image and for the many small shared ones."""
        hue = self._hues.get(block.key)
        return theme.current().line2 if hue is None else paint.layer_colour(hue)

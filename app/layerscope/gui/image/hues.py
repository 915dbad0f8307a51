"""Which of the eight hues a layer of the open image wears."""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.engine.dataclass import dataclass
from layerscope.gui.image.bands import MANY, Band


@dataclass(frozen=True, slots=True)
class Hues:
    """Up to 24 layers wear the hue of their position, in more layers that of their band."""

    bands: tuple[Band, ...] = ()

    @classmethod
    def of_layers(cls, count: int, bands: Sequence[Band]) -> Hues:
        return cls(tuple(bands) if count > MANY else ())

    def of(self, layer: int) -> int:
        """The number to hand to the painters, together with the layer's own number as text."""
        for position, band in enumerate(self.bands, start=1):
            if layer in band:
                return position
        return layer

    def parts(self, composition: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """A composition in hues: neighbours of one hue become one part."""
        merged: list[tuple[int, int]] = []
        for layer, size in composition:
            hue = self.of(layer)
            if merged and merged[-1][0] == hue and self.bands:
                merged[-1] = (hue, merged[-1][1] + size)
            else:
                merged.append((hue, size))
        return merged

"""Long images in at most eight bands: which layers belong together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from layerscope.engine.dataclass import dataclass
from layerscope.engine.library.values import LayerRow

MANY = 24  #: above this number of layers the stack shows bands
MOST = 8
_GAP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Band:
    """Layers ``first`` to ``last`` (from the bottom, both included).  ``base`` is the name of the
    base image when the band ends with it."""

    first: int
    last: int
    size: int
    keyword: str
    command: str
    base: str = ""

    def __contains__(self, number: int) -> bool:
        return self.first <= number <= self.last

    def __len__(self) -> int:
        return self.last - self.first + 1


def bands(layers: Sequence[LayerRow], base_layers: int = 0, base_name: str = "") -> list[Band]:
    """Cut ``layers`` (bottom first) into at most MOST bands, bottom first.

    Cuts are made, in this order of preference, at the top of the base image, at gaps in the times
    of creation (the longest first), and where the kind of step changes, so that the bytes on
    both sides are as equal as may be.
    """
    if not layers:
        return []
    cuts = {base_layers} if 0 < base_layers < len(layers) else set()
    for gap in _gaps(layers):
        if len(cuts) < MOST - 1:
            cuts.add(gap)
    while len(cuts) < min(MOST, (len(layers) + MANY - 1) // (MANY // 2)) - 1:
        cut = _halving(layers, cuts)
        if cut is None:
            break
        cuts.add(cut)
    edges = [0, *sorted(cuts), len(layers)]
    return [
        _band(layers[low:high], base_name if high == base_layers else "")
        for low, high in pairwise(edges)
    ]


def _gaps(layers: Sequence[LayerRow]) -> list[int]:
    """How many layers lie below each long pause between two steps; longest pause first."""
    pauses: list[tuple[timedelta, int]] = []
    for below, above in pairwise(layers):
        pause = _pause(below.created, above.created)
        if pause > _GAP:
            pauses.append((pause, below.number))
    return [number for _pause_length, number in sorted(pauses, reverse=True)]


def _pause(earlier: datetime | None, later: datetime | None) -> timedelta:
    return later - earlier if earlier is not None and later is not None else timedelta(0)


def _halving(layers: Sequence[LayerRow], cuts: set[int]) -> int | None:
    """The best cut through the longest run of layers without one, None if all runs are short."""
    edges = [0, *sorted(cuts), len(layers)]
    low, high = max(pairwise(edges), key=lambda run: run[1] - run[0])
    if high - low < 4:
        return None
    total = sum(_weight(layer) for layer in layers[low:high])
    best, best_cost, running = low + (high - low) // 2, float("inf"), 0
    for number in range(low + 1, high):
        running += _weight(layers[number - 1])
        same = layers[number - 1].keyword == layers[number].keyword
        cost = abs(2 * running - total) / max(total, 1) + (0.25 if same else 0.0)
        cost += abs(2 * (number - low) - (high - low)) / (high - low)
        if cost < best_cost:
            best, best_cost = number, cost
    return best


def _weight(layer: LayerRow) -> int:
    return layer.size if layer.size is not None else layer.compressed


def _band(layers: Sequence[LayerRow], base: str) -> Band:
    heaviest = max(layers, key=_weight)
    size = sum(_weight(layer) for layer in layers)
    return Band(layers[0].number, layers[-1].number, size, heaviest.keyword, heaviest.command, base)

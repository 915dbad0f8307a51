"""How fast bytes arrive, and how long the rest will take; calm enough to read."""

from __future__ import annotations

import math
from dataclasses import field

from layerscope.engine.dataclass import dataclass

#: Seconds over which the speed is smoothed.
SMOOTHING = 3.0
#: Seconds of measuring before a time left is worth showing.
PATIENCE = 2.0
#: A time left that changes by more than this share within a second is not shown.
JUMP = 0.5


@dataclass(slots=True)
class Rate:
    """Exponentially weighted speed of one transfer.  Times are monotonic seconds."""

    speed: float = 0.0  #: bytes per second
    _first: float | None = None
    _last: float = 0.0
    _bytes: int = 0
    _remaining: list[tuple[float, float]] = field(default_factory=list)

    def add(self, received: int, expected: int, now: float) -> None:
        """Note that ``received`` of ``expected`` bytes had arrived at ``now``."""
        if self._first is None or received < self._bytes:
            self._first, self._last, self._bytes = now, now, received
            return
        passed = now - self._last
        if passed <= 0:
            return
        momentary = (received - self._bytes) / passed
        weight = 1.0 if self.speed == 0 else 1 - math.exp(-passed / SMOOTHING)
        self.speed += weight * (momentary - self.speed)
        self._last, self._bytes = now, received
        if self.speed > 0:
            self._remaining.append((now, (expected - received) / self.speed))
            self._remaining = [entry for entry in self._remaining if now - entry[0] <= 1.0]

    def seconds_left(self, now: float) -> float | None:
        """Seconds until the last byte; None while that would be a guess."""
        if self._first is None or now - self._first < PATIENCE or not self._remaining:
            return None
        values = [left for _, left in self._remaining]
        newest = values[-1]
        if max(values) - min(values) > JUMP * max(newest, 1.0):
            return None
        return newest

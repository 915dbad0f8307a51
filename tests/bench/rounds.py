"""Times several ways of doing one thing in turn, so that a busy machine slows them all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """Seconds of each round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        low, high = min(self.seconds), max(self.seconds)
        return f"{self.median:.2f} s ({low:.2f} to {high:.2f})"


def alternating(
    ways: Mapping[str, Callable[[], None]],
    rounds: int = 5,
    before: Callable[[], None] = lambda: None,
) -> dict[str, Times]:
    """Run every way once per round, in turn, after one round that does not count; ``before`` runs
    ahead of each and takes no time."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            before()
            start = time.perf_counter()
            way()
            if number:
                taken[name].append(time.perf_counter() - start)
    return {name: Times(tuple(seconds)) for name, seconds in taken.items()}

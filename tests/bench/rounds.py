"""Times several ways of doing one thing in turn, so that a busy machine slows them all alike."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Times:
    """Seconds of each round; ``processor`` is what all programs of the machine have used of its
    cores meanwhile."""

    seconds: tuple[float, ...]
    processor: tuple[float, ...]

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
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            before()
            used, start = _processor(), time.perf_counter()
            way()
            seconds = time.perf_counter() - start
            if number:
                taken[name].append((seconds, _processor() - used))
    return {name: Times(*map(tuple, zip(*each, strict=True))) for name, each in taken.items()}


def _processor() -> float:
    """Seconds that all cores together have worked since the machine was started."""
    user, nice, system, _, _, irq, softirq = map(
        int, Path("/proc/stat").read_text().partition("\n")[0].split()[1:8]
    )
    return (user + nice + system + irq + softirq) / _TICKS

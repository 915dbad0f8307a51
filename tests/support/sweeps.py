"""Short sweeps normally, every point with LAYERSCOPE_FULL_SWEEP=1."""

from __future__ import annotations

import os

FULL = bool(os.environ.get("LAYERSCOPE_FULL_SWEEP"))


def chosen(points: list[tuple[str, int]], most: int) -> list[tuple[str, int]]:
    """All points in a full sweep, else ``most`` of them, spread evenly."""
    if FULL or len(points) <= most:
        return points
    return [points[number * len(points) // most] for number in range(most)]

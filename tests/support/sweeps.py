"""Short sweeps normally, every point with LAYERSCOPE_FULL_SWEEP=1; what was tried is counted."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

FULL = bool(os.environ.get("LAYERSCOPE_FULL_SWEEP"))
WIDTH = os.cpu_count() or 1

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Swept:
    """``points`` that there are, and how many were ``tried``."""

    what: str
    points: int
    tried: int
    violations: int


#: For the summary at the end of a test run.
SWEPT: list[Swept] = []


def chosen(points: Sequence[P], most: int) -> list[P]:
    """All points in a full sweep, else ``most`` of them, spread evenly."""
    if FULL or len(points) <= most:
        return list(points)
    return [points[number * len(points) // most] for number in range(most)]


def sweep(
    what: str,
    points: Sequence[P],
    most: int,
    attempt: Callable[[P], None],
    at_once: int = WIDTH,
) -> None:
    """``attempt`` every chosen point, some at the same time; what failed is told together."""

    def complaint(point: P) -> str:
        try:
            attempt(point)
        except Exception as error:  # told below, with the others
            return f"{point}: {''.join(traceback.format_exception(error))}"
        return ""

    tried = chosen(points, most)
    with ThreadPoolExecutor(at_once) as pool:
        violations = list(filter(None, pool.map(complaint, tried)))
    SWEPT.append(Swept(what, len(points), len(tried), len(violations)))
    assert violations == [], "\n".join([what, *violations])

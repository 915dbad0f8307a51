"""What every part of the benchmark gets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Given:
    """``layout`` holds the real images, ``work`` is an empty folder, ``rounds`` that count."""

    layout: Path
    work: Path
    rounds: int
    cache: Path  #: keeps what is built once

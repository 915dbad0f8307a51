"""Run as a program: pushes an image and says how much memory that took.

    python -m support.push_memory STORE SMALL LARGE TARGET HOST

The image SMALL is pushed first, so that everything is imported before the peak is set back.
"""

from __future__ import annotations

import sys
from pathlib import Path

from support.own_memory import growth_by
from support.programs import said_by

_MIB = 1 << 20


def peak_of_push(store: Path, small: str, large: str, target: str, host: str) -> float:
    """MiB at the peak above what was taken before."""
    told = said_by("support.push_memory", store, small, large, target, host, patience=150)
    return float(told)


def _measured(store: Path, small: str, large: str, target: str, host: str) -> float:
    from layerscope.engine.library import open_library
    from layerscope.engine.task import Task

    library = open_library(store, plain_http=[host])
    library.push(small, f"{target}:small", task=Task())
    return growth_by(lambda: library.push(large, f"{target}:large", task=Task())) / _MIB


if __name__ == "__main__":
    print(_measured(Path(sys.argv[1]), *sys.argv[2:6]))

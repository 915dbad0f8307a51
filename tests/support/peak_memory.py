"""Run as a program: looks at an image through the public door and says what that took.

    python -m support.peak_memory STORE SMALL IMAGE [LIMIT=VALUE …]

The image SMALL is looked at first, so that everything is imported before the peak is set back.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from support.own_memory import growth_by
from support.programs import said_by

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Cost:
    """``grown`` is MiB at the peak above what was taken before; ``said`` is what is wrong with
    the image, or the error."""

    grown: float
    seconds: float
    said: str


def cost_of_browsing(store: Path, small: str, image: str) -> Cost:
    """Measured in a process of its own, where passes run inline."""
    told = said_by("support.peak_memory", store, small, image, patience=120)
    return Cost(**json.loads(told))


def _measured(store: Path, small: str, image: str) -> Cost:
    from layerscope.engine.errors import LayerscopeError
    from layerscope.engine.library import open_library
    from layerscope.engine.task import Task

    library = open_library(store)
    library.browse(small, task=Task())
    said = ""

    def look() -> None:
        nonlocal said
        try:
            said = library.browse(image, task=Task()).damage
        except LayerscopeError as error:
            said = f"{error} {error.hint}"

    start = time.monotonic()
    return Cost(growth_by(look) / _MIB, time.monotonic() - start, said)


if __name__ == "__main__":
    measured = _measured(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
    fields = {name: getattr(measured, name) for name in ("grown", "seconds", "said")}
    print(json.dumps(fields))

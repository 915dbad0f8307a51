"""Run as a program: looks at an image through the public door and says what that took.

    python -m support.peak_memory STORE SMALL IMAGE [LIMIT=VALUE …]

The image SMALL is looked at first, so that everything is imported before the peak is set back.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_TESTS = Path(__file__).parents[1]
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
    roots = os.pathsep.join(str(_TESTS / part) for part in ("../app", "../resources", "."))
    done = subprocess.run(
        [sys.executable, "-m", "support.peak_memory", str(store), small, image],
        env={**os.environ, "PYTHONPATH": roots},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return Cost(**json.loads(done.stdout))


def _measured(store: Path, small: str, image: str) -> Cost:
    from layerscope.engine.errors import LayerscopeError
    from layerscope.engine.library import open_library
    from layerscope.engine.task import Task

    library = open_library(store)
    library.browse(small, task=Task())
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    start = time.monotonic()
    try:
        said = library.browse(image, task=Task()).damage
    except LayerscopeError as error:
        said = f"{error} {error.hint}"
    return Cost((_status("VmHWM") - before) / _MIB, time.monotonic() - start, said)


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise LookupError(field)


if __name__ == "__main__":
    measured = _measured(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
    fields = {name: getattr(measured, name) for name in ("grown", "seconds", "said")}
    print(json.dumps(fields))

"""Run as a program: pushes an image and says how much memory that took.

    python -m support.push_memory STORE SMALL LARGE TARGET HOST

The image SMALL is pushed first, so that everything is imported before the peak is set back.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_TESTS = Path(__file__).parents[1]
_MIB = 1 << 20


def peak_of_push(store: Path, small: str, large: str, target: str, host: str) -> float:
    """MiB at the peak above what was taken before."""
    roots = os.pathsep.join(str(_TESTS / part) for part in ("../app", "../resources", "."))
    done = subprocess.run(
        [sys.executable, "-m", "support.push_memory", str(store), small, large, target, host],
        env={**os.environ, "PYTHONPATH": roots},
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def _measured(store: Path, small: str, large: str, target: str, host: str) -> float:
    from layerscope.engine.library import open_library
    from layerscope.engine.task import Task

    library = open_library(store, plain_http=[host])
    library.push(small, f"{target}:small", task=Task())
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    library.push(large, f"{target}:large", task=Task())
    return (_status("VmHWM") - before) / _MIB


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise LookupError(field)


if __name__ == "__main__":
    print(_measured(Path(sys.argv[1]), *sys.argv[2:6]))

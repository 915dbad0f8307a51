"""Modules of ours and of the tests that are run as programs, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]  #: of the checkout
_IMPORTED_FROM = ("app", "resources", "tests")


def environment(**more: str) -> dict[str, str]:
    """That of this process and ``more``, for a program that imports from this checkout."""
    roots = os.pathsep.join(str(ROOT / part) for part in _IMPORTED_FROM)
    return {**os.environ, "PYTHONPATH": roots, **more}


def said_by(module: str, *arguments: object, patience: float) -> str:
    """What the module prints when it is run as a program, which must end well and in time
    (seconds)."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=patience,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout

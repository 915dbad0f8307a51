"""Windows in processes of their own, in the middle of some work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.programs import environment
from support.surroundings import live_in


@contextmanager
def busy_window(home: Path, verb: str, name: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A window on the store of ``home`` that does what ``support.window_process`` calls so, and is
    in the middle of it; ``more`` is for its environment.  It is gone when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "support.window_process", str(home / "store"), verb, name],
        env=environment(**{**live_in(home), "QT_QPA_PLATFORM": "offscreen", **more}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "busy\n", process.communicate(timeout=20)[1]
        yield process
    finally:
        process.kill()
        process.communicate()

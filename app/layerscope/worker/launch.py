"""Starts our own processes as new programs: the worker, and children where none can be forked."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .wire import Channel


class Started:
    """A process that we have started and can end."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def settle(self) -> None:
        """It is there from the beginning."""

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()

    def wait(self, seconds: float | None = None) -> int | None:
        """Until it has ended; its status, None if it has not."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def forget(self) -> None:
        """Nothing is held."""


def start(module: str, arguments: Sequence[str] = ()) -> tuple[subprocess.Popen[bytes], Channel]:
    """Run a module of this package as a process that speaks over its standard streams.

    It gets its own session, so that Ctrl+C in a terminal reaches only the parent: the child ends
    by itself when the parent hangs up.  ``-P`` keeps the current folder off its import path.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(),
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    return process, Channel(process.stdout, process.stdin)  # type: ignore[arg-type] # BufferedIO


def _environment() -> dict[str, str]:
    """Ours, with the source roots added: the program may run from a checkout."""
    roots = [str(Path(__file__).resolve().parents[2])]
    assets = importlib.util.find_spec("layerscope_assets")
    if assets is not None and assets.submodule_search_locations:
        roots.append(str(Path(next(iter(assets.submodule_search_locations))).parent))
    inherited = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*roots, inherited]).rstrip(os.pathsep)}

"""Children that are forked behave like children that are started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks on Linux only")


@pytest.mark.parametrize("story", ["forked", "failing", "cancelled", "killed", "orphaned"])
def test_the_children_of_the_nursery(story: str) -> None:
    done = _run(story)
    assert done.returncode == 0, done.stderr


def test_nobody_is_left_when_the_program_is_killed() -> None:
    told = _run("left").stdout.split()
    assert len(told) == 2
    until = time.monotonic() + 5
    while any(_runs(int(pid)) for pid in told):
        assert time.monotonic() < until, told
        time.sleep(0.01)


def _run(story: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "support.forking", story]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False

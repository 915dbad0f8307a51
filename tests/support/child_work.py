"""Passes for tests: importable by name in a child process."""

from __future__ import annotations

import os
import signal
import time

from layerscope.engine.errors import LayerDamaged
from layerscope.engine.task import Progress, Task


def process_number(task: Task) -> int:
    return os.getpid()


def number_after(seconds: float, task: Task) -> int:
    task.wait(seconds)
    return os.getpid()


def fail(task: Task) -> None:
    raise LayerDamaged("This was made to fail.", layer="x", offset=7)


def report(count: int, task: Task) -> None:
    for done in range(count):
        task.report(Progress(done, count))


def polite(task: Task) -> None:
    task.report(Progress(0))
    task.wait(30)


def deaf(task: Task) -> None:
    """As a pass that is deep in a library written in C."""
    task.report(Progress(0))
    time.sleep(30)


def die(task: Task) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def chatter(task: Task) -> str:
    print("noise " * 1000)
    os.write(1, b"\x00" * 64)
    return "fine"

"""A process of its own that has a nursery: the test process has too many threads to fork."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial

import pytest

from layerscope.engine.errors import LayerDamaged, WorkerStopped
from layerscope.engine.task import Task
from layerscope.worker.passes import ProcessPasses, start_nursery
from support import child_work
from support.cancels import seconds_to_end


def forked(passes: ProcessPasses) -> None:
    """A child is no fresh program: its parent is the nursery, whose parent is this process."""
    pid = passes.run(child_work.process_number, task=Task())
    assert _parent(_parent(pid)) == os.getpid()
    assert passes.run(child_work.process_number, task=Task()) == pid


def failing(passes: ProcessPasses) -> None:
    with pytest.raises(LayerDamaged) as caught:
        passes.run(child_work.fail, task=Task())
    assert caught.value.offset == 7


def cancelled(passes: ProcessPasses) -> None:
    """Even deep inside a library; the next pass is fine."""
    for work in (child_work.polite, child_work.deaf):
        started = threading.Event()
        task = Task(_setter(started))
        ask = partial(passes.run, work, task=task)
        assert seconds_to_end(ask, started, task) < 0.25
        assert passes.run(child_work.process_number, task=Task()) > 0


def killed(passes: ProcessPasses) -> None:
    """A child that dies, busy or idle, is replaced."""
    pid = passes.run(child_work.process_number, task=Task())
    with pytest.raises(WorkerStopped):
        passes.run(child_work.die, task=Task())
    os.kill(passes.run(child_work.process_number, task=Task()), signal.SIGKILL)
    assert passes.run(child_work.process_number, task=Task()) != pid


def orphaned(passes: ProcessPasses) -> None:
    """Without its nursery the program starts children as fresh programs."""
    pid = passes.run(child_work.process_number, task=Task())
    os.kill(_parent(pid), signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    assert passes.run(child_work.process_number, task=Task()) > 0


def left(passes: ProcessPasses) -> None:
    """Prints the processes that must be gone when this one is; ends without closing anything."""
    pid = passes.run(child_work.process_number, task=Task())
    print(pid, _parent(pid), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def _setter(event: threading.Event) -> Callable[[object], None]:
    return lambda _news: event.set()


def _parent(pid: int) -> int:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return int(file.read().rpartition(")")[2].split()[1])


if __name__ == "__main__":
    nursery = start_nursery()
    assert nursery is not None
    made = ProcessPasses(nursery=nursery)
    globals()[sys.argv[1]](made)
    made.close()

"""How soon work ends that is cancelled, in every state that it can be in: at worst, of some times.

Nothing is waited for with less than the patience that the program has by itself; so an answer in
milliseconds is the answer to the cancel.
"""

from __future__ import annotations

import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from importlib import import_module

from bench.given import Given
from bench.report import Figure, at_most
from bench.states_far import FAR
from bench.states_near import NEAR
from bench.waiting import Stage, Waiting
from layerscope.engine.task import Cancelled, Task
from layerscope.worker.passes import ProcessPasses

GOAL = 250  # ms
_FIRST, _LAST = 0.05, 0.2  # seconds that it waits before it is cancelled: not always the same


def figures(given: Given) -> Iterator[Figure]:
    loading = _loading()
    passes = ProcessPasses()
    worst: list[float] = []
    try:
        shared = Stage(given.work / "shared", given.work / "shared", passes)
        for name, state in {**FAR, **NEAR}.items():
            taken = []
            for number in range(given.rounds):
                stage = Stage(given.work / "own", shared.folder, passes)
                stage.folder.mkdir()
                with state(stage) as waiting:
                    pause = _FIRST + (_LAST - _FIRST) * number / given.rounds
                    taken.append(1000 * _answered(name, waiting, pause))
                shutil.rmtree(stage.folder)
            worst.append(max(taken))
            note = f"at worst of {given.rounds}; median {statistics.median(taken):.0f}"
            yield at_most(f"cancel: {name}", GOAL, max(taken), "ms", note)
    finally:
        passes.close()
    yield at_most(f"cancel: in all {len(worst)} states", GOAL, max(worst), "ms", "at worst")
    what = "what the first pull or push of a program loads, before which it answers no cancel"
    yield Figure(what, "", f"{loading:.0f} ms")


def _loading() -> float:
    """Milliseconds, once in a process; what the registries of the test share with it is loaded
    already."""
    start = time.perf_counter()
    for name in ("pulling", "pushing", "loading", "saving", "exporting", "checking"):
        import_module(f"layerscope.engine.library.{name}")
    return 1000 * (time.perf_counter() - start)


def _answered(name: str, waiting: Waiting, pause: float) -> float:
    """Seconds from the cancel until nobody works any more."""
    task = Task(waiting.listen)
    moment: list[float] = []

    def cancel() -> None:
        assert waiting.ready.wait(30), f"{name}: never got there"
        time.sleep(pause if waiting.settles else 0)
        moment.append(time.perf_counter())
        task.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        waiting.work(task)
    except Cancelled:
        return time.perf_counter() - moment[0]
    finally:
        thread.join()
    raise AssertionError(f"{name}: was through before it was cancelled")

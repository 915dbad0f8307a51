"""Heavy passes run in child processes that are killable, warm and replaceable."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from layerscope.engine.errors import LayerDamaged, WorkerStopped
from layerscope.engine.task import Progress, Task
from layerscope.worker.passes import ProcessPasses
from support import child_work
from support.cancels import seconds_to_end

TESTS = Path(__file__).parents[2]


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessPasses]:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))  # for support.child_work
    made = ProcessPasses()
    yield made
    made.close()


def test_a_pass_runs_elsewhere_and_the_child_stays_warm(passes: ProcessPasses) -> None:
    first = passes.run(child_work.process_number, task=Task())
    assert first != os.getpid()
    assert passes.run(child_work.process_number, task=Task()) == first


def test_an_error_of_a_pass_is_raised_here(passes: ProcessPasses) -> None:
    with pytest.raises(LayerDamaged, match="made to fail") as caught:
        passes.run(child_work.fail, task=Task())
    assert caught.value.offset == 7


def test_progress_of_a_pass_comes_through(passes: ProcessPasses) -> None:
    heard: list[object] = []
    passes.run(child_work.report, 3, task=Task(heard.append))
    assert heard[0] == Progress(0, 3)


def test_two_passes_run_at_the_same_time(passes: ProcessPasses) -> None:
    numbers: list[int] = []
    barrier = threading.Barrier(2)

    def ask() -> None:
        barrier.wait(5)
        numbers.append(passes.run(child_work.number_after, 0.3, task=Task()))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(set(numbers)) == 2


@pytest.mark.parametrize("work", [child_work.polite, child_work.deaf])
def test_a_cancel_ends_any_pass_within_a_quarter_second(
    passes: ProcessPasses, work: Callable[..., object]
) -> None:
    started = threading.Event()
    running = Task(lambda _news: started.set())
    ask = partial(passes.run, work, task=running)
    assert seconds_to_end(ask, started, running) < 0.25
    assert passes.run(child_work.process_number, task=Task()) > 0  # the next one is fine


def test_a_child_that_dies_is_told_in_words_and_replaced(passes: ProcessPasses) -> None:
    number = passes.run(child_work.process_number, task=Task())
    with pytest.raises(WorkerStopped, match="-9"):
        passes.run(child_work.die, task=Task())
    os.kill(passes.run(child_work.process_number, task=Task()), signal.SIGKILL)
    assert passes.run(child_work.process_number, task=Task()) != number


def test_what_a_pass_prints_cannot_harm_the_protocol(passes: ProcessPasses) -> None:
    assert passes.run(child_work.chatter, task=Task()) == "fine"

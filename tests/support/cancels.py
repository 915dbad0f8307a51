"""How soon work ends that is cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from layerscope.engine.task import Cancelled, Task


def seconds_to_end(work: Callable[[], object], under_way: threading.Event, task: Task) -> float:
    """Runs ``work`` in a thread and cancels ``task`` as soon as it is under way; the seconds from
    then on.  It must end as cancelled."""
    ended: list[float] = []

    def run() -> None:
        with pytest.raises(Cancelled):
            work()
        ended.append(time.monotonic())

    thread = threading.Thread(target=run)
    thread.start()
    assert under_way.wait(10)
    cancelled = time.monotonic()
    task.cancel()
    thread.join(5)
    assert ended, "it did not end as cancelled"
    return ended[0] - cancelled

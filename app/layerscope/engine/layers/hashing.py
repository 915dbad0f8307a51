"""Hashes large pieces on a thread of its own, while the next ones are being inflated.

hashlib lets go of the interpreter for pieces this large, so both threads truly run at once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType
from typing import Self

Update = Callable[[bytes | memoryview], object]
#: How many pieces, of at most one MiB each, there are between two milestones; the thread may lag
#: behind by two of those.
_STRETCH = 8


class HashThread:
    """Runs ``update(data)`` calls in the order of their submission; a context manager."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Update, bytes | memoryview] | threading.Event | None]
        self._jobs = SimpleQueue()
        self._milestones: deque[threading.Event] = deque()
        self._submitted = 0
        self._thread = threading.Thread(target=self._run, name="hashing", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._jobs.put(None)
        self._thread.join()

    def submit(self, update: Update, data: bytes | memoryview) -> None:
        """Have ``data`` hashed soon; waits while too much is waiting already."""
        self._jobs.put((update, data))
        self._submitted += 1
        if self._submitted % _STRETCH == 0:
            self._milestones.append(self._milestone())
            if len(self._milestones) > 2:
                self._milestones.popleft().wait()

    def drain(self) -> None:
        """Wait until everything submitted so far has been hashed."""
        self._milestone().wait()

    def _milestone(self) -> threading.Event:
        milestone = threading.Event()
        self._jobs.put(milestone)
        return milestone

    def _run(self) -> None:
        while job := self._jobs.get():
            if isinstance(job, threading.Event):
                job.set()
            else:
                update, data = job
                update(data)
                del update, data
            del job

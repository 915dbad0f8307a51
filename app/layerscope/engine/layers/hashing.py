"""Hashes large pieces on a thread of its own, while the next ones are being inflated.

hashlib lets go of the interpreter for pieces this large, so both threads truly run at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Queue
from types import TracebackType
from typing import Self

_Job = tuple[Callable[[bytes | memoryview], object], bytes | memoryview]
#: Pieces that may wait; each is at most one MiB.
_WAITING = 12


class HashThread:
    """Runs ``update(data)`` calls in the order of their submission; a context manager."""

    def __init__(self) -> None:
        self._jobs: Queue[_Job | None] = Queue(_WAITING)
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

    def submit(
        self, update: Callable[[bytes | memoryview], object], data: bytes | memoryview
    ) -> None:
        """Have ``data`` hashed soon; waits while too much is waiting already."""
        self._jobs.put((update, data))

    def drain(self) -> None:
        """Wait until everything submitted so far has been hashed."""
        self._jobs.join()

    def _run(self) -> None:
        while job := self._jobs.get():
            update, data = job
            update(data)
            del data, job
            self._jobs.task_done()

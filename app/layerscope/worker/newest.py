"""Keeps only the newest progress of each job and sends it at a steady pace."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .messages import News
from .pace import INTERVAL


class Newest:
    """``put`` never blocks and never sends; a thread of its own does, while there is news."""

    def __init__(self, tell: Callable[[object], None]) -> None:
        self._tell = tell
        self._waiting: dict[int, object] = {}
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._sending = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._send, name="progress", daemon=True).start()

    def put(self, job: int, value: object) -> None:
        with self._lock:
            self._waiting[job] = value
        self._something.set()

    def flush(self, job: int) -> None:
        """Send what waits for this job; nothing of it is sent after this returns."""
        with self._sending:
            with self._lock:
                value = self._waiting.pop(job, None)
            if value is not None:
                self._tell(News(job, value))

    def close(self) -> None:
        """Send nothing more."""
        self._closed.set()
        self._something.set()

    def _send(self) -> None:
        while not self._closed.wait(INTERVAL):
            self._something.wait()
            self._something.clear()
            with self._sending:
                with self._lock:
                    waiting, self._waiting = self._waiting, {}
                for job, value in waiting.items():
                    self._tell(News(job, value))

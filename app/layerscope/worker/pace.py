"""Keeps progress to a pace that a person can follow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

INTERVAL = 0.05  #: seconds between two deliveries


class Pace:
    """Passes a value on at most every INTERVAL seconds and drops those in between.

    Good enough where values come steadily and the last one does not matter, because an ending
    follows it.  May be called from any thread.
    """

    def __init__(self, deliver: Callable[[object], None]) -> None:
        self._deliver = deliver
        self._next = 0.0
        self._lock = threading.Lock()

    def __call__(self, value: object) -> None:
        with self._lock:
            now = time.monotonic()
            if now < self._next:
                return
            self._next = now + INTERVAL
        self._deliver(value)

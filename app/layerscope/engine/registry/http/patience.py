"""How long we wait for a far side, and how often we ask again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from layerscope.engine.dataclass import dataclass

#: Statuses after which the same request may succeed (FORMATS 3.8).
TRANSIENT = frozenset({408, 429, 499, 500, 502, 503, 504, 522})

LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """All times are seconds.  A body slower than ``slowest`` bytes per second over
    ``stall_window`` seconds of waiting has stalled; a document (manifest, token, list) that has
    not arrived after ``document_time`` has too, however busily it trickles."""

    connect_time: float = 20.0
    stall_window: float = 30.0
    slowest: int = 1024
    document_time: float = 120.0
    commit_time: float = 300.0  #: a registry that stores gigabytes may be silent for so long
    attempts: int = 5
    first_wait: float = 1.0
    longest_wait: float = LONGEST_WAIT

    def wait_after(self, attempt: int, asked: float | None) -> float:
        """How long to wait after the failed ``attempt`` (from 1).  ``asked`` is what the server
        wants; the rest is doubling with jitter, so that many clients do not come back at once."""
        if asked is not None:
            return min(asked, self.longest_wait)
        wait = self.first_wait * 2.0 ** (attempt - 1)
        return min(wait * random.uniform(0.75, 1.25), self.longest_wait)


@dataclass(frozen=True, slots=True)
class Retry:
    """News that something will be tried again."""

    wait: float
    attempt: int
    attempts: int
    reason: str

    def __str__(self) -> str:
        """In the words of the transfer list: "in 4 s (2 of 5)"."""
        return f"in {max(round(self.wait), 1)} s ({self.attempt} of {self.attempts})"


def retry_after(value: str | None, now: Callable[[], float] = time.time) -> float | None:
    """Seconds that a Retry-After header asks for: a number or an HTTP date (RFC 9110 10.2.3).
    None if it is absent, nonsense or in the past."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:12])
    try:
        wanted = parsedate_to_datetime(value).timestamp() - now()
    except (ValueError, TypeError, OverflowError):
        return None
    return wanted if wanted > 0 else None

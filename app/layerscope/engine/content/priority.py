"""Work that leaves the processors to more urgent work of this program."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_NICENESS = 5


def behind_others(work: Callable[[], T]) -> T:
    """What ``work`` returns or raises.  It runs on a thread of lower priority, as do the threads it
    starts; the thread ends with it, because only a privileged process may take the priority back.
    Where threads have no priority of their own (all but Linux), it runs like any other work.
    """
    with ThreadPoolExecutor(1, "behind others", _step_back) as thread:
        return thread.submit(work).result()


def _step_back() -> None:
    if sys.platform.startswith("linux"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)

"""Which operations there are, and how many of each kind may run at the same time."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum


class Lane(StrEnum):
    """Work of different lanes never waits for each other."""

    TRANSFERS = "transfers"  #: long, mostly waiting for a network or a disk
    QUESTIONS = "questions"  #: short requests to a registry
    READING = "reading"  #: short looks into the store
    BROWSING = "browsing"  #: passes over layers
    CHANGES = "changes"  #: changes of the store, one at a time and in the order asked for
    AHEAD = "ahead"  #: what nobody has asked for yet


WIDTH = {
    Lane.TRANSFERS: 3,
    Lane.QUESTIONS: 6,
    Lane.READING: 3,
    Lane.BROWSING: 3,
    Lane.CHANGES: 1,
    Lane.AHEAD: 1,
}

#: Every operation that may be asked for, with its lane.  The name is that of a Library method.
OPERATIONS = {
    "images": Lane.READING,
    "image": Lane.READING,
    "document": Lane.READING,
    "read_file": Lane.READING,
    "plan_removal": Lane.READING,
    "plan_prune": Lane.READING,
    "disk_use": Lane.READING,
    "plan_save": Lane.READING,
    "plan_load": Lane.BROWSING,
    "plan_export": Lane.BROWSING,
    "plan_extract": Lane.BROWSING,
    "settings": Lane.READING,
    "limits": Lane.READING,
    "trash": Lane.READING,
    "browse": Lane.BROWSING,
    "verify": Lane.BROWSING,
    "registries": Lane.QUESTIONS,
    "search": Lane.QUESTIONS,
    "tags": Lane.QUESTIONS,
    "tag_details": Lane.QUESTIONS,
    "preview": Lane.QUESTIONS,
    "plan_push": Lane.QUESTIONS,
    "login": Lane.QUESTIONS,
    "logout": Lane.QUESTIONS,
    "test_registry": Lane.QUESTIONS,
    "login_places": Lane.QUESTIONS,
    "noted_logins": Lane.QUESTIONS,
    "copy_logins": Lane.QUESTIONS,
    "pull": Lane.TRANSFERS,
    "pull_all": Lane.TRANSFERS,
    "load": Lane.TRANSFERS,
    "load_sample": Lane.TRANSFERS,
    "push": Lane.TRANSFERS,
    "save": Lane.TRANSFERS,
    "export": Lane.TRANSFERS,
    "export_layer": Lane.TRANSFERS,
    "extract": Lane.TRANSFERS,
    "tag": Lane.CHANGES,
    "untag": Lane.CHANGES,
    "apply": Lane.CHANGES,
    "undo": Lane.CHANGES,
    "redo": Lane.CHANGES,
    "restore": Lane.CHANGES,
    "empty_trash": Lane.CHANGES,
    "repair": Lane.CHANGES,
    "change_limits": Lane.CHANGES,
    "configure_registry": Lane.CHANGES,
    "allow_token_server": Lane.CHANGES,
    "remove_registry": Lane.CHANGES,
}


class Lanes:
    """The threads of all lanes; they start as they are needed."""

    def __init__(self) -> None:
        self._pools = {
            lane: ThreadPoolExecutor(width, thread_name_prefix=lane)
            for lane, width in WIDTH.items()
        }
        self._lock = threading.Lock()
        self._running = dict.fromkeys(Lane, 0)

    def submit(self, lane: Lane, work: Callable[[], None]) -> None:
        with self._lock:
            self._running[lane] += 1
        future = self._pools[lane].submit(work)
        future.add_done_callback(functools.partial(self._ended, lane))

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits for its turn."""
        with self._lock:
            return any(self._running.values())

    def busy_with(self, lane: Lane) -> bool:
        with self._lock:
            return self._running[lane] > 0

    def close(self) -> None:
        """Begin nothing more; what runs is not waited for."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def _ended(self, lane: Lane, _future: Future[None]) -> None:
        with self._lock:
            self._running[lane] -= 1

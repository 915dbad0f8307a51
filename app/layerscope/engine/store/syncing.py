"""Brings large blobs to the disk without keeping a cancel waiting."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content.disk_failures import explained
from layerscope.engine.task import Cancelled, Task

_LARGE = 1 << 24  #: bytes whose sync takes longer than a cancel may


def sync_large(
    file: BinaryIO, path: Path, size: int, sync: Callable[[BinaryIO], None], task: Task
) -> None:
    """``sync`` the file, in a thread if it is large: nothing breaks off a sync of gigabytes.

    Raises Cancelled before it has ended, and what ``sync`` raises.  The thread's own descriptor
    keeps the lock meanwhile, so that no other writer comes between.
    """
    if size < _LARGE:
        sync(file)
        return
    with explained(path):
        file.flush()
        spare = os.fdopen(os.dup(file.fileno()), "rb")
    outcome: Future[None] = Future()
    woken = threading.Event()

    def work() -> None:
        with spare:
            try:
                sync(spare)
            except BaseException as error:  # told again by whoever waits
                outcome.set_exception(error)
            else:
                outcome.set_result(None)
        woken.set()

    threading.Thread(target=work, name="sync", daemon=True).start()
    with task.interrupted_by(woken.set):
        woken.wait()
    if not outcome.done():
        raise Cancelled
    outcome.result()

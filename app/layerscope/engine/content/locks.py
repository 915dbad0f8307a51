"""Locks between processes, which the system lets go of when their holder dies.

They are flock locks, each on an open file of its own: POSIX record locks would vanish as soon as
any descriptor of the file is closed.  Threads exclude each other in the same way.  A lock is never
taken again by who holds it.  The file stays when the lock is released.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content import files
from layerscope.engine.content.disk_failures import explained
from layerscope.engine.errors import StoreBusy
from layerscope.engine.task import Task

PATIENCE = 30.0
_LONGEST_NOTE = 4096
_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.05

if sys.platform == "win32":  # pragma: no cover - only the recipe is shared with other systems
    import msvcrt

    _FAR_BYTE = 2**62

    def try_lock(file: BinaryIO, *, shared: bool = False) -> bool:
        """Take the lock of an open file if nobody else has it.  Windows knows no shared ones."""
        file.seek(_FAR_BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(0)
        return True

    def unlock(file: BinaryIO) -> None:
        """Release the lock of an open file."""
        file.seek(_FAR_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
        file.seek(0)

else:
    import fcntl

    def try_lock(file: BinaryIO, *, shared: bool = False) -> bool:
        """Take the lock of an open file if nobody else has it, or has it shared as well."""
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(file.fileno(), kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(file: BinaryIO) -> None:
        """Release the lock of an open file, also for children that inherited it."""
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)


class FileLock:
    """A lock with a name of its own: the file ``path``, which is made and never deleted.

    With ``fair`` there is a second one beside it, ``.turn``, that everybody passes through on the
    way: while one waits for the lock alone, no more of those who share it get in.
    """

    def __init__(self, path: Path, *, fair: bool = False) -> None:
        self.path = path
        self._turn = path.with_name(f"{path.name}.turn") if fair else None

    @contextmanager
    def held(self, task: Task, *, shared: bool = False) -> Iterator[None]:
        """Hold the lock during the block.

        Raises StoreBusy, which names the holder, when it is not free within ``PATIENCE`` seconds.
        """
        deadline = time.monotonic() + PATIENCE
        with files.open_to_change(self.path) as file:
            with self._passing(file, task, deadline):
                self._take(file, file, task, deadline, shared=shared)
            try:
                if not shared:
                    _leave_note(file)
                task.checkpoint()
                yield
            finally:
                unlock(file)

    def works(self) -> bool:
        """Whether this file system really excludes: two open files must conflict.  Ask while the
        lock is held."""
        with files.open_to_change(self.path) as file:
            if not try_lock(file):
                return True
            unlock(file)
            return False

    @contextmanager
    def _passing(self, file: BinaryIO, task: Task, deadline: float) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        with files.open_to_change(self._turn) as turn:
            self._take(turn, file, task, deadline, shared=False)
            try:
                yield
            finally:
                unlock(turn)

    def _take(
        self, wanted: BinaryIO, lock: BinaryIO, task: Task, deadline: float, *, shared: bool
    ) -> None:
        pause = _FIRST_PAUSE
        with explained(self.path):
            while not try_lock(wanted, shared=shared):
                if time.monotonic() > deadline:
                    raise self._busy(lock)
                task.wait(pause)
                pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _busy(self, file: BinaryIO) -> StoreBusy:
        holder = read_note(file)
        return StoreBusy(
            "Another program is writing to this store.",
            hint=f"{holder}. Browsing still works." if holder else "Browsing still works.",
            holder=holder,
        )


def note() -> dict[str, object]:
    """Who this process is, for whoever has to wait for it."""
    words = [Path(sys.argv[0]).name, *sys.argv[1:2]] if sys.argv else []
    return {
        "pid": os.getpid(),
        "program": " ".join(words) or "python",
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def read_note(file: BinaryIO) -> str:
    """The holder as a person would say it, empty if it has left no readable note."""
    file.seek(0)
    try:
        found = json.loads(file.read(_LONGEST_NOTE))
        since = datetime.fromisoformat(str(found["since"])).astimezone()
        return f"Process {int(found['pid'])} ({str(found['program'])[:80]}) since {since:%H:%M}"
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return ""


def _leave_note(file: BinaryIO) -> None:
    # Only for the sentence of StoreBusy; a disk too full for it must not keep anyone from
    # deleting images.
    with suppress(OSError):
        file.seek(0)
        file.truncate()
        file.write(json.dumps(note()).encode())

"""A file that is still being written, read as though all of it were there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.task import Task

_FIRST, _LONGEST = 0.002, 0.05  #: seconds between two looks at what does not change


class Growing:
    """``file`` will hold ``size`` bytes in the end; ``read`` waits for those that are to come.

    Whoever writes must cancel ``task`` when it gives up or starts over.  Nothing here says that
    the bytes are right: that is for the writer to find out, and to tell by renaming the file.
    """

    def __init__(self, file: BinaryIO, size: int, task: Task) -> None:
        self._file = file
        self._left = size
        self._task = task

    def read(self, size: int, /) -> bytes:
        """At least one byte and at most ``size``; none only after the last one.  Raises
        Cancelled."""
        pause = _FIRST
        while self._left:
            data = self._file.read(min(size, self._left))
            if data:
                self._left -= len(data)
                return data
            pause = self._wait(pause)
        return b""

    def wait_for_name(self, path: Path) -> None:
        """Until this very file is at ``path``.  Raises Cancelled."""
        pause = _FIRST
        while not self._is_at(path):
            pause = self._wait(pause)

    def _is_at(self, path: Path) -> bool:
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), path.lstat())
        except FileNotFoundError:
            return False

    def _wait(self, pause: float) -> float:
        self._task.wait(pause)
        return min(2 * pause, _LONGEST)

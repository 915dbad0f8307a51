"""A file that is still being written, read as though all of it were there."""

from __future__ import annotations

from typing import BinaryIO

from layerscope.engine.task import Task

_FIRST, _LONGEST = 0.002, 0.05  #: seconds between two looks at a file that does not grow


class Growing:
    """``file`` will hold ``size`` bytes in the end; ``read`` waits for those that are to come.

    Whoever writes must cancel ``task`` when it gives up.  Nothing here says that the bytes are
    right: a writer that starts over leaves a reader with a mixture, which only a digest tells.
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
            self._task.wait(pause)
            pause = min(2 * pause, _LONGEST)
        return b""

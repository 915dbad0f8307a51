"""The worker as its owner sees it: a process to start, talk to, and end in time."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Sequence

from . import launch
from .wire import Closed

_GRACE = 1.2  #: seconds a worker has for leaving by itself once we have hung up


class WorkerClient:
    """A running worker process.

    ``heard`` is called with every message and ``died`` once, without having been closed, when the
    process is gone; both on this object's own thread.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        heard: Callable[[object], None],
        died: Callable[[int], None],
    ) -> None:
        self._process, self._channel = launch.start("layerscope.worker", arguments)
        self._heard = heard
        self._died = died
        self._closing = False
        self._thread = threading.Thread(target=self._listen, name="from the worker", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, message: object) -> None:
        """Raises wire.Closed when the worker is gone."""
        self._channel.send(message)

    def close(self) -> None:
        """Hang up, which cancels everything; after a short grace the process is killed."""
        self._closing = True
        self._channel.hang_up()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join(_GRACE)
        self._channel.close()

    def _listen(self) -> None:
        while True:
            try:
                message = self._channel.receive()
            except Closed:
                break
            self._heard(message)
        if not self._closing:
            self._channel.hang_up()
            try:
                status = self._process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                status = self._process.wait()
            self._died(status)

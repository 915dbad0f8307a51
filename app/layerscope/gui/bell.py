"""Wakes the event loop when a signal arrives, so that Python's handler for it runs at once."""

from __future__ import annotations

import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier


class Bell(QObject):
    """Python runs signal handlers only between byte codes, of which an idle window has none.

    A byte on a pair of sockets wakes it, and costs nothing while there is no signal.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        notifier = QSocketNotifier(self._woken.fileno(), QSocketNotifier.Type.Read, self)
        notifier.activated.connect(self._drain)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)

    def _drain(self) -> None:
        self._woken.recv(64)

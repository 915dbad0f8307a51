"""Forks children that are ready at once, from a process that has loaded what they need.

Loading takes a child longer than reading a small layer.  The nursery loads once, has one thread
and holds nothing, so it may fork; it lives as long as whoever started it.  Linux only.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from typing import NoReturn

from .wire import Channel, Closed, over_socket

_PID = struct.Struct("=i")


class Nursery:
    """Made by ``start``.  ``fork`` may be called from any thread."""

    def __init__(self, pid: int, control: socket.socket) -> None:
        self._pid = pid
        self._control = control
        self._lock = threading.Lock()
        self._asked = 0
        self._pids: list[int] = []

    @classmethod
    def start(cls, modules: Sequence[str], serve: str) -> Nursery | None:
        """Fork the nursery off this process, which must have no thread but this one yet.

        ``modules`` are imported before the first child is forked, which then calls the function
        ``serve`` ("module:name") with its channel.  None where forking is not possible.
        """
        if not sys.platform.startswith("linux") or threading.active_count() > 1:
            return None
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            _tend(theirs, modules, serve)
        theirs.close()
        return cls(pid, ours)

    def fork(self) -> tuple[Forked, Channel]:
        """A new child, which may still be under way.  Raises OSError if the nursery is gone."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                socket.send_fds(self._control, [b"c"], [theirs.fileno()])
            except BaseException:
                ours.close()
                raise
            number = self._asked
            self._asked += 1
        return Forked(lambda: self._born(number)), over_socket(ours)

    def close(self) -> None:
        """End the nursery; its children end when their channels are closed."""
        self._control.close()
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def _born(self, number: int) -> int:
        """The process number of a child; waits until there is one.  Raises Closed."""
        with self._lock:
            while len(self._pids) <= number:
                try:
                    data = self._control.recv(_PID.size, socket.MSG_WAITALL)
                except OSError as error:
                    raise Closed from error
                if len(data) < _PID.size:
                    raise Closed
                self._pids += _PID.unpack(data)
            return self._pids[number]


class Forked:
    """A child of the nursery, named by a descriptor that outlives its number."""

    def __init__(self, born: Callable[[], int]) -> None:
        self._born = born
        self._handle: int | None = None
        self._lock = threading.Lock()

    def settle(self) -> None:
        """Wait until it is there; from then on it can be killed.  Raises wire.Closed."""
        with self._lock:
            if self._handle is None:
                try:
                    self._handle = os.pidfd_open(self._born())
                except OSError as error:
                    raise Closed from error

    @property
    def alive(self) -> bool:
        return self._handle is None or not self._ended(0)

    def kill(self) -> None:
        """At once.  One that has not settled yet has nothing to do and ends with its channel."""
        if self._handle is not None and self.alive:
            try:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            except ProcessLookupError:
                return

    def wait(self, seconds: float | None = None) -> int | None:
        """Until it has ended.  The status is its parent's to know: None."""
        self._ended(seconds)
        return None

    def forget(self) -> None:
        """Give the descriptor back."""
        with self._lock:
            if self._handle is not None:
                os.close(self._handle)
                self._handle, self._born = None, _gone

    def _ended(self, seconds: float | None) -> bool:
        if self._handle is None:
            return True
        readable, _, _ = select.select([self._handle], [], [], seconds)
        return bool(readable)


def _gone() -> int:
    raise Closed


def _tend(control: socket.socket, modules: Sequence[str], serve: str) -> NoReturn:
    """What the nursery does, from its first instruction to its last."""
    try:
        os.setsid()  # Ctrl+C in a terminal is for whoever started us
        _let_go_of_everything_but(control.fileno())
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here asks how children ended
        loaded = False
        while True:
            _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            if not descriptors:
                break
            if not loaded:
                for module in modules:
                    importlib.import_module(module)
                gc.freeze()
                loaded = True
            pid = os.fork()
            if pid == 0:
                control.close()
                _live(socket.socket(fileno=descriptors[0]), serve)
            os.close(descriptors[0])
            control.sendall(_PID.pack(pid))
    finally:
        os._exit(0)


def _live(connection: socket.socket, serve: str) -> NoReturn:
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        module, _, name = serve.partition(":")
        getattr(importlib.import_module(module), name)(over_socket(connection))
    finally:
        os._exit(1)


def _let_go_of_everything_but(kept: int) -> None:
    """Above all of the pipes of whoever started us: their ends must be seen to close.  What is
    printed goes to standard error."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    try:
        os.dup2(2, 1)
    except OSError:  # started without a standard error
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))

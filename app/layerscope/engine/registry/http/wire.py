"""One exchange's hold on its socket: cancelling it, metering it, giving up on it.

A read time-out never ends a server that sends one byte now and then, and nothing in requests ends
a handshake; so our connections (connections.py) ask the wire of the running exchange for their
socket, and read through it.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, cast

from layerscope.engine.errors import RegistryError, Stalled
from layerscope.engine.registry.http.dial import dial
from layerscope.engine.registry.http.origin import Address, literal_address
from layerscope.engine.registry.http.patience import Patience
from layerscope.engine.task import Task

#: Decides whose socket it is when one exchange is cancelled while the connection passes from it
#: to the next; held for a few instructions only.
_turns = threading.Lock()


class Wired(Protocol):
    """A connection that remembers whose turn it is."""

    wire: Wire | None
    peer: Address | None


class Wire:
    """Used by one thread; ``interrupt`` by any."""

    def __init__(
        self,
        registry: str,
        patience: Patience,
        task: Task,
        tls: Callable[[], ssl.SSLContext],
        *,
        outer_only: bool = False,
    ) -> None:
        self.registry = registry
        self.task = task
        self.tls = tls
        self.reused = False
        self.in_headers = True
        self.received = 0
        #: Why the body ended early, if it did.
        self.failure: OSError | RegistryError | None = None
        #: The time.monotonic() after which this exchange has taken too long.
        self.deadline: float | None = None
        #: The address this exchange talks to, once it is connected.
        self.peer: Address | None = None
        self._patience = patience
        self._outer_only = outer_only
        self._switch: socket.socket | None = None
        self._connection: Wired | None = None
        self._waited = 0.0
        self._counted = 0

    def interrupt(self) -> None:
        """Make whatever this exchange is blocked in return at once."""
        with _turns:
            if self._switch is None:
                return
            if self._connection is not None and self._connection.wire is not self:
                return  # the connection went back to the pool and now serves somebody else
            # Already closed by the far side is as good as shut down.
            with contextlib.suppress(OSError):
                self._switch.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """The exchange is over; forget the socket."""
        with _turns:
            if self._switch is not None:
                self._switch.close()
                self._switch = None
            self._connection = None

    # For the connection

    def connect(self, host: str, port: int, options: Sequence[Any] | None) -> socket.socket:
        """A connected socket, blocking, with the connect time-out set."""
        seconds = self._patience.connect_time
        sock = dial(self.registry, host, port, seconds, self.task, outer_only=self._outer_only)
        for option in options or ():
            sock.setsockopt(*option)
        sock.settimeout(seconds)
        return sock

    def attach(self, connection: Wired, sock: socket.socket) -> None:
        """From now on cancelling shuts this socket.  A duplicate is kept because wrapping a
        socket in TLS takes its descriptor away, and a TLS socket cannot be shut from outside."""
        switch = socket.fromfd(sock.fileno(), sock.family, sock.type)
        with _turns:
            if self._switch is not None:
                self._switch.close()
            self._switch = switch
            self._connection = connection
            connection.wire = self
        if connection.peer is None:
            connection.peer = literal_address(str(sock.getpeername()[0]))
        self.peer = connection.peer
        self.task.checkpoint()

    def receive(self, raw: io.RawIOBase, buffer: memoryview) -> int:
        """Read once.  A broken or stalled connection is remembered in ``failure`` and looks like
        the end of the body, so that bytes that did arrive before it are not lost; while headers
        are read it raises, for http.client takes headers that end too early as they are."""
        count = 0 if self.failure is not None else self._received_into(raw, buffer)
        if self.in_headers and not count:
            raise self.failure or http.client.RemoteDisconnected("the connection was closed")
        return count

    def _received_into(self, raw: io.RawIOBase, buffer: memoryview) -> int:
        started = time.monotonic()
        try:
            count = cast(int, raw.readinto(buffer)) or 0
        except TimeoutError:
            self.failure = self.stalled()
            return 0
        except OSError as error:
            self.failure = error
            return 0
        now = time.monotonic()
        self.received += count
        self._meter(count, now - started)
        if self.deadline is not None and now > self.deadline:
            self.failure = self.stalled()
        return count

    def stalled(self) -> Stalled:
        return Stalled(
            f"{self.registry} stopped sending.",
            hint="Try again; what arrived so far is kept.",
            registry=self.registry,
            transient=True,
        )

    def _meter(self, count: int, waited: float) -> None:
        """Only time spent waiting for the network counts, not what the reader does in between;
        and the first byte opens the window, since silence has its own time-out."""
        if self._counted == 0:
            waited = 0.0
        self._counted += count
        self._waited += waited
        if self._waited < self._patience.stall_window:
            return
        if self._counted < self._patience.slowest * self._waited:
            self.failure = self.stalled()
        self._waited = 0.0
        self._counted = 0


_running = threading.local()


@contextmanager
def using(wire: Wire) -> Iterator[None]:
    """While the block runs, connections used by this thread belong to ``wire``."""
    before: Wire | None = getattr(_running, "wire", None)
    _running.wire = wire
    try:
        yield
    finally:
        _running.wire = before


def running_wire() -> Wire:
    """The wire of the exchange that this thread is in."""
    wire: Wire = _running.wire
    return wire

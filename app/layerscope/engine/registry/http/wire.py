"""Sockets: the only file that opens, meters and breaks them.

urllib3 gives no way to cancel a name lookup, a connect or a handshake, and its read time-out never
ends a server that sends one byte now and then.  So our connections ask the ``Wire`` of the running
exchange for their socket, and read through it.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import queue
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from layerscope.engine.errors import RegistryError, Stalled, Unreachable
from layerscope.engine.registry.http.origin import Address, literal_address
from layerscope.engine.registry.http.patience import Patience
from layerscope.engine.task import Task

_SLICE = 0.05  # how long a connect may sleep before it looks whether it is still wanted
_STAGGER = 0.3  # head start of each address before the next is tried too (RFC 8305)

Found = tuple[int, int, int, str, Any]


class Wire:
    """One exchange's hold on its socket.  Used by one thread; ``interrupt`` by any."""

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
        self.received = 0
        #: Why the body ended early, if it did.
        self.failure: OSError | RegistryError | None = None
        #: The time.monotonic() after which this exchange has taken too long.
        self.deadline: float | None = None
        self._patience = patience
        self._outer_only = outer_only
        self._lock = threading.Lock()
        self._switch: socket.socket | None = None
        self._connection: _Wired | None = None
        #: The address this exchange talks to, once it is connected.
        self.peer: Address | None = None
        self._woken = threading.Event()
        self._waited = 0.0
        self._counted = 0

    def interrupt(self) -> None:
        """Make whatever this exchange is blocked in return at once."""
        self._woken.set()
        with self._lock:
            if self._switch is None:
                return
            if self._connection is not None and self._connection.wire is not self:
                return  # the connection went back to the pool and now serves somebody else
            # Already closed by the far side is as good as shut down.
            with contextlib.suppress(OSError):
                self._switch.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """The exchange is over; forget the socket."""
        with self._lock:
            if self._switch is not None:
                self._switch.close()
                self._switch = None
            self._connection = None

    # For the connection

    def connect(self, host: str, port: int, options: Sequence[Any] | None) -> socket.socket:
        """A connected socket, blocking, with the connect time-out set."""
        limit = time.monotonic() + self._patience.connect_time
        found = self._resolve(host, port, limit)
        if self._outer_only:
            found = [one for one in found if not _forbidden(one[4][0])]
            if not found:
                raise Unreachable(
                    f"{self.registry} points to {host}, which is an address inside this network.",
                    hint="The registry is not allowed to do that; nothing was sent there.",
                    registry=self.registry,
                    transient=False,
                )
        sock = self._first_to_answer(host, port, found, limit)
        for option in options or ():
            sock.setsockopt(*option)
        sock.setblocking(True)
        sock.settimeout(self._patience.connect_time)
        return sock

    def attach(self, connection: _Wired, sock: socket.socket) -> None:
        """From now on cancelling shuts this socket.  A duplicate is kept because wrapping a
        socket in TLS takes its descriptor away, and a TLS socket cannot be shut from outside."""
        switch = socket.fromfd(sock.fileno(), sock.family, sock.type)
        if connection.peer is None:
            connection.peer = literal_address(str(sock.getpeername()[0]))
        self.peer = connection.peer
        with self._lock:
            if self._switch is not None:
                self._switch.close()
            self._switch = switch
            self._connection = connection
            connection.wire = self
        self.task.checkpoint()

    def receive(self, raw: io.RawIOBase, buffer: memoryview) -> int:
        """Read once.  A broken or stalled connection is remembered in ``failure`` and looks like
        the end, so that bytes that did arrive before it are not lost."""
        if self.failure is not None:
            return 0
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

    # Steps

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

    def _resolve(self, host: str, port: int, limit: float) -> list[Found]:
        """Look a name up in a thread that is abandoned if it takes too long: nothing can break
        getaddrinfo off."""
        if literal_address(host) is not None or ":" in host:
            return cast("list[Found]", socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
        answers: queue.SimpleQueue[list[Found] | OSError | UnicodeError] = queue.SimpleQueue()

        def look_up() -> None:
            try:
                found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
                answers.put(cast("list[Found]", found))
            except (OSError, UnicodeError) as error:
                answers.put(error)
            self._woken.set()

        threading.Thread(target=look_up, name=f"look up {host}", daemon=True).start()
        self._woken.wait(max(limit - time.monotonic(), 0))
        self.task.checkpoint()
        try:
            answer = answers.get_nowait()
        except queue.Empty:
            raise self._unreachable(host, "The name lookup did not answer.", False) from None
        if isinstance(answer, Exception):
            raise self._unreachable(host, "The name did not resolve.", False) from answer
        return answer

    def _first_to_answer(
        self, host: str, port: int, found: list[Found], limit: float
    ) -> socket.socket:
        """Connect to the addresses in turn, each with a head start on the next."""
        waiting = list(found)
        last: OSError | None = None
        next_start = 0.0
        with selectors.DefaultSelector() as selector:
            try:
                while True:
                    now = time.monotonic()
                    open_ones = len(selector.get_map())
                    if waiting and (now >= next_start or not open_ones):
                        last = self._start(waiting.pop(0), selector) or last
                        next_start = now + _STAGGER
                        continue
                    if not open_ones:
                        raise self._refused(host, port, last) from last
                    if now >= limit:
                        raise self._unreachable(host, "It does not answer.", True)
                    for key, _events in selector.select(_SLICE):
                        sock = cast(socket.socket, key.fileobj)
                        selector.unregister(sock)
                        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                        if code == 0:
                            return sock
                        sock.close()
                        last = OSError(
                            code, "connect"
                        )  # becomes ConnectionRefusedError and the like
                    self.task.checkpoint()
            finally:
                for key in list(selector.get_map().values()):
                    cast(socket.socket, key.fileobj).close()

    def _start(self, one: Found, selector: selectors.BaseSelector) -> OSError | None:
        family, kind, protocol, _name, address = one
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:  # a machine without IPv6
            return error
        sock.setblocking(False)
        try:
            sock.connect(address)
        except BlockingIOError:
            pass  # the usual answer: under way
        except OSError as error:
            sock.close()
            return error
        selector.register(sock, selectors.EVENT_WRITE)
        return None

    def _refused(self, host: str, port: int, error: OSError | None) -> Unreachable:
        if isinstance(error, ConnectionRefusedError):
            return self._unreachable(host, f"Nothing answers on port {port}.", False)
        return self._unreachable(host, "The connection failed.", True)

    def _unreachable(self, host: str, why: str, transient: bool) -> Unreachable:
        return Unreachable(
            f"Can't reach {host}. {why}",
            hint="Check the network or the proxy.",
            registry=self.registry,
            transient=transient,
        )


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


def _wire() -> Wire:
    wire: Wire = _running.wire
    return wire


def _forbidden(address: str) -> bool:
    """What no name given by a public registry may resolve to: this machine, and the link-local
    range where clouds keep their credentials."""
    found = literal_address(address)
    return found is None or found.is_loopback or found.is_link_local or found.is_unspecified


class _Meter(io.RawIOBase):
    """A socket's read side, seen through the wire of its exchange."""

    def __init__(self, raw: io.RawIOBase, wire: Wire) -> None:
        super().__init__()
        self._raw = raw
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.receive(self._raw, buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _MeteredResponse(http.client.HTTPResponse):
    """An answer that is read through the meter."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Meter(self.fp.detach(), _wire()))


class _Wired:
    """What both kinds of connection have in common: their socket belongs to a wire."""

    response_class: Any = _MeteredResponse
    wire: Wire | None = None
    peer: Address | None = None
    sock: Any

    def _new_conn(self) -> socket.socket:
        wire = _wire()
        this = cast(HTTPConnection, self)
        sock = wire.connect(this._dns_host, this.port, this.socket_options)
        try:
            wire.attach(self, sock)
        except BaseException:
            sock.close()
            raise
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        wire = _wire()
        if self.sock is not None and self.wire is not wire:
            wire.reused = True
            wire.attach(self, self.sock)
        super().request(*args, **kwargs)  # type: ignore[misc]  # the mix-in comes first


class _PlainConnection(_Wired, HTTPConnection):
    pass


class _SecureConnection(_Wired, HTTPSConnection):
    def connect(self) -> None:
        # A context of its own for each connection: truststore holds a lock of the context during
        # the handshake, so one stalled server would hold up all others.
        self.ssl_context = _wire().tls()
        super().connect()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def rewire(manager: urllib3.PoolManager) -> None:
    """Make a pool manager (a proxy manager too) use our connections."""
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}

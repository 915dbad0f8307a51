"""Connecting so that it can be given up at any time, name lookup included."""

from __future__ import annotations

import queue
import selectors
import socket
import threading
import time
from typing import Any, cast

from layerscope.engine.errors import Unreachable
from layerscope.engine.registry.http.origin import literal_address
from layerscope.engine.task import Task

_SLICE = 0.05  # how long a connect may sleep before it looks whether it is still wanted
_STAGGER = 0.3  # head start of each address before the next is tried too (RFC 8305)

Found = tuple[int, int, int, str, Any]


def dial(
    registry: str, host: str, port: int, seconds: float, task: Task, *, outer_only: bool
) -> socket.socket:
    """A connected socket.  ``outer_only`` refuses names that resolve to this machine or to the
    link-local range where clouds keep their credentials.  Raises Unreachable."""
    limit = time.monotonic() + seconds
    attempt = _Dial(registry, host, port, limit, task)
    found = attempt.resolved()
    if outer_only:
        found = [one for one in found if not _forbidden(one[4][0])]
        if not found:
            raise Unreachable(
                f"{registry} points to {host}, which is an address inside this network.",
                hint="The registry is not allowed to do that; nothing was sent there.",
                registry=registry,
                transient=False,
            )
    return attempt.first_to_answer(found)


class _Dial:
    def __init__(self, registry: str, host: str, port: int, limit: float, task: Task) -> None:
        self._registry = registry
        self._host = host
        self._port = port
        self._limit = limit
        self._task = task

    def resolved(self) -> list[Found]:
        """Look the name up in a thread that is abandoned if it takes too long: nothing can break
        getaddrinfo off."""
        if literal_address(self._host) is not None:
            return _addresses(self._host, self._port)
        answers: queue.SimpleQueue[list[Found] | OSError | UnicodeError] = queue.SimpleQueue()
        woken = threading.Event()

        def look_up() -> None:
            try:
                answers.put(_addresses(self._host, self._port))
            except (OSError, UnicodeError) as error:
                answers.put(error)
            woken.set()

        threading.Thread(target=look_up, name=f"look up {self._host}", daemon=True).start()
        with self._task.interrupted_by(woken.set):
            woken.wait(max(self._limit - time.monotonic(), 0))
        self._task.checkpoint()
        try:
            answer = answers.get_nowait()
        except queue.Empty:
            raise self._failed("The name lookup did not answer.", transient=False) from None
        if isinstance(answer, Exception):
            raise self._failed("The name did not resolve.", transient=False) from answer
        return answer

    def first_to_answer(self, found: list[Found]) -> socket.socket:
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
                        last = _started(waiting.pop(0), selector) or last
                        next_start = now + _STAGGER
                        continue
                    if not open_ones:
                        raise self._refused(last) from last
                    if now >= self._limit:
                        raise self._failed("It does not answer.", transient=True)
                    for key, _events in selector.select(_SLICE):
                        sock = cast(socket.socket, key.fileobj)
                        selector.unregister(sock)
                        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                        if code == 0:
                            return sock
                        sock.close()
                        last = OSError(code, "connect")  # of the class that fits the code
                    self._task.checkpoint()
            finally:
                for key in list(selector.get_map().values()):
                    cast(socket.socket, key.fileobj).close()

    def _refused(self, error: OSError | None) -> Unreachable:
        if isinstance(error, ConnectionRefusedError):
            return self._failed(f"Nothing answers on port {self._port}.", transient=False)
        return self._failed("The connection failed.", transient=True)

    def _failed(self, why: str, *, transient: bool) -> Unreachable:
        return Unreachable(
            f"Can't reach {self._host}. {why}",
            hint="Check the network or the proxy.",
            registry=self._registry,
            transient=transient,
        )


def _addresses(host: str, port: int) -> list[Found]:
    return cast("list[Found]", socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))


def _started(one: Found, selector: selectors.BaseSelector) -> OSError | None:
    """Begin to connect; the error if that is not even possible."""
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


def _forbidden(address: str) -> bool:
    found = literal_address(address)
    return found is None or found.is_loopback or found.is_link_local or found.is_unspecified

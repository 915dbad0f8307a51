"""A TCP proxy on loopback that breaks connections after so many bytes from the client."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class CuttingProxy:
    """``cuts`` are taken by connections in turn as soon as they have sent more than ``spared``
    bytes; None lets one live.  ``passed`` counts what went to the server."""

    def __init__(self, port: int, cuts: list[int | None], spared: int = 100_000) -> None:
        self._target = port
        self._cuts = cuts
        self._spared = spared
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.port = int(self._server.getsockname()[1])
        self.passed = 0
        self.broken = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]  # methods below
        self._threads.append(thread)
        thread.start()

    def accept(self) -> None:
        while True:
            try:
                client, _address = self._server.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            with self._lock:
                self._open += [client, server]
            self.start(self._upwards, client, server)
            self.start(self._pump, server, client)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        with self._lock:
            for one in self._open:
                _shut(one)
        for thread in self._threads:
            thread.join(10)
        for one in self._open:
            one.close()

    def _upwards(self, client: socket.socket, server: socket.socket) -> None:
        sent = 0
        cut: int | None = None
        armed = False
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                sent += len(data)
                if not armed and sent > self._spared:
                    armed = True
                    with self._lock:
                        cut = self._cuts.pop(0) if self._cuts else None
                if cut is not None and sent > cut:
                    self.broken += 1
                    break
                server.sendall(data)
                self.passed += len(data)
        _shut(client)
        _shut(server)

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        _shut(source)
        _shut(target)


@contextmanager
def cutting_proxy(port: int, *cuts: int | None) -> Iterator[CuttingProxy]:
    proxy = CuttingProxy(port, list(cuts))
    proxy.start(proxy.accept)
    try:
        yield proxy
    finally:
        proxy.close()


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)

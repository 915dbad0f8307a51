"""urllib3's connections, taught to use the wire of the exchange they serve."""

from __future__ import annotations

import http.client
import io
import socket
from typing import Any, cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from layerscope.engine.registry.http.origin import Address
from layerscope.engine.registry.http.wire import Wire, running_wire


def rewire(manager: urllib3.PoolManager) -> None:
    """Make a pool manager (a proxy manager too) use our connections."""
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


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
        self.fp = io.BufferedReader(_Meter(self.fp.detach(), running_wire()))


class _Wiring:
    """What both kinds of connection have in common: their socket belongs to a wire."""

    response_class: Any = _MeteredResponse
    wire: Wire | None = None
    peer: Address | None = None
    sock: Any

    def _new_conn(self) -> socket.socket:
        wire = running_wire()
        this = cast(HTTPConnection, self)
        sock = wire.connect(this._dns_host, this.port, this.socket_options)
        try:
            wire.attach(self, sock)
        except BaseException:
            sock.close()
            raise
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        wire = running_wire()
        if self.sock is not None and self.wire is not wire:
            wire.reused = True
            wire.attach(self, self.sock)
        super().request(*args, **kwargs)  # type: ignore[misc]  # the mix-in comes first


class _PlainConnection(_Wiring, HTTPConnection):
    pass


class _SecureConnection(_Wiring, HTTPSConnection):
    def connect(self) -> None:
        # A context of its own for each connection: truststore holds a lock of the context during
        # the handshake, so one stalled server would hold up all others.
        self.ssl_context = running_wire().tls()
        super().connect()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection

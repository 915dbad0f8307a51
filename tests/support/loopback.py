"""Servers on loopback: each an event loop in a thread of its own, so that tests need none.

What a test sees of them (``accepted``, ``connections``, what a server records) is written by that
thread only, and read by others.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from pathlib import Path
from typing import Self

from layerscope.engine.content.closing import Closing

_LIMIT = 1 << 17  #: bytes that are read ahead of a conversation, about


class LoopbackServer(Closing):
    """``host`` is address:port, known at once; it answers while its block runs.  When the block
    ends every conversation does, and its thread."""

    def __init__(self, address: str = "127.0.0.1", certificate: Path | None = None) -> None:
        """``certificate`` holds key and certificate, for TLS."""
        self.accepted = threading.Event()
        self.connections = 0
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._socket = socket.create_server((address, 0), backlog=64)
        self.port = int(self._socket.getsockname()[1])
        self.host = f"{address}:{self.port}"
        self._talks: set[asyncio.Task[None]] = set()
        self._running = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name=f"server at {self.host}", daemon=True
        )

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://{self.host}"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """All that happens on one connection, which is closed afterwards.  That the client goes
        away meanwhile (OSError, EOFError) is its right."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._running.wait(10)
        return self

    def close(self) -> None:
        """End every conversation, and the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        server = await asyncio.start_server(
            self._accept, sock=self._socket, ssl=self._context, limit=_LIMIT
        )
        self._running.set()
        await self._over.wait()
        server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.accepted.set()
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)
        talk.add_done_callback(lambda _talk: writer.transport.abort())

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError):
            await self.converse(reader, writer)
            writer.close()
            await writer.wait_closed()

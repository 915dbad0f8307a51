"""A TCP proxy on loopback that breaks connections after so many bytes from the client."""

from __future__ import annotations

import asyncio

from support.loopback import LoopbackServer

_PIECE = 1 << 16


class CuttingProxy(LoopbackServer):
    """``cuts`` are taken by connections in turn as soon as they have sent more than ``spared``
    bytes; None lets one live.  ``passed`` counts what went to the server."""

    def __init__(self, port: int, *cuts: int | None, spared: int = 100_000) -> None:
        super().__init__()
        self._target = port
        self._cuts = list(cuts)
        self._spared = spared
        self.passed = 0
        self.broken = 0

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        ways = [
            asyncio.create_task(self._upwards(reader, far_writer)),
            asyncio.create_task(_pump(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            far_writer.transport.abort()

    async def _upwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent = 0
        cut: int | None = None
        armed = False
        while data := await reader.read(_PIECE):
            sent += len(data)
            if not armed and sent > self._spared:
                armed = True
                cut = self._cuts.pop(0) if self._cuts else None
            if cut is not None and sent > cut:
                self.broken += 1
                return
            writer.write(data)
            await writer.drain()
            self.passed += len(data)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_PIECE):
        writer.write(data)
        await writer.drain()

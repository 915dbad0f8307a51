"""A registry on loopback that answers by script, and as badly as the script says.

    with HostileRegistry() as registry:
        registry.serve_image("app", "1", layers=[b"..."])
        registry.on("GET", "/v2/app/blobs/sha256:…", Reply(body=data, cut=9), Reply(body=data))

What is sent is byte for byte what the script says.  Every request is recorded with all its
headers, so that a secret can be searched for.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import socket
import struct
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.canary import forms_of
from support.loopback import LoopbackServer
from support.replies import Answering, Reply, Seen, ranged

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"


class HostileRegistry(LoopbackServer):
    """What is not scripted is 404; ``/v2/`` is 200 unless scripted."""

    def __init__(
        self, address: str = "127.0.0.1", certificate: Path | None = None, *, silent: bool = False
    ) -> None:
        """``silent`` accepts and never says anything, not even a TLS handshake."""
        super().__init__(address, certificate)
        self.requests: list[Seen] = []
        self.stalled = threading.Event()  #: set whenever a stall begins
        self.scripts: dict[tuple[str, str], list[Answering]] = {}
        self._silent = silent
        self.on("GET", "/v2/", Reply(headers={"Content-Type": "application/json"}, body=b"{}"))

    def on(self, method: str, path: str, *answers: Answering) -> None:
        """Answer requests for ``path`` (whatever the query) with these in turn, the last one for
        ever.  A HEAD gets the GET's headers unless it has its own script.  A function that answers
        holds up all connections, so it must not wait."""
        self.scripts[method, path] = list(answers)

    def serve_blob(self, repository: str, data: bytes, *answers: Answering) -> str:
        """A blob with these answers, or a proper one; its digest."""
        digest = _digest_of(data)
        proper = Reply(headers={"Content-Type": "application/octet-stream"}, body=data, ranges=True)
        self.on("GET", f"/v2/{repository}/blobs/{digest}", *(answers or (proper,)))
        return digest

    def serve_image(self, repository: str, tag: str, layers: Sequence[bytes]) -> str:
        """A whole image with these blobs (compressed bytes); the digest of its manifest."""
        diff_ids = [_digest_of(_plain(layer)) for layer in layers]
        config = {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        }
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": OCI_MANIFEST,
                "config": self._descriptor(repository, OCI_CONFIG, json.dumps(config).encode()),
                "layers": [self._descriptor(repository, OCI_LAYER_GZIP, one) for one in layers],
            }
        ).encode()
        return self.serve_manifest(repository, tag, manifest, tells_digest=True)

    def serve_manifest(
        self,
        repository: str,
        tag: str,
        body: bytes,
        media_type: str = OCI_MANIFEST,
        *,
        tells_digest: bool = False,
        **how: Any,
    ) -> str:
        """A manifest or index under its tag and its digest, sent as ``how`` says (see Reply); the
        digest, which a header tells, too, if it should."""
        digest = _digest_of(body)
        told = {"Docker-Content-Digest": digest} if tells_digest else {}
        reply = Reply(200, {"Content-Type": media_type, **told}, body, **how)
        for name in (tag, digest):
            self.on("GET", f"/v2/{repository}/manifests/{name}", reply)
        return digest

    def asked(self, method: str, path: str) -> list[Seen]:
        """The requests for ``path`` so far."""
        return [seen for seen in self.requests if (seen.method, seen.path) == (method, path)]

    def heard(self, secret: str) -> bool:
        """Whether the secret, plain or in base64, came here in any form."""
        everything = b"".join(seen.raw + seen.body for seen in self.requests)
        return any(form in everything for form in forms_of(secret))

    # Answering

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._silent:
            await self.stall()
        while (seen := await self._next(reader, writer)) is not None:
            self.requests.append(seen)
            if not await self._send(writer, self.answer(seen), head=seen.method == "HEAD"):
                return

    def answer(self, seen: Seen) -> Reply:
        """What the script says to a request."""
        answers = self.scripts.get((seen.method, seen.path))
        if answers is None and seen.method == "HEAD":
            answers = self.scripts.get(("GET", seen.path))
        if answers is None:
            body = b'{"errors":[{"code":"NAME_UNKNOWN","message":"not here"}]}'
            return Reply(404, {"Content-Type": "application/json"}, body)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        reply = answer if isinstance(answer, Reply) else answer(seen)
        return ranged(reply, seen) if reply.ranges else reply

    async def body_of(
        self, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        """What follows the headers of a request; what there is of it if the client went away."""
        try:
            if seen.headers.get("transfer-encoding", "") != "chunked":
                return await reader.readexactly(int(seen.headers.get("content-length", "0")))
            body = b""
            while size := int(await reader.readline(), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        except asyncio.IncompleteReadError as cut:
            return cut.partial
        return body

    async def stall(self) -> None:
        """Say nothing more until the end."""
        self.stalled.set()
        await asyncio.Event().wait()

    def _descriptor(self, repository: str, media_type: str, data: bytes) -> dict[str, object]:
        digest = self.serve_blob(repository, data)
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    async def _next(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Seen | None:
        try:
            raw = await reader.readexactly(1)
            if not raw.isalpha():  # somebody tries TLS first
                writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
                return None
            raw += await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return None
        seen = Seen.parsed(raw)
        return replace(seen, body=await self.body_of(seen, reader, writer))

    async def _send(self, writer: asyncio.StreamWriter, reply: Reply, *, head: bool) -> bool:
        """Whether the connection goes on after it."""
        if reply.raw is not None:
            await _write(writer, reply.raw)
            return False
        await self._send_head(writer, reply)
        if head:
            return True
        async for piece in self._pieces(reply):
            await _write(writer, b"%x\r\n%s\r\n" % (len(piece), piece) if reply.chunked else piece)
        if reply.stall is not None:
            await self.stall()
        if reply.cut is not None:
            if reply.reset:
                linger = struct.pack("ii", 1, 0)
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()
            return False
        if reply.chunked:
            await _write(writer, b"0\r\n\r\n")
        return reply.chunked or reply.told_length == len(reply.body)

    async def _send_head(self, writer: asyncio.StreamWriter, reply: Reply) -> None:
        if reply.stall == -1:
            await self.stall()
        if reply.stall == -2:
            await _write(writer, reply.head[:-7])
            await self.stall()
        if reply.endless_head:
            await _write(writer, reply.head[:-2])
            while True:
                await _write(writer, b"X-More: and more\r\n" * 1000)
        for piece in _split(reply.head, 1 if reply.head_pace else 1 << 16):
            await asyncio.sleep(reply.head_pace)
            await _write(writer, piece)

    async def _pieces(self, reply: Reply) -> AsyncIterator[bytes]:
        ends = [end for end in (reply.cut, reply.stall) if end is not None]
        body = reply.body[: min(ends)] if ends else reply.body
        while True:
            for piece in _split(body, 1 if reply.pace else 1 << 16):
                if reply.pace:
                    await asyncio.sleep(reply.pace)
                yield piece
            if not reply.endless:
                return


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


def _digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _split(data: bytes, size: int) -> Iterator[bytes]:
    return (data[position : position + size] for position in range(0, len(data), size))


def _plain(layer: bytes) -> bytes:
    return gzip.decompress(layer) if layer[:2] == b"\x1f\x8b" else layer

"""A registry on loopback that answers by script, and as badly as the script says.

    with HostileRegistry() as registry:
        registry.serve_image("app", "1", layers=[b"..."])
        registry.on("GET", "/v2/app/blobs/sha256:…", Reply(body=data, cut=9), Reply(body=data))

Raw sockets and threads, so that what is sent is exactly what the script says.  Every request is
recorded with all its headers, so that a secret can be searched for.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from support.canary import forms_of
from support.replies import Answering, Reply, Seen, ranged

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"


class HostileRegistry:
    """``host`` is address:port.  What is not scripted is 404; ``/v2/`` is 200 unless scripted."""

    def __init__(
        self, address: str = "127.0.0.1", certificate: Path | None = None, *, silent: bool = False
    ) -> None:
        """``certificate`` holds key and certificate for TLS; ``silent`` accepts and never says
        anything, not even a TLS handshake."""
        self.requests: list[Seen] = []
        self.stalled = threading.Event()  #: set whenever a stall begins
        self.accepted = threading.Event()
        self._silent = silent
        self.scripts: dict[tuple[str, str], list[Answering]] = {}
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._server = socket.create_server((address, 0), backlog=64)
        self.port = int(self._server.getsockname()[1])
        self.host = f"{address}:{self.port}"
        self.connections = 0
        self.on("GET", "/v2/", Reply(headers={"Content-Type": "application/json"}, body=b"{}"))

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://{self.host}"

    def on(self, method: str, path: str, *answers: Answering) -> None:
        """Answer requests for ``path`` (whatever the query) with these in turn, the last one for
        ever.  A HEAD gets the GET's headers unless it has its own script."""
        with self._lock:
            self.scripts[method, path] = list(answers)

    def serve_blob(self, repository: str, data: bytes, *answers: Answering) -> str:
        """A blob with these answers, or a proper one; its digest."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        proper = Reply(headers={"Content-Type": "application/octet-stream"}, body=data, ranges=True)
        self.on("GET", f"/v2/{repository}/blobs/{digest}", *(answers or (proper,)))
        return digest

    def serve_image(self, repository: str, tag: str, layers: Sequence[bytes]) -> str:
        """A whole image with these blobs (compressed bytes); the digest of its manifest."""
        config = json.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "rootfs": {
                    "type": "layers",
                    "diff_ids": [
                        f"sha256:{hashlib.sha256(_plain(layer)).hexdigest()}" for layer in layers
                    ],
                },
            }
        ).encode()
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": OCI_MANIFEST,
                "config": self._descriptor(repository, OCI_CONFIG, config),
                "layers": [self._descriptor(repository, OCI_LAYER_GZIP, one) for one in layers],
            }
        ).encode()
        digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
        reply = Reply(
            headers={"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": digest}, body=manifest
        )
        for name in (tag, digest):
            self.on("GET", f"/v2/{repository}/manifests/{name}", reply)
        return digest

    def asked(self, method: str, path: str) -> list[Seen]:
        """The requests for ``path`` so far."""
        with self._lock:
            return [seen for seen in self.requests if (seen.method, seen.path) == (method, path)]

    def heard(self, secret: str) -> bool:
        """Whether the secret, plain or in base64, came here in any form."""
        forms = forms_of(secret)
        with self._lock:
            everything = b"".join(seen.raw + seen.body for seen in self.requests)
        return any(form in everything for form in forms)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(10)

    # Answering

    def _descriptor(self, repository: str, media_type: str, data: bytes) -> dict[str, object]:
        digest = self.serve_blob(repository, data)
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _address = self._server.accept()
            except OSError:
                return
            self.connections += 1
            self._start(lambda connection=connection: self._serve(connection))  # type: ignore[misc]  # mypy cannot infer a lambda with a default

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
        plain = connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a body is its own send
        self.accepted.set()
        try:
            if self._silent:
                self.stalled.set()
                self._over.wait()
                return
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._open.add(connection)
            with connection.makefile("rb") as reader:
                while not self._over.is_set() and self._exchange(connection, reader):
                    pass
        except OSError:
            pass  # the client went away, which is its right
        finally:
            with self._lock:
                self._open -= {plain, connection}
            connection.close()
            plain.close()

    def _exchange(self, connection: socket.socket, reader: object) -> bool:
        """One request and its answer; whether the connection goes on."""
        seen = _read(reader)  # type: ignore[arg-type]  # a BufferedReader
        if seen is None:
            return False
        with self._lock:
            self.requests.append(seen)
        reply = self._scripted(seen)
        if reply.raw is not None:
            connection.sendall(reply.raw)
            return False
        if reply.ranges:
            reply = ranged(reply, seen)
        return self._send(connection, reply, head=seen.method == "HEAD")

    def _scripted(self, seen: Seen) -> Reply:
        with self._lock:
            answers = self.scripts.get((seen.method, seen.path))
            if answers is None and seen.method == "HEAD":
                answers = self.scripts.get(("GET", seen.path))
            if answers is None:
                body = b'{"errors":[{"code":"NAME_UNKNOWN","message":"not here"}]}'
                return Reply(404, {"Content-Type": "application/json"}, body)
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer if isinstance(answer, Reply) else answer(seen)

    def _send(self, connection: socket.socket, reply: Reply, *, head: bool) -> bool:
        if reply.stall == -1:
            return self._stall()
        lines = [f"HTTP/1.1 {reply.status} Scripted"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        lines += [f"WWW-Authenticate: {challenge}" for challenge in reply.challenges]
        length = len(reply.body) if reply.length is None else reply.length
        if reply.chunked:
            lines.append("Transfer-Encoding: chunked")
        elif length >= 0:
            lines.append(f"Content-Length: {length}")
        else:
            lines.append("Connection: close")
        if reply.stall == -2:
            connection.sendall("\r\n".join(lines).encode()[:-3])
            return self._stall()
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        if head:
            return True
        sent = 0
        for piece in self._pieces(reply):
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if reply.chunked else piece)
            sent += len(piece)
        if reply.stall is not None:
            return self._stall()
        if reply.cut is not None:
            if reply.reset:
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return False
        if reply.chunked:
            connection.sendall(b"0\r\n\r\n")
        return (length >= 0 and length == len(reply.body)) or reply.chunked

    def _pieces(self, reply: Reply) -> Iterator[bytes]:
        ends = [end for end in (reply.cut, reply.stall) if end is not None]
        body = reply.body[: min(ends)] if ends else reply.body
        if reply.pace:
            for position in range(len(body)):
                if self._over.wait(reply.pace):
                    return
                yield body[position : position + 1]
        elif reply.endless:
            while not self._over.is_set():
                yield body
        else:
            for position in range(0, len(body), 1 << 16):
                yield body[position : position + (1 << 16)]

    def _stall(self) -> bool:
        self.stalled.set()
        self._over.wait()
        return False


def _plain(layer: bytes) -> bytes:
    return gzip.decompress(layer) if layer[:2] == b"\x1f\x8b" else layer


def _read(reader: socket.SocketIO) -> Seen | None:
    raw = b""
    while not raw.endswith(b"\r\n\r\n"):
        line = reader.readline()
        if not line or len(raw) > 1 << 20:
            return None
        raw += line
    first, *rest = raw.decode("latin-1").split("\r\n")
    method, target, _version = [*first.split(" "), "", ""][:3]
    headers = {}
    for line_text in rest:
        name, colon, value = line_text.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", "0"))) or b""
    return Seen(method, target, headers, body, raw)

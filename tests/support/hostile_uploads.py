"""A registry on loopback that also takes uploads, as badly as it is told to.

    with UploadRegistry() as registry:
        registry.cuts = [9]           # the first body that is sent breaks after nine bytes
        registry.forgets = True       # and the session is gone then
        registry.storage = other.url  # uploads go to another origin

What a script (``on``) says of a path comes before all of this.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from support.hostile_registry import HostileRegistry
from support.replies import Reply, Seen

UPLOADS = "/v2/{}/blobs/uploads/"


class UploadRegistry(HostileRegistry):
    """``blobs`` and ``manifests`` are what it holds, by repository and then digest or tag;
    ``uploads`` are the sessions.  Options say how it misbehaves."""

    def __init__(self, address: str = "127.0.0.1", certificate: Path | None = None) -> None:
        super().__init__(address, certificate)
        self.blobs: dict[str, dict[str, bytes]] = {}
        self.manifests: dict[str, dict[str, tuple[bytes, str]]] = {}
        self.uploads: dict[str, bytearray] = {}
        self.cuts: list[int | None] = []  #: body bytes after which PATCH and PUT break, in turn
        self.forgets = False  #: a broken upload is gone
        self.shy = False  #: tells no Range
        self.relative = False  #: Locations without a host
        self.storage = ""  #: the origin that uploads go to; empty for this one
        self.mounts = True
        self.largest = 1 << 30  #: bytes of one request
        self.least = 0  #: OCI-Chunk-Min-Length
        self.wanted = ""  #: the Authorization without which nothing is written
        self.challenge = ""
        self.slow_reader = False  #: stops reading a body after its first bytes
        self._numbers = itertools.count(1)

    def sent(self, method: str) -> list[Seen]:
        """The requests by method, oldest first."""
        return [seen for seen in self.requests if seen.method == method]

    # Reading, with cuts

    async def body_of(
        self, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        if seen.method not in ("PATCH", "PUT") or seen.headers.get("content-length") == "0":
            return await super().body_of(seen, reader, writer)
        if self.slow_reader:
            await reader.readexactly(1)
            writer.transport.pause_reading()  # type: ignore[attr-defined]  # a connection is both
            await self.stall()
        cut = self.cuts.pop(0) if self.cuts else None
        if cut is None:
            return await super().body_of(seen, reader, writer)
        self._break(replace(seen, body=await reader.readexactly(cut)))
        raise ConnectionResetError

    def _break(self, seen: Seen) -> None:
        """A request ends after a part of its body."""
        self.requests.append(seen)
        key = seen.path.rpartition("/")[2]
        if self.forgets:
            self.uploads.pop(key, None)
        elif key in self.uploads:
            self.uploads[key] += seen.body

    # Answering

    def answer(self, seen: Seen) -> Reply:
        parts = seen.path.split("/")
        scripted = (seen.method, seen.path) in self.scripts
        if scripted or parts[1:2] != ["v2"] or len(parts) < 5:
            return super().answer(seen)
        if self.wanted and seen.headers.get("authorization") != self.wanted:
            return Reply(401, challenges=[self.challenge] if self.challenge else [])
        if "uploads" in parts and seen.method != "POST":
            if parts[-1] not in self.uploads:
                return Reply(404, body=b'{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}')
            if len(seen.body) > self.largest:
                return Reply(413)
        answers: dict[str, Callable[[Seen, str], Reply]] = {
            "POST": self._begin,
            "PATCH": self._patch,
            "PUT": self._put,
            "GET": self._look,
            "HEAD": self._look,
        }
        repository = "/".join(parts[2 : parts.index("blobs" if "blobs" in parts else "manifests")])
        return answers[seen.method](seen, repository)

    def _begin(self, seen: Seen, repository: str) -> Reply:
        query = _query(seen)
        source = self.blobs.get(query.get("from", ""), {})
        if self.mounts and query.get("mount") in source:
            self.blobs.setdefault(repository, {})[query["mount"]] = source[query["mount"]]
            return Reply(201, {"Location": "/", "Docker-Content-Digest": query["mount"]})
        key = f"session-{next(self._numbers)}"
        self.uploads[key] = bytearray()
        more = {"OCI-Chunk-Min-Length": f"{self.least}"} if self.least else {}
        return Reply(202, self._state(repository, key) | more)

    def _patch(self, seen: Seen, repository: str) -> Reply:
        key = seen.path.rpartition("/")[2]
        first = seen.headers.get("content-range", "0-").partition("-")[0]
        if int(first) != len(self.uploads[key]):
            return Reply(416, {"Range": f"0-{len(self.uploads[key]) - 1}"})
        self.uploads[key] += seen.body
        return Reply(202, self._state(repository, key))

    def _put(self, seen: Seen, repository: str) -> Reply:
        if "/manifests/" in seen.path:
            return self._put_manifest(seen, repository)
        key = seen.path.rpartition("/")[2]
        data = bytes(self.uploads[key] + seen.body)
        digest = _query(seen).get("digest", "")
        if digest != f"sha256:{hashlib.sha256(data).hexdigest()}":
            return Reply(400, body=b'{"errors":[{"code":"DIGEST_INVALID","message":"no"}]}')
        del self.uploads[key]
        self.blobs.setdefault(repository, {})[digest] = data
        return Reply(201, {"Location": "/", "Docker-Content-Digest": digest})

    def _put_manifest(self, seen: Seen, repository: str) -> Reply:
        name = seen.path.rpartition("/")[2]
        digest = f"sha256:{hashlib.sha256(seen.body).hexdigest()}"
        entry = (seen.body, seen.headers.get("content-type", ""))
        held = self.manifests.setdefault(repository, {})
        held[name] = held[digest] = entry
        return Reply(201, {"Docker-Content-Digest": digest})

    def _look(self, seen: Seen, repository: str) -> Reply:
        name = seen.path.rpartition("/")[2]
        if "/uploads/" in seen.path:
            return Reply(204, self._state(repository, name), length=0)
        if "/manifests/" in seen.path:
            body, kind = self.manifests.get(repository, {}).get(name, (b"", ""))
            if not body:
                return Reply(404, body=b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
            digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
            return Reply(200, {"Content-Type": kind, "Docker-Content-Digest": digest}, body)
        data = self.blobs.get(repository, {}).get(unquote(name))
        if data is None:
            return Reply(404, body=b'{"errors":[{"code":"BLOB_UNKNOWN"}]}')
        return Reply(200, {"Docker-Content-Digest": name}, data)

    def _state(self, repository: str, key: str) -> dict[str, str]:
        """Where an upload goes on, and how far it is."""
        where = "" if self.relative else self.storage or self.url
        location = f"{where}{UPLOADS.format(repository)}{key}?_state=a%2Fb%3D%3D&x"
        stored = {} if self.shy else {"Range": f"0-{max(0, len(self.uploads[key]) - 1)}"}
        return {"Location": location, **stored}


def _query(seen: Seen) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(seen.target).query).items()}

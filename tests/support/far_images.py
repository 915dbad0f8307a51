"""Images in a registry that means ill: what is pulled from it is what the test says."""

from __future__ import annotations

import gzip
import json
import random
from typing import Any

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.oci import Digest
from layerscope.engine.task import Task
from support.archives import OCI_MANIFEST, Layout, dumped
from support.bad_inputs import Door, image
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.tars import member, tar
from support.visitors import CANARY

LAYER = tar(member(b"f", b"x"))
NOISE = gzip.compress(tar(member(b"noise", random.Random(7).randbytes(200_000))), 0, mtime=0)
DIGEST = str(Digest.of(NOISE))
BLOB = f"/v2/app/blobs/{DIGEST}"
WHOLE = Reply(body=NOISE, ranges=True)


class FarManifest:
    """One image, app:1, whose manifest is what the test says."""

    def __init__(self, door: Door, registry: HostileRegistry) -> None:
        self.door = door
        self.registry = registry
        self.reference = f"{registry.host}/app:1"
        self.layout = Layout()
        entry = image(self.layout, [LAYER])
        self.manifest: dict[str, Any] = json.loads(self.layout.bytes_of(entry))
        for data in self.layout.blobs.values():
            registry.serve_blob("app", data)

    def says(self, document: bytes | dict[str, Any], kind: str = OCI_MANIFEST, **how: Any) -> str:
        """Serve a manifest; its digest."""
        body = document if isinstance(document, bytes) else dumped(document)
        return self.registry.serve_manifest("app", "1", body, kind, **how)

    def refused(self, kind: type[LayerscopeError], *names: str) -> None:
        self.door.refused(kind, lambda: self.door.library.pull(self.reference, task=Task()), *names)
        self.door.complaint("pull", self.reference)
        assert self.reference not in self.door.names()

    def works(self) -> None:
        """The same call, once the registry has come to its senses."""
        self.says(self.manifest)
        self.door.library.pull(self.reference, task=Task())
        assert set(self.door.rows(self.reference)) == {b"f"}


class FarLayer:
    """app:1 of a registry, with one layer."""

    def __init__(self, door: Door, registry: HostileRegistry) -> None:
        self.door = door
        self.registry = registry
        self.reference = f"{registry.host}/app:1"
        registry.serve_image("app", "1", [NOISE])

    def pull(self) -> object:
        return self.door.library.pull(self.reference, task=Task())

    def refused(self, kind: type[LayerscopeError], *names: str) -> LayerscopeError:
        error = self.door.refused(kind, self.pull, *names)
        self.door.complaint("pull", self.reference)
        assert self.reference not in self.door.names()
        assert not (self.door.store / "blobs/sha256" / DIGEST[7:]).exists()
        self.goes_on_from()
        return error

    def goes_on_from(self) -> int:
        """How much of the layer is kept for the next try, all of it right."""
        kept = [path.read_bytes() for path in (self.door.store / ".layerscope/partial").iterdir()]
        assert all(NOISE.startswith(one) for one in kept)
        return sum(map(len, kept))

    def works(self) -> None:
        """The same call, once the registry has come to its senses."""
        self.registry.on("GET", BLOB, WHOLE)
        self.pull()
        assert set(self.door.rows(self.reference)) == {b"noise"}
        assert self.door.library.verify(task=Task()).findings == ()
        assert self.registry.heard(CANARY)

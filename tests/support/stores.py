"""The only maker of small images for tests of the store."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from layerscope.engine.oci import Descriptor, Digest, Platform, Reference, media_types
from layerscope.engine.store import Lease, Store


def store_image(
    lease: Lease,
    layers: Sequence[bytes],
    *names: str,
    mark: str = "",
    platform: Platform | None = None,
) -> Descriptor:
    """Store an image of these layers and list it under ``names``; with none it is untagged.

    ``mark`` makes a configuration of its own.
    """
    descriptor = store_unlisted(lease, layers, mark=mark, platform=platform)
    lease.publish(descriptor, [Reference.parse(name) for name in names])
    return descriptor


def store_unlisted(
    lease: Lease, layers: Sequence[bytes], *, mark: str = "", platform: Platform | None = None
) -> Descriptor:
    stored = [lease.put(layer, media_types.OCI_LAYER) for layer in layers]
    config = lease.put(config_of([layer.digest for layer in stored], mark), media_types.OCI_CONFIG)
    manifest = lease.put(manifest_of(config, stored), media_types.OCI_MANIFEST)
    return Descriptor(manifest.media_type, manifest.digest, manifest.size, platform=platform)


def config_of(diff_ids: Sequence[Digest], mark: str = "") -> bytes:
    return json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Labels": {"mark": mark}},
            "rootfs": {"type": "layers", "diff_ids": [str(digest) for digest in diff_ids]},
        }
    ).encode()


def manifest_of(
    config: Descriptor, layers: Sequence[Descriptor], media_type: str = media_types.OCI_MANIFEST
) -> bytes:
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": media_type,
            "config": config.to_json(),
            "layers": [layer.to_json() for layer in layers],
        }
    ).encode()


def index_of(manifests: Sequence[Descriptor], media_type: str = media_types.OCI_INDEX) -> bytes:
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": media_type,
            "manifests": [manifest.to_json() for manifest in manifests],
        }
    ).encode()


def ref(text: str) -> Reference:
    return Reference.parse(text)


def names(store: Store) -> dict[str, Digest]:
    """What each name of the store means, familiar names."""
    return {
        Reference.parse(entry.name).familiar: entry.descriptor.digest
        for entry in store.entries()
        if entry.name is not None
    }


def unnamed(store: Store) -> list[Digest]:
    return [entry.descriptor.digest for entry in store.entries() if entry.name is None]


def changed_thrice(store: Store) -> list[dict[str, Any]]:
    """An image gets a second name, loses its first and is removed; the index before, and after
    each of these steps."""
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    states = [raw_index(store)]
    store.tag(image.digest, ref("app:2"))
    states.append(raw_index(store))
    store.untag(ref("app:1"))
    states.append(raw_index(store))
    store.apply(store.plan(remove=[image.digest]))
    return [*states, raw_index(store)]


def raw_index(store: Store) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((store.path / "index.json").read_bytes())
    return found


def write_index(path: Path, index: object) -> None:
    """As another program would: in place."""
    (path / "index.json").write_text(json.dumps(index))


def leftovers(store: Store) -> list[str]:
    """Files that should have been cleaned up."""
    private = store.path / ".layerscope"
    return sorted(
        str(path.relative_to(private))
        for folder in ("tmp", "leases")
        for path in (private / folder).iterdir()
    )


def described(data: bytes, algorithm: str = "sha256") -> Descriptor:
    """A layer of these bytes, stored or not."""
    digest = Digest(algorithm, hashlib.new(algorithm, data).hexdigest())
    return Descriptor(media_types.OCI_LAYER, digest, len(data))


def blobs_on_disk(store: Store) -> dict[str, int]:
    """The sizes of all blobs, by the hex of their digests."""
    return {path.name: path.stat().st_size for path in (store.path / "blobs").glob("*/*")}


def age(store: Store, digest: Digest, seconds: float) -> None:
    """Make a blob look as if it had been written so many seconds ago."""
    then = time.time() - seconds
    os.utime(store.blob_path(digest), (then, then))

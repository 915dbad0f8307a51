"""Manifests for images that came without one."""

from __future__ import annotations

import json
from collections.abc import Sequence

from layerscope.engine.content.codecs import Compression
from layerscope.engine.oci import Descriptor, media_types

_LAYER_TYPES = {
    Compression.NONE: media_types.OCI_LAYER,
    Compression.GZIP: media_types.OCI_LAYER_GZIP,
    Compression.ZSTD: media_types.OCI_LAYER_ZSTD,
}


def layer_media_type(compression: Compression) -> str:
    """The type of a layer that is packed like this.  For bzip2 and xz it is docker's plain type,
    the only one under which readers look at the bytes themselves."""
    return _LAYER_TYPES.get(compression, media_types.DOCKER_LAYER)


_OCI_TYPES = {
    media_types.DOCKER_CONFIG: media_types.OCI_CONFIG,
    media_types.OCTET_STREAM: media_types.OCI_CONFIG,
    media_types.DOCKER_LAYER_GZIP: media_types.OCI_LAYER_GZIP,
    media_types.DOCKER_LAYER_ZSTD: media_types.OCI_LAYER_ZSTD,
    media_types.DOCKER_FOREIGN: media_types.OCI_NONDISTRIBUTABLE,
    media_types.DOCKER_FOREIGN + ".gzip": media_types.OCI_NONDISTRIBUTABLE + "+gzip",
}


def oci_media_type(media_type: str, compression: Compression | None = None) -> str:
    """The type of the same blob in an OCI manifest.  Docker's plain layer is looked at by its bytes
    by everyone, so ``compression`` decides what it is."""
    if media_type == media_types.DOCKER_LAYER and compression is not None:
        return layer_media_type(compression)
    return _OCI_TYPES.get(media_type, media_type)


def assembled(config: Descriptor, layers: Sequence[Descriptor]) -> bytes:
    """An OCI manifest: the same bytes for the same parts, always."""
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": config.to_json(),
        "layers": [layer.to_json() for layer in layers],
    }
    return json.dumps(document, separators=(",", ":")).encode("ascii")

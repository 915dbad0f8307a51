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


def assembled(config: Descriptor, layers: Sequence[Descriptor]) -> bytes:
    """An OCI manifest: the same bytes for the same parts, always."""
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": config.to_json(),
        "layers": [layer.to_json() for layer in layers],
    }
    return json.dumps(document, separators=(",", ":")).encode("ascii")

"""The media types of images, and what each is good for (image-spec media-types.md, docker's)."""

from __future__ import annotations

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_LAYER_GZIP = OCI_LAYER + "+gzip"
OCI_LAYER_ZSTD = OCI_LAYER + "+zstd"
OCI_NONDISTRIBUTABLE = "application/vnd.oci.image.layer.nondistributable.v1.tar"
OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_LAYER_GZIP = DOCKER_LAYER + ".gzip"
DOCKER_LAYER_ZSTD = DOCKER_LAYER + ".zstd"
DOCKER_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar"
DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
DOCKER_SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"

IN_TOTO = "application/vnd.in-toto+json"
OCTET_STREAM = "application/octet-stream"

# All of them in every request: a registry answers 404 for a type that is not listed, and "*/*"
# would invite schema 1.
MANIFEST_ACCEPT = ", ".join((OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST, OCI_ARTIFACT))

_MANIFESTS = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
_INDEXES = frozenset({OCI_INDEX, DOCKER_LIST})
_CONFIGS = frozenset({OCI_CONFIG, DOCKER_CONFIG})
_SCHEMA1 = frozenset({DOCKER_SCHEMA1, DOCKER_SCHEMA1_SIGNED})
_NONDISTRIBUTABLE = frozenset(
    {
        OCI_NONDISTRIBUTABLE,
        OCI_NONDISTRIBUTABLE + "+gzip",
        OCI_NONDISTRIBUTABLE + "+zstd",
        DOCKER_FOREIGN,
        DOCKER_FOREIGN + ".gzip",
    }
)
_LAYERS = _NONDISTRIBUTABLE | {
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    DOCKER_LAYER,
    DOCKER_LAYER_GZIP,
    DOCKER_LAYER_ZSTD,
}
_ENCRYPTED = "+encrypted"


def bare(media_type: str) -> str:
    """The type of a Content-Type header: lower case, without parameters."""
    return media_type.partition(";")[0].strip().lower()


def is_manifest(media_type: str) -> bool:
    """OCI's image manifest and docker's of schema 2."""
    return media_type in _MANIFESTS


def is_index(media_type: str) -> bool:
    """OCI's image index and docker's manifest list."""
    return media_type in _INDEXES


def is_config(media_type: str) -> bool:
    """Whether the blob is the configuration of an image."""
    return media_type in _CONFIGS


def is_layer(media_type: str) -> bool:
    """Whether the blob is a layer of files, encrypted or not."""
    return media_type.removesuffix(_ENCRYPTED) in _LAYERS


def is_nondistributable(media_type: str) -> bool:
    """Whether the layer may legitimately be absent from registries and archives."""
    return media_type in _NONDISTRIBUTABLE


def is_schema1(media_type: str) -> bool:
    """Docker's format of before 2016, which nothing reads any more."""
    return media_type in _SCHEMA1

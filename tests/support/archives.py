"""The only writer of archives of images, good and hostile, for tests."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from layerscope.engine.archive import Archive, ArchivedImage
from support import tars

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
REF_NAME = "org.opencontainers.image.ref.name"
IMAGE_NAME = "io.containerd.image.name"


def dumped(document: object) -> bytes:
    return json.dumps(document).encode()


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer(text: str = "hello") -> bytes:
    """A plain layer with one file."""
    return tars.tar(tars.member(b"file.txt", text.encode()))


def config(layers: Sequence[bytes], architecture: str = "amd64", **members: Any) -> bytes:
    """The config of an image with these plain layers."""
    return dumped(
        {
            "architecture": architecture,
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [sha256(data) for data in layers]},
            **members,
        }
    )


def docker_save(images: Sequence[Mapping[str, Any]], **files: bytes) -> dict[str, bytes]:
    """The files of a docker-archive; each image has ``config``, ``layers`` (bytes by name) and
    ``tags``."""
    members: dict[str, bytes] = {}
    listed = []
    for image in images:
        name = sha256(image["config"]).removeprefix("sha256:") + ".json"
        members[name] = image["config"]
        members |= image["layers"]
        listed.append(
            {"Config": name, "RepoTags": image.get("tags"), "Layers": list(image["layers"])}
        )
    return members | {"manifest.json": dumped(listed)} | files


LAYERS = (layer("one"), layer("two"))
CONFIG = config(LAYERS)
#: A good docker-archive of one image, shop:1.
SAVED = docker_save(
    [{"config": CONFIG, "tags": ["shop:1"], "layers": {"a/layer.tar": LAYERS[0], "b": LAYERS[1]}}]
)


class Layout:
    """The files of an OCI layout that is being put together."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"oci-layout": dumped({"imageLayoutVersion": "1.0.0"})}
        self.entries: list[dict[str, Any]] = []

    def blob(self, data: bytes, media_type: str, **members: Any) -> dict[str, Any]:
        """Keep a blob, and describe it."""
        digest = sha256(data)
        described = {"mediaType": media_type, "digest": digest, "size": len(data), **members}
        self.files[self.path_of(described)] = data
        return described

    def image(self, *texts: str, architecture: str = "amd64", **members: Any) -> dict[str, Any]:
        """Keep an image of one layer for each text, and describe its manifest."""
        return self.image_of([layer(text) for text in texts], architecture, **members)

    def image_of(
        self, layers: Sequence[bytes], architecture: str = "amd64", **members: Any
    ) -> dict[str, Any]:
        """Keep an image of these layers (plain tars), and describe its manifest."""
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.blob(config(layers, architecture), OCI_CONFIG),
            "layers": [self.blob(gzip.compress(data, mtime=0), OCI_LAYER_GZIP) for data in layers],
        }
        return self.blob(dumped(manifest), OCI_MANIFEST, **members)

    def index(self, *entries: Mapping[str, Any], **members: Any) -> dict[str, Any]:
        """Keep an index, and describe it."""
        document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries)}
        return self.blob(dumped(document), OCI_INDEX, **members)

    def without(self, descriptor: Mapping[str, Any]) -> None:
        """Take a blob out again."""
        del self.files[self.path_of(descriptor)]

    def bytes_of(self, descriptor: Mapping[str, Any]) -> bytes:
        return self.files[self.path_of(descriptor)]

    @property
    def blobs(self) -> dict[str, bytes]:
        """All blobs, by their paths."""
        return {path: data for path, data in self.files.items() if path.startswith("blobs/")}

    @staticmethod
    def path_of(descriptor: Mapping[str, Any]) -> str:
        """Where a layout has the blob."""
        return f"blobs/{descriptor['digest'].replace(':', '/')}"

    def whole(self, *entries: Mapping[str, Any]) -> dict[str, bytes]:
        """All files, index.json with these entries last."""
        document = {"schemaVersion": 2, "manifests": list(entries)}
        return self.files | {"index.json": dumped(document)}


def layout_of(*layers: bytes, name: str) -> dict[str, bytes]:
    """The files of a layout with one image of these layers (plain tars)."""
    layout = Layout()
    return layout.whole(layout.image_of(layers, annotations={REF_NAME: name}))


def as_tar(files: Mapping[str, bytes], prefix: str = "") -> bytes:
    return tars.tar(*(tars.member((prefix + name).encode(), data) for name, data in files.items()))


def as_folder(files: Mapping[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def written(folder: Path, files: Mapping[str, bytes], name: str = "x.tar") -> Path:
    """The files as a tar on disk."""
    path = folder / name
    path.write_bytes(as_tar(files))
    return path


def names(archive: Archive) -> list[list[str]]:
    """The familiar names of each image."""
    return [[reference.familiar for reference in image.references] for image in archive.images]


def layer_bytes(image: ArchivedImage) -> list[bytes | None]:
    """The content of each layer, None for those that are not included."""
    found: list[bytes | None] = []
    for archived in image.layers:
        if archived.blob is None:
            found.append(None)
            continue
        with archived.blob.open() as file:
            found.append(file.read())
    return found

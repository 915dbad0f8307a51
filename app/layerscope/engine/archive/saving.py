"""Writes archives of images: as a tar or a folder, the same bytes for the same images.

A docker archive is one OCI layout with docker's manifest.json and repositories beside it, the form
that loads in docker from 1.10 on, podman, containerd and skopeo (FORMATS.md 4.6; docker 25's own).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from layerscope.engine.archive.docker_save import MANIFEST, REPOSITORIES
from layerscope.engine.archive.layout import INDEX, LAYOUT
from layerscope.engine.content import files
from layerscope.engine.content.checked import Check
from layerscope.engine.content.dressing import Attributes
from layerscope.engine.content.tar_writer import DIR, FILE, TarWriter
from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Descriptor, Digest, FrozenMap, Reference, media_types
from layerscope.engine.oci.layout_names import IMAGE_NAME, REF_NAME
from layerscope.engine.task import Progress, Task

_BLOBS = "blobs"
_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
_FOLDER = Attributes(0o755, 0, 0, 0)
_FILE = Attributes(0o644, 0, 0, 0)

#: Opens a blob: its plain bytes, piece by piece.
OpenBlob = Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Part:
    """One blob of the archive, and where its bytes come from."""

    descriptor: Descriptor
    open: OpenBlob


@dataclass(frozen=True, slots=True)
class ImageParts:
    """One image: its manifest with all that it names, and the names it gets."""

    manifest: Part
    config: Part
    layers: tuple[Part, ...]
    references: tuple[Reference, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The manifest, the config, then the layers from the bottom."""
        return (self.manifest, self.config, *self.layers)


class Target(Protocol):
    """Takes the files of a layout in the order of their names, folders before them."""

    def folder(self, name: str) -> None:
        """The folder ``name``, relative to the layout."""

    def file(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        """``size`` bytes, in pieces of any length."""

    def close(self) -> None:
        """Write what belongs at the end; called once, after the last file."""


class TarTarget:
    """A tar, written as it grows to whatever takes the bytes."""

    def __init__(self, write: Callable[[bytes | memoryview], object]) -> None:
        self._writer = TarWriter(write)

    @property
    def size(self) -> int:
        """Bytes of the tar so far."""
        return self._writer.position

    def folder(self, name: str) -> None:
        """One entry of mode 0755."""
        self._writer.begin(DIR, name.encode(), _FOLDER)

    def file(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        """One entry of mode 0644.  ``pieces`` hold ``size`` bytes; ValueError if they hold more."""
        self._writer.begin(FILE, name.encode(), _FILE, size)
        for piece in pieces:
            self._writer.content(piece)

    def close(self) -> None:
        """Write the end of the archive (two blocks of zeros)."""
        self._writer.close()


class FolderTarget:
    """A new folder, which the caller puts in its place when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = 0

    def folder(self, name: str) -> None:
        """Its parent is there; so may it be."""
        files.make_folder(self._path / name)

    def file(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        """Each file is synced and whole, or absent.  Raises DiskFull."""
        with files.whole_or_absent(self._path / name) as file:
            for piece in pieces:
                file.write(piece)
        self.size += size

    def close(self) -> None:
        """Nothing: each file was whole when it was written."""
        return


def write_images(target: Target, images: Sequence[ImageParts], *, docker: bool, task: Task) -> None:
    """Write all images, each blob once.  Raises DigestMismatch where a blob is not what its digest
    says, and what opening one raises; the caller throws away what was written."""
    blobs = {each.descriptor.digest: each for image in images for each in image.parts}
    small = {LAYOUT: _LAYOUT, INDEX: _index(images)}
    if docker:
        small[MANIFEST] = _manifest(images)
        small[REPOSITORIES] = _repositories(images)
    total = sum(each.descriptor.size for each in blobs.values())
    done = 0
    names = {path_of(digest): each for digest, each in blobs.items()}
    folders = {_BLOBS} | {f"{_BLOBS}/{digest.algorithm}" for digest in blobs}
    for name in sorted({*names, *small, *folders}):
        task.checkpoint()
        if name in folders:
            target.folder(name)
        elif name in small:
            target.file(name, len(small[name]), (small[name],))
        else:
            part = names[name]
            target.file(name, part.descriptor.size, _checked(part, done, total, task))
            done += part.descriptor.size
    target.close()


def tar_size(images: Sequence[ImageParts], *, docker: bool) -> int:
    """How large the tar will be, without reading a layer."""
    counted = _Counted()
    descriptors = {each.descriptor.digest: each.descriptor for i in images for each in i.parts}
    counted.add(*(each.size for each in descriptors.values()))
    counted.add(len(_LAYOUT), len(_index(images)))
    if docker:
        counted.add(len(_manifest(images)), len(_repositories(images)))
    counted.add(*(0 for _ in {_BLOBS, *(digest.algorithm for digest in descriptors)}))
    return counted.total()


def path_of(digest: Digest) -> str:
    return f"{_BLOBS}/{digest.algorithm}/{digest.hex}"


class _Counted:
    def __init__(self) -> None:
        self._blocks = 2

    def add(self, *sizes: int) -> None:
        self._blocks += sum(1 + -(-size // 512) for size in sizes)

    def total(self) -> int:
        return -(-self._blocks // 20) * 20 * 512


def _checked(part: Part, before: int, total: int, task: Task) -> Iterator[bytes]:
    """The bytes of a blob, exactly as many as it must have and right to the last."""
    descriptor = part.descriptor
    check = Check(descriptor.digest.algorithm)
    for piece in part.open():
        check.update(piece)
        if check.size > descriptor.size:
            break
        yield piece
        task.report(Progress(before + check.size, total, "Writing the archive"))
    check.require(descriptor.digest, descriptor.size)


def _index(images: Sequence[ImageParts]) -> bytes:
    """index.json: an entry for each name; one without for an image that has none."""
    tags = [reference.tag for image in images for reference in image.references]
    entries: list[dict[str, object]] = []
    for image in images:
        plain = replace(image.manifest.descriptor, annotations=FrozenMap({}))
        entries += [
            replace(plain, annotations=_names(reference, tags)).to_json()
            for reference in image.references
        ] or [plain.to_json()]
    return _json({"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": entries})


def _names(reference: Reference, tags: Sequence[str | None]) -> FrozenMap:
    """Both annotations.  The second is the tag alone, as docker and containerd have it, unless two
    images have the same tag: skopeo and umoci find an image by that text only."""
    name = reference.canonical
    tag = reference.tag if reference.tag and tags.count(reference.tag) == 1 else name
    return FrozenMap({IMAGE_NAME: name, REF_NAME: tag})


def _manifest(images: Sequence[ImageParts]) -> bytes:
    """docker's manifest.json."""
    return _json(
        [
            {
                "Config": path_of(image.config.descriptor.digest),
                "RepoTags": [_docker_name(each) for each in image.references] or None,
                "Layers": [path_of(layer.descriptor.digest) for layer in image.layers],
            }
            for image in images
        ]
    )


def _repositories(images: Sequence[ImageParts]) -> bytes:
    """What docker before 1.10 read: for each name the layer on top."""
    names: dict[str, dict[str, str]] = {}
    for image in images:
        for reference in image.references:
            if reference.tag and image.layers:
                top = image.layers[-1].descriptor.digest.hex
                names.setdefault(_docker_name(replace(reference, tag=None)), {})[reference.tag] = (
                    top
                )
    return _json(names)


def _docker_name(reference: Reference) -> str:
    """The whole name: docker shows it without the Hub's host, and podman 4.3 would take what is
    written without it for one of its own ("localhost/app:1")."""
    return reference.canonical


def _json(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode("ascii") + b"\n"

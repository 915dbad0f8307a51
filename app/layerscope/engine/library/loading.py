"""Loads: the images of an archive are copied into the store, verified like those of a registry."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from layerscope.engine.archive import (
    Archive,
    ArchivedImage,
    ArchivedLayer,
    Blob,
    assembled,
    layer_media_type,
    open_archive,
)
from layerscope.engine.content.codecs import Compression, sniff
from layerscope.engine.content.wording import display_name
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import BlobMissing, DigestMismatch
from layerscope.engine.oci import Descriptor, Digest, Platform, media_types
from layerscope.engine.store import BlobWriter, Lease
from layerscope.engine.store.reach import remembering
from layerscope.engine.task import Progress, Task

from .board import Board
from .ground import Ground
from .previewing_load import key_of
from .transfer import Absent, Landed, Transfer, Travelled
from .values import Loaded
from .verdict import require_right

_PIECE = 1 << 20
_HEAD = 512
_ALGORITHM = "sha256"  #: of the digests under which layers are kept that come without one
_WIDTH = 2  #: layers that are copied at once; one disk does not get faster with more


@dataclass(frozen=True, slots=True)
class Choice:
    """What of an archive is not wanted: images by their key in the plan, and names that shall stay
    with the image that has them now."""

    skip: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()

    def of(self, images: Iterable[ArchivedImage]) -> Iterator[ArchivedImage]:
        for image in images:
            if key_of(image) not in self.skip:
                names = [n for n in image.references if not {n.familiar, n.canonical} & self.keep]
                yield replace(image, references=tuple(names))


def load(
    ground: Ground, path: Path, task: Task, choice: Choice | None = None
) -> tuple[Loaded, ...]:
    """Of an image for several platforms, the one for this machine."""
    with open_archive(path, task, limits=ground.limits) as archive:
        return _load(ground, archive, path.name, choice or Choice(), task)


def load_sample(ground: Ground, task: Task) -> tuple[Loaded, ...]:
    sample = importlib.resources.files("layerscope_assets") / "sample" / "sample.oci.tar"
    with importlib.resources.as_file(sample) as path:
        return load(ground, path, task)


def _load(
    ground: Ground, archive: Archive, what: str, choice: Choice, task: Task
) -> tuple[Loaded, ...]:
    loaded: list[Loaded] = []
    for image in choice.of(archive.for_platform(Platform.host())):
        task.checkpoint()
        with ground.store.lease() as lease:
            loaded += _copied(ground, lease, image, what, task)
    if loaded and archive.warnings:
        first = replace(loaded[0], warnings=(*archive.warnings, *loaded[0].warnings))
        loaded[0] = first
    return tuple(loaded)


def _copied(
    ground: Ground, lease: Lease, image: ArchivedImage, what: str, task: Task
) -> list[Loaded]:
    name = _name(image, what)
    layers, landed = _landed(ground, lease, image, name, task)
    warnings = [*image.warnings, *_invalid_names(image)]
    for each in landed:
        warnings += _verdict(each, image, name)
    entry = _documents(lease, image, layers, task)
    lease.publish(entry, image.references, task)
    image_id = Digest.of(image.config.raw)
    return [
        Loaded(reference, image_id, entry.digest, tuple(warnings))
        for reference in [each.canonical for each in image.references] or [""]
    ]


def _landed(
    ground: Ground, lease: Lease, image: ArchivedImage, name: str, task: Task
) -> tuple[list[Descriptor], tuple[Landed, ...]]:
    layers = [_promised(layer, name) or _descriptor(layer, name, task) for layer in image.layers]
    try:
        return layers, _layers(ground, lease, image, layers, name, task)
    except DigestMismatch:
        if image.manifest is not None:
            raise
        # The config tells of other layers than there are: take them for what they are.
        layers = [_descriptor(layer, name, task) for layer in image.layers]
        return layers, _layers(ground, lease, image, layers, name, task)


def _promised(layer: ArchivedLayer, name: str) -> Descriptor | None:
    """What a layer of a docker-archive must be if its config is right: one that is not compressed
    is the tar that its DiffID is the digest of.  Verified like any other while it is copied."""
    if layer.descriptor is not None:
        return None
    if layer.blob is None:
        raise _not_included(layer, name)
    if layer.diff_id is None or layer.diff_id.algorithm != _ALGORITHM:
        return None
    with layer.blob.open() as file:
        compression = sniff(file.read(_HEAD))
    if compression is not Compression.NONE:
        return None
    return Descriptor(layer_media_type(compression), layer.diff_id, layer.blob.size)


def _descriptor(layer: ArchivedLayer, name: str, task: Task) -> Descriptor:
    """What the manifest says.  Where nothing says what a layer of a docker-archive is, it is
    hashed first: copying then finds out which of them are here already."""
    if layer.descriptor is not None:
        return layer.descriptor
    if layer.blob is None:
        raise _not_included(layer, name)
    digest = Digest.of(b"").hasher()
    with layer.blob.open() as file:
        head = file.read(_HEAD)
        digest.update(head)
        done = len(head)
        while piece := file.read(_PIECE):
            digest.update(piece)
            done += len(piece)
            task.report(Progress(done, layer.blob.size, f"Reading layer {layer.number}"))
    return Descriptor(layer_media_type(sniff(head)), Digest(_ALGORITHM, digest.hexdigest()), done)


def _layers(
    ground: Ground,
    lease: Lease,
    image: ArchivedImage,
    layers: Sequence[Descriptor],
    name: str,
    task: Task,
) -> tuple[Landed, ...]:
    board = Board(name, str(image.platform), layers, task)

    def fetch(number: int, layer: Descriptor, writer: BlobWriter, work: Task) -> Travelled:
        source = image.layers[number - 1]
        if source.blob is None:
            if media_types.is_nondistributable(layer.media_type):
                raise Absent
            raise _not_included(source, name)
        return Travelled(_copy(source.blob, number, writer, board, work))

    diff_ids = [layer.diff_id for layer in image.layers]
    return Transfer(ground, lease, layers, diff_ids, board, fetch).run(_WIDTH, task)


def _copy(blob: Blob, number: int, writer: BlobWriter, board: Board, task: Task) -> int:
    copied = 0
    buffer = memoryview(bytearray(_PIECE))
    with blob.open() as file:
        file.seek(writer.offset)
        while count := file.readinto(buffer):  # type: ignore[attr-defined]  # BinaryIO leaves it out
            task.checkpoint()
            writer.write(buffer[:count])
            copied += count
            board.advance(number, writer.offset)
    return copied


def _verdict(landed: Landed, image: ArchivedImage, name: str) -> list[str]:
    """A layer that cannot be read is refused.  One that is whole but has another DiffID than the
    config says can be looked at, with a warning: whoever has only this archive wants to see why."""
    try:
        require_right(landed, image.layers[landed.number - 1].diff_id, name, "")
    except DigestMismatch as error:
        return [str(error)]
    return []


def _documents(
    lease: Lease, image: ArchivedImage, layers: Sequence[Descriptor], task: Task
) -> Descriptor:
    """Store config, manifest and index; the entry for index.json."""
    raw = image.config.raw
    manifest = image.manifest
    if manifest is None:
        config = lease.put(raw, media_types.OCI_CONFIG, task)
        entry = lease.put(assembled(config, layers), media_types.OCI_MANIFEST, task)
    else:
        lease.put_as(raw, manifest.config, task)
        entry = manifest.descriptor()
        lease.put_as(manifest.raw, entry, task)
    platform = image.platform
    if platform.os and platform.architecture:
        entry = replace(entry, platform=platform)
    if image.index is not None:
        lease.put_as(image.index.raw, image.index.descriptor(), task)
        entry = remembering(entry, image.index.descriptor())
    return entry


def _name(image: ArchivedImage, what: str) -> str:
    return image.references[0].familiar if image.references else what


def _invalid_names(image: ArchivedImage) -> list[str]:
    return [
        f"{display_name(name)} is not a name that an image can have; it was left out."
        for name in image.invalid_names
    ]


def _not_included(layer: ArchivedLayer, name: str) -> BlobMissing:
    digest = layer.descriptor.digest if layer.descriptor else layer.diff_id
    return BlobMissing(
        f"Layer {layer.number} of {name} is neither in the archive nor in the store.",
        hint="Save the image again with all its layers.",
        digest=str(digest or ""),
    )

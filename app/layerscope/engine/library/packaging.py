"""How one image of the store goes into an archive of some format: as it is, or translated.

OCI archives keep every blob byte for byte.  Only a manifest of Docker's own type is translated,
because skopeo, podman and umoci find no image of that type in a layout; the image ID and all layers
stay.  A docker archive holds layers plain or gzipped: docker before 23 and umoci unpack nothing
else, so others (zstd, bzip2, xz) are unpacked on the way and named by their DiffID.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from layerscope.engine.archive import assembled, oci_media_type
from layerscope.engine.archive.saving import ImageParts, Part
from layerscope.engine.content.codecs import PIECE, Compression, open_tar_stream, sniff
from layerscope.engine.content.wording import display_name
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import BlobMissing, LayerDamaged, MalformedDocument
from layerscope.engine.oci import Descriptor, Digest, Manifest, Reference, media_types
from layerscope.engine.oci.strict_json import CONFIG_LIMIT
from layerscope.engine.task import Task

from .catalogue import StoredImage
from .ground import Ground
from .indexes import ensure_index, known_summary
from .values.giving_back import SaveFormat

_HEAD = 512
_LOADS_EVERYWHERE = (Compression.NONE, Compression.GZIP)
_GUESS = 3  #: how much a layer grows when it is unpacked, where nothing is known


@dataclass(frozen=True, slots=True)
class Packed:
    """An image ready to be written.  ``estimated``: the size of some layer is a guess, and nothing
    may be written from this."""

    parts: ImageParts
    warnings: tuple[str, ...]
    estimated: bool = False


def packed(
    ground: Ground,
    image: StoredImage,
    references: tuple[Reference, ...],
    format: SaveFormat,
    task: Task,
    *,
    read: bool,
) -> Packed:
    """``read``: layers may be read where their plain size is not known.  Raises BlobMissing for a
    part that is not stored, and what is wrong with its documents."""
    manifest = image.parts.manifest
    name = display_name(references[0].familiar) if references else image.image_id.short
    if manifest is None or image.parts.unreadable:
        raise MalformedDocument(
            f"{name} cannot be saved: {image.parts.unreadable}", hint="Pull it again."
        )
    warnings: list[str] = []
    layers: list[_Layer] = []
    docker = format is SaveFormat.DOCKER_ARCHIVE
    for number, layer in enumerate(manifest.layers, 1):
        if not ground.store.has(layer):
            if docker or not media_types.is_nondistributable(layer.media_type):
                raise _missing(name, number, layer)
            warnings.append(f"Layer {number} of {name} may not be given away and is left out.")
            layers.append(_Layer(_as_stored(ground, layer), None))
            continue
        compression = _compression(ground, layer)
        if docker and compression not in _LOADS_EVERYWHERE:
            layers.append(_plain(ground, image, number, name, task, read=read))
            warnings.append(f"Layer {number} of {name} is {compression}; it is saved unpacked.")
        else:
            layers.append(_Layer(_as_stored(ground, layer), compression))
    documents = _documents(ground, image, manifest, layers)
    if documents[0].descriptor.digest != image.digest:
        warnings.append(
            f"The manifest of {name} was translated, so its digest changes; its image ID stays."
        )
    included = tuple(layer.part for layer in layers if layer.compression is not None)
    return Packed(
        ImageParts(*documents, included, references),
        tuple(warnings),
        any(layer.guessed for layer in layers),
    )


@dataclass(frozen=True, slots=True)
class _Layer:
    """``compression`` is that of the part, None where the layer is not included."""

    part: Part
    compression: Compression | None
    guessed: bool = False


def _documents(
    ground: Ground, image: StoredImage, manifest: Manifest, layers: Sequence[_Layer]
) -> tuple[Part, Part]:
    """Manifest and config.  The manifest stays as it is if all that it says stays true."""
    raw = ground.store.read(manifest.config, CONFIG_LIMIT)
    config = replace(manifest.config, media_type=oci_media_type(manifest.config.media_type))
    same = all(
        layer.part.descriptor.digest == listed.digest
        for layer, listed in zip(layers, manifest.layers, strict=True)
    )
    if same and manifest.media_type == media_types.OCI_MANIFEST:
        entry, data = manifest.descriptor(), manifest.raw
    else:
        translated = [
            replace(each, media_type=oci_media_type(each.media_type, layer.compression))
            for layer in layers
            for each in (layer.part.descriptor,)
        ]
        data = assembled(config, translated)
        entry = Descriptor(media_types.OCI_MANIFEST, Digest.of(data), len(data))
    platform = image.entry.platform or (image.parts.facts.platform if image.parts.facts else None)
    if platform is not None and platform.os and platform.architecture:
        entry = replace(entry, platform=platform)
    return Part(entry, lambda: iter((data,))), Part(config, lambda: iter((raw,)))


def _as_stored(ground: Ground, layer: Descriptor) -> Part:
    def pieces() -> Iterator[bytes]:
        with ground.store.open_blob(layer.digest, layer.size) as file:
            while data := file.read(PIECE):
                yield data

    return Part(layer, pieces)


def _plain(
    ground: Ground, image: StoredImage, number: int, name: str, task: Task, *, read: bool
) -> _Layer:
    """The tar inside a layer."""
    layer = image.layers[number - 1]
    diff_id = image.diff_id(number)
    summary = known_summary(ground, layer.digest)
    if summary is None and read:
        summary = ensure_index(ground, layer, diff_id, task)
    if summary is None:
        plain = Descriptor(media_types.OCI_LAYER, diff_id or layer.digest, _GUESS * layer.size)
        return _Layer(Part(plain, lambda: iter(())), Compression.NONE, guessed=True)
    if summary.damage is not None or summary.diff_id is None:
        raise LayerDamaged(
            f"Layer {number} of {name} is damaged and cannot be unpacked for a docker archive.",
            hint="An OCI archive keeps it as it is.",
            layer=str(layer.digest),
            offset=summary.damage.offset if summary.damage else 0,
        )

    def pieces() -> Iterator[bytes]:
        with ground.store.open_blob(layer.digest, layer.size) as file:
            yield from open_tar_stream(file, window_bytes=ground.limits.window_bytes)

    plain = Descriptor(media_types.OCI_LAYER, summary.diff_id, summary.tar_size)
    return _Layer(Part(plain, pieces), Compression.NONE)


def _compression(ground: Ground, layer: Descriptor) -> Compression:
    with ground.store.open_blob(layer.digest) as file:
        return sniff(file.read(_HEAD))


def _missing(name: str, number: int, layer: Descriptor) -> BlobMissing:
    return BlobMissing(
        f"Layer {number} of {name} is not stored, so it cannot be saved.",
        hint="Pull the image again.",
        digest=str(layer.digest),
    )

"""Saves: images of the store written into one archive, or into a layout folder of their own."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from layerscope.engine.archive.saving import (
    FolderTarget,
    ImageParts,
    Target,
    TarTarget,
    tar_size,
    write_images,
)
from layerscope.engine.content import files
from layerscope.engine.content.codecs import Compression
from layerscope.engine.content.compressing import Packer, compression_of
from layerscope.engine.content.wording import display_name
from layerscope.engine.errors import (
    BadInput,
    BlobDamaged,
    DigestMismatch,
    LayerscopeError,
    MalformedReference,
)
from layerscope.engine.oci import Digest, Reference
from layerscope.engine.task import Task

from .catalogue import StoredImage
from .finding import find
from .ground import Ground
from .packaging import Packed, packed
from .trees import held
from .values.giving_back import ImageToSave, Saved, SaveFormat, SavePlan

STREAM = "-"


def plan_save(ground: Ground, names: Sequence[str], format: SaveFormat, task: Task) -> SavePlan:
    """Reads no layer: where the size of one is not known yet, it is estimated."""
    rows: list[ImageToSave] = []
    ready: list[Packed] = []
    for image, references in _wanted(ground, names):
        task.checkpoint()
        trouble = ""
        size = sum(layer.size for layer in image.layers)
        try:
            ready.append(packed(ground, image, references, format, task, read=False))
            size = sum(part.descriptor.size for part in ready[-1].parts.parts)
        except LayerscopeError as error:
            trouble = str(error)
        rows.append(_row(image, references, size, trouble))
    holders = Counter(
        digest
        for each in ready
        for digest in {layer.descriptor.digest for layer in each.parts.layers}
    )
    return SavePlan(
        format=format,
        images=tuple(rows),
        layers=len(holders),
        shared=sum(count > 1 for count in holders.values()),
        bytes=tar_size([each.parts for each in ready], docker=_docker(format)),
        estimated=any(each.estimated for each in ready),
        warnings=_warnings(ready),
    )


def save(
    ground: Ground, names: Sequence[str], target: Path, format: SaveFormat, task: Task
) -> Saved:
    """Whole or absent.  A file that is there is replaced, a folder only if it is empty."""
    if format is SaveFormat.OCI_DIR:
        return _into_folder(ground, names, target, task)
    compression = compression_of(target)
    _require_regular(target)
    files.make_folder(Path(os.path.abspath(target)).parent)
    with files.whole_or_absent(target) as file:
        if compression is Compression.NONE:
            done = save_stream(ground, names, file.write, format, task)
        else:
            packer = Packer(file.write, compression)
            done = save_stream(ground, names, packer.write, format, task)
            packer.close()
        size = file.tell()
    return replace(done, path=str(target), bytes=size)


def save_stream(
    ground: Ground,
    names: Sequence[str],
    write: Callable[[bytes | memoryview], object],
    format: SaveFormat,
    task: Task,
) -> Saved:
    """The archive to whatever takes its bytes in order."""
    if format is SaveFormat.OCI_DIR:
        raise BadInput("A folder cannot be written to a stream.", hint="Name a folder.")
    return _written(ground, names, TarTarget(write), format, task)


def _into_folder(ground: Ground, names: Sequence[str], target: Path, task: Task) -> Saved:
    target = Path(os.path.abspath(target))
    if os.path.lexists(target) and not (target.is_dir() and not files.folder_content(target)):
        raise BadInput(
            f"{target} is there already and is not an empty folder.",
            hint="Name a new folder; nothing was changed.",
        )
    waiting = target.parent / f"{files.INCOMING}{secrets.token_hex(8)}"
    files.make_folder(waiting)
    try:
        done = _written(ground, names, FolderTarget(waiting), SaveFormat.OCI_DIR, task)
        files.replace(waiting, target)
    except BaseException:
        files.remove_tree(waiting)
        raise
    return replace(done, path=str(target))


def _written(
    ground: Ground,
    names: Sequence[str],
    target: TarTarget | FolderTarget,
    format: SaveFormat,
    task: Task,
) -> Saved:
    wanted = _wanted(ground, names)
    digests = [d for image, _ in wanted for d in _digests(image)]
    with held(ground, digests, task):
        ready = [
            packed(ground, image, references, format, task, read=True)
            for image, references in wanted
        ]
        parts = [each.parts for each in ready]
        if format is not SaveFormat.OCI_DIR:
            target_size = tar_size(parts, docker=_docker(format))
        with _damage_told(ground):
            _write(target, parts, format, task)
    if isinstance(target, TarTarget):
        assert target.size == target_size
    layers = {layer.descriptor.digest for image in parts for layer in image.layers}
    return Saved(
        path=STREAM,
        format=format,
        references=tuple(name.familiar for image in parts for name in image.references),
        image_ids=tuple(image.image_id for image, _ in wanted),
        layers=len(layers),
        bytes=target.size,
        warnings=_warnings(ready),
    )


def _write(target: Target, parts: Sequence[ImageParts], format: SaveFormat, task: Task) -> None:
    write_images(target, parts, docker=_docker(format), task=task)


@contextmanager
def _damage_told(ground: Ground) -> Iterator[None]:
    """A blob that is not what its digest says is the store's fault, and the next pull's work."""
    try:
        yield
    except DigestMismatch as error:
        ground.store.mark_damaged(Digest.parse(error.expected))
        raise BlobDamaged(
            f"{error.expected} is damaged in the store.",
            hint="Pull its image again to replace it; nothing was written.",
            digest=error.expected,
        ) from error


def _wanted(
    ground: Ground, names: Sequence[str]
) -> list[tuple[StoredImage, tuple[Reference, ...]]]:
    """Each image once, with the names by which it was asked for; none for one named by its ID."""
    if not names:
        raise BadInput("No image was named.", hint="Name one or more images of the store.")
    images = ground.catalogue.images()
    wanted: dict[Digest, tuple[StoredImage, dict[Reference, None]]] = {}
    for text in names:
        found = find(images, text)
        _, references = wanted.setdefault(found.image.digest, (found.image, {}))
        reference = _reference(found.name)
        if reference is not None and "@" not in text:
            references[reference] = None
    return [(image, tuple(references)) for image, references in wanted.values()]


def _reference(name: str | None) -> Reference | None:
    """A name that an archive can have: one with a tag and nothing else."""
    if name is None:
        return None
    try:
        reference = Reference.parse(name)
    except MalformedReference:
        return None
    return reference if reference.tag and reference.digest is None else None


def _digests(image: StoredImage) -> Iterable[Digest]:
    manifest = image.parts.manifest
    config = () if manifest is None else (manifest.config.digest,)
    return (image.digest, *config, *(layer.digest for layer in image.layers))


def _row(
    image: StoredImage, references: Sequence[Reference], size: int, trouble: str
) -> ImageToSave:
    chosen = tuple(reference.familiar for reference in references)
    names = [_reference(name) for name in image.names]
    return ImageToSave(
        digest=image.digest,
        image_id=image.image_id,
        references=chosen,
        others=tuple(
            name.familiar for name in names if name is not None and name.familiar not in chosen
        ),
        layers=len(image.layers),
        bytes=size,
        trouble=trouble,
    )


def _warnings(ready: Sequence[Packed]) -> tuple[str, ...]:
    return tuple(display_name(each) for one in ready for each in one.warnings)


def _docker(format: SaveFormat) -> bool:
    return format is SaveFormat.DOCKER_ARCHIVE


def _require_regular(target: Path) -> None:
    if target.exists() and not target.is_file():
        raise BadInput(
            f"{target} is there and is no regular file.",
            hint="Name a file, or - for standard output.",
        )

"""What loading an archive would bring, read from its documents alone."""

from __future__ import annotations

from pathlib import Path

from layerscope.engine.archive import ArchivedImage, open_archive
from layerscope.engine.oci import Platform
from layerscope.engine.task import Task

from .catalogue import StoredImage
from .ground import Ground
from .values.giving_back import Conflict, ImageToLoad, LoadPlan


def plan_load(ground: Ground, path: Path, task: Task) -> LoadPlan:
    images = ground.catalogue.images()
    seen: set[object] = set()
    with open_archive(path, task, limits=ground.limits) as archive:
        rows = tuple(
            _row(ground, images, image, seen) for image in archive.for_platform(Platform.host())
        )
        return LoadPlan(str(path), rows, sum(row.new_bytes for row in rows), archive.warnings)


def key_of(image: ArchivedImage) -> str:
    """Names an image of an archive: by its manifest, or by its config where it has none."""
    return str(image.manifest.digest if image.manifest is not None else image.config.image_id)


def _row(
    ground: Ground, images: tuple[StoredImage, ...], image: ArchivedImage, seen: set[object]
) -> ImageToLoad:
    """``seen`` are the layers of the images before: what two of them hold is brought once."""
    known = {
        diff_id
        for stored in images
        for number, layer in enumerate(stored.layers, 1)
        if (diff_id := stored.diff_id(number)) is not None and ground.store.has(layer)
    }
    here = new = 0
    for layer in image.layers:
        identity = layer.descriptor.digest if layer.descriptor is not None else layer.diff_id
        if layer.descriptor is not None:
            stored = ground.store.has(layer.descriptor)
        else:
            stored = layer.diff_id in known
        if stored or identity in seen:
            here += stored
            continue
        seen.add(identity)
        new += layer.blob.size if layer.blob is not None else 0
    image_id = image.config.image_id
    return ImageToLoad(
        key=key_of(image),
        image_id=image_id,
        references=tuple(reference.familiar for reference in image.references),
        platform=str(image.platform),
        layers=len(image.layers),
        layers_here=here,
        new_bytes=new,
        here=any(stored.image_id == image_id for stored in images),
        conflicts=tuple(
            Conflict(reference.familiar, stored.image_id)
            for reference in image.references
            for stored in images
            if reference.canonical in stored.names and stored.image_id != image_id
        ),
        invalid_names=image.invalid_names,
        warnings=image.warnings,
    )

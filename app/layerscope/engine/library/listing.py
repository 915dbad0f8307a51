"""The list of all images with their sizes, exact by the store's own account of sharing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from layerscope.engine.oci import Digest, Platform, Reference, media_types
from layerscope.engine.store import DiskUse as Used
from layerscope.engine.store import ImageUse, Operation
from layerscope.engine.store.journal import Record
from layerscope.engine.task import Task

from .catalogue import StoredImage
from .ground import Ground
from .indexes import unpacked_size
from .sharing import Sharing
from .values import BlockUse, DiskUse, ImageRow, Listing

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def listing(ground: Ground, task: Task) -> Listing:
    generation = ground.generation()
    images = ground.catalogue.images()
    task.checkpoint()
    rows, sharing = image_rows(ground, images, task)
    newest_first = sorted(rows, key=lambda row: row.created or _LONG_AGO, reverse=True)
    return Listing(
        generation=generation,
        images=tuple(newest_first),
        disk=_disk_use(ground, images, rows, sharing),
        undoable=_told(ground.store.undoable()),
        redoable=_told(ground.store.redoable()),
        warnings=tuple(filter(None, (*ground.notices, ground.store.trouble))),
        writable=ground.store.writable,
    )


def image_rows(
    ground: Ground, images: Sequence[StoredImage], task: Task
) -> tuple[list[ImageRow], Sharing]:
    """The rows in the order of ``images``."""
    sharing = Sharing.of(images, [shown_name(image) for image in images])
    uses = ground.store.image_use()
    stored: dict[Digest, bool] = {}
    rows = []
    for image, blocks in zip(images, sharing.blocks, strict=True):
        task.checkpoint()
        for layer in image.layers:
            if layer.digest not in stored:
                stored[layer.digest] = ground.store.has(layer)
        use = uses.get(image.entry.digest, ImageUse(0, 0))
        missing = sum(not stored[layer.digest] for layer in image.layers)
        rows.append(_row(image, blocks, unpacked_size(ground, image), use, missing))
    return rows, sharing


def shown_name(image: StoredImage) -> str:
    """What people call the image: its first name, or the short ID of an untagged one."""
    return Reference.parse(image.names[0]).familiar if image.names else image.image_id.short


def is_dangling(image: StoredImage) -> bool:
    """No tag points to it.  A name that is no reference still says that somebody wants it, and
    what is no image at all was put there for a purpose that we do not know."""
    kind = image.entry.media_type
    known = media_types.is_manifest(kind) or media_types.is_index(kind)
    return known and not image.names and not image.invalid_name


def _row(
    image: StoredImage,
    blocks: tuple[BlockUse, ...],
    size: int | None,
    use: ImageUse,
    missing: int,
) -> ImageRow:
    facts = image.parts.facts
    return ImageRow(
        image_id=image.image_id,
        digest=image.digest,
        references=image.names,
        familiar=tuple(Reference.parse(name).familiar for name in image.names),
        created=facts.created if facts else None,
        platform=_platform(image),
        size=size,
        compressed=use.size,
        unique=use.unique,
        shared=use.shared,
        layers=len(image.layers),
        blocks=blocks,
        dangling=is_dangling(image),
        missing=missing,
        invalid_name=image.invalid_name,
        unreadable=image.parts.unreadable,
    )


def _platform(image: StoredImage) -> Platform:
    if image.parts.facts is not None:
        return image.parts.facts.platform
    return image.parts.descriptor.platform or Platform("", "")


def _disk_use(
    ground: Ground, images: Sequence[StoredImage], rows: Sequence[ImageRow], sharing: Sharing
) -> DiskUse:
    used: Used = ground.store.disk_use()
    return DiskUse(
        path=str(ground.store.path),
        images=len(rows),
        layers=len(sharing.holders),
        on_disk=used.blobs,
        if_not_shared=sum(row.compressed for row in rows) + used.unreferenced,
        shared=used.blobs - used.unreferenced - sum(row.unique for row in rows),
        unique=sum(row.unique for row in rows),
        reclaimable=_reclaimable(ground, images),
        trash=used.trash,
        partial=used.partial,
        derived=used.derived,
        blocks=sharing.all_blocks(),
    )


def _reclaimable(ground: Ground, images: Sequence[StoredImage]) -> int:
    """What ``plan_prune`` would say, asked of the store directly."""
    untagged = [image.entry.digest for image in images if is_dangling(image)]
    return ground.store.plan(remove=untagged, orphans=True).reclaimed


def phrase(kind: Operation, canonical: Sequence[str]) -> str:
    """What a change did, to images of these names; it follows "Undo: "."""
    words = {
        Operation.TAG: "tagging",
        Operation.UNTAG: "removing the tag",
        Operation.REMOVE: "removing",
        Operation.PRUNE: "pruning",
    }
    what = words.get(kind, str(kind))
    names = [Reference.parse(name).familiar for name in canonical]
    if len(names) > 1:
        return f"{what} {names[0]} and {len(names) - 1} more"
    return f"{what} {names[0]}" if names else f"{what} untagged images"


def _told(record: Record | None) -> str:
    return phrase(record.kind, record.names) if record is not None else ""

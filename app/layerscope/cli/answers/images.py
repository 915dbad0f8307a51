"""Images, their layers and their history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .forms import Answer, time

if TYPE_CHECKING:
    from layerscope.engine.library.values import DiskUse, ImageDetail, ImageRow, LayerRow, StepRow


def image(row: ImageRow) -> Answer:
    return {
        "image_id": str(row.image_id),
        "digest": str(row.digest),
        "references": list(row.references),
        "created": time(row.created),
        "size": row.size,
        "compressed": row.compressed,
        "unique": row.unique,
        "shared": row.shared,
        "layers": row.layers,
        "dangling": row.dangling,
        "missing": row.missing,
        "platform": str(row.platform),
        "invalid_name": row.invalid_name or None,
        "unreadable": row.unreadable or None,
    }


def layer(row: LayerRow) -> Answer:
    return {
        "number": row.number,
        "digest": str(row.digest),
        "diff_id": None if row.diff_id is None else str(row.diff_id),
        "media_type": row.media_type,
        "compressed": row.compressed,
        "size": row.size,
        "created": time(row.created),
        "created_by": row.created_by,
        "comment": row.comment,
        "entries": row.entries,
        "added": row.added,
        "modified": row.modified,
        "metadata": row.metadata,
        "deleted": row.deleted,
        "shared_by": list(row.shared_by),
        "warnings": [*([row.damage] if row.damage else []), *row.warnings],
        "chain_id": None if row.chain_id is None else str(row.chain_id),
        "stored": row.stored,
    }


def step(row: StepRow) -> Answer:
    return {
        "layer": row.layer,
        "created": time(row.created),
        "created_by": row.created_by,
        "author": row.author,
        "comment": row.comment,
        "size": row.size,
        "empty_layer": row.layer is None,
        "certain": row.certain,
    }


def detail(value: ImageDetail) -> Answer:
    run = value.run
    return {
        **image(value.row),
        "author": value.author,
        "config": {
            "user": run.user,
            "env": list(run.env),
            "entrypoint": None if run.entrypoint is None else list(run.entrypoint),
            "cmd": None if run.cmd is None else list(run.cmd),
            "working_dir": run.working_dir,
            "exposed_ports": list(run.exposed_ports),
            "volumes": list(run.volumes),
            "labels": dict(run.labels),
            "stop_signal": run.stop_signal,
        },
        "layers": [layer(row) for row in value.layers],
        "history": [step(row) for row in value.steps],
        "documents": list(value.documents),
        "warnings": list(value.warnings),
    }


def disk_use(value: DiskUse) -> Answer:
    return {
        "path": value.path,
        "images": value.images,
        "layers": value.layers,
        "on_disk": value.on_disk,
        "if_not_shared": value.if_not_shared,
        "shared": value.shared,
        "unique": value.unique,
        "reclaimable": value.reclaimable,
        "trash": value.trash,
        "partial": value.partial,
        "derived": value.derived,
    }

"""The JSON of every answer.  Its keys are a promise to the scripts that read them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerscope.engine.library.values import (
        DiskUse,
        FoundRow,
        ImageDetail,
        ImageRow,
        LayerRow,
        Loaded,
        Pulled,
        Removal,
        RemovalPlan,
        Repaired,
        StepRow,
        TagChange,
        TagRow,
        Verified,
    )
    from layerscope.engine.oci import Reference
    from layerscope.engine.rootfs import Row, TraceStep

Answer = dict[str, object]


def write(answer: object, *, readable: bool = False) -> None:
    """One document, on one line unless it is for people.

    Only ASCII leaves, so that nothing steers a terminal and any byte survives: bytes of a name
    that are no UTF-8 travel as lone surrogates, as in Python's os.fsdecode.
    """
    print(json.dumps(answer, indent=2 if readable else None))


def write_each(answers: Iterable[Answer]) -> None:
    """A JSON array, written as it comes: a recursive listing may have a million rows."""
    write_out = sys.stdout.write
    write_out("[")
    separator = ""
    for answer in answers:
        write_out(f"{separator}{json.dumps(answer)}")
        separator = ",\n"
    write_out("]\n")


def reference(value: Reference) -> Answer:
    return {
        "registry": value.registry,
        "repository": value.repository,
        "tag": value.tag,
        "digest": None if value.digest is None else str(value.digest),
        "canonical": value.canonical,
        "familiar": value.familiar,
    }


def found(row: FoundRow) -> Answer:
    return {
        "name": row.name,
        "description": row.description,
        "stars": row.stars,
        "pulls": row.pulls,
        "official": row.official,
    }


def tag(row: TagRow) -> Answer:
    told: Answer = {"tag": row.tag}
    if row.size is not None:
        told["size"] = row.size
    if row.digest is not None:
        told["digest"] = str(row.digest)
    if row.updated is not None:
        told["updated"] = _time(row.updated)
    if row.platforms:
        told["platforms"] = list(row.platforms)
    return told


def pulled(value: Pulled) -> Answer:
    return {
        "reference": value.reference,
        "digest": str(value.digest),
        "image_id": str(value.image_id),
        "downloaded": value.downloaded,
        "layers": [
            {"digest": str(layer.digest), "size": layer.size, "status": layer.status}
            for layer in value.layers
        ],
        "warnings": list(value.warnings),
    }


def loaded(value: Loaded) -> Answer:
    return {
        "reference": value.reference or None,
        "image_id": str(value.image_id),
        "digest": str(value.digest),
    }


def image(row: ImageRow) -> Answer:
    return {
        "image_id": str(row.image_id),
        "digest": str(row.digest),
        "references": list(row.references),
        "created": _time(row.created),
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
        "created": _time(row.created),
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
        "created": _time(row.created),
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


def file(path: bytes, row: Row) -> Answer:
    """``path`` has no leading slash; ``mtime`` is seconds since 1970; ``change`` is null for
    folders that no layer stores."""
    from layerscope.engine.layers.pax import decoded

    return {
        "path": _text(path),
        "type": row.kind.word,
        "size": row.size,
        "mode": _mode(row.mode),
        "uid": row.uid,
        "gid": row.gid,
        "mtime": _seconds(row.mtime_ns),
        "link": _text(row.link) if row.link else None,
        "origin": row.origin,
        "change": None if row.change is None else row.change.value,
        "shadowed": list(row.shadowed),
        "xattrs": {_text(key): _text(value) for key, value in decoded(row.xattrs).items()},
        **({"deleted": True} if row.deleted else {}),
        **({"opaque": True} if row.opaque else {}),
        **({"implicit": True} if row.implicit else {}),
        **({"sha256": row.digest.hex()} if row.digest else {}),
    }


def trace_step(step: TraceStep) -> Answer:
    return {
        "layer": step.layer,
        "entry": step.entry.value,
        "type": None if step.kind is None else step.kind.word,
        "size": step.size,
        "mode": None if step.mode is None else _mode(step.mode),
        "change": None if step.change is None else step.change.value,
        "visible": step.visible,
        **({"by": _text(step.by)} if step.by else {}),
    }


def tagged(value: TagChange) -> Answer:
    return {
        "tagged": [value.reference],
        "digest": str(value.digest),
        "moved_from": None if value.moved_from is None else str(value.moved_from),
        "untagged": [],
        "deleted": [],
        "reclaimed": 0,
    }


def removal(value: Removal) -> Answer:
    return {
        "untagged": list(value.untagged),
        "deleted": [str(digest) for digest in value.deleted],
        "reclaimed": value.reclaimed,
    }


def undone(value: Removal) -> Answer:
    return {
        **removal(value),
        "restored": list(value.restored),
        "brought_back": [str(digest) for digest in value.brought_back],
    }


def plan(value: RemovalPlan) -> Answer:
    """What ``removal`` would say after the plan was carried out, and why."""
    return {
        "untagged": list(value.untag),
        "deleted": [str(digest) for digest in value.blobs],
        "reclaimed": value.reclaimed,
        "images": [
            {
                "digest": str(each.digest),
                "image_id": str(each.image_id),
                "references": list(each.references),
                "why": each.why,
                "frees": each.frees,
                "kept": each.kept or None,
            }
            for each in value.candidates
        ],
        "dry_run": True,
    }


def verified(value: Verified, repaired: Repaired | None = None) -> Answer:
    return {
        **({} if repaired is None else {"repaired": _repaired(repaired)}),
        "blobs": value.blobs,
        "bytes": value.bytes,
        "findings": [
            {"about": each.about, "sentence": each.sentence, "hint": each.hint}
            for each in value.findings
        ],
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


def _repaired(value: Repaired) -> Answer:
    return {
        "references": list(value.references),
        "untagged": [str(digest) for digest in value.untagged],
    }


def _mode(mode: int) -> str:
    return f"{mode & 0o7777:04o}"


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _seconds(ns: int) -> int | float:
    whole, rest = divmod(ns, 1_000_000_000)
    return ns / 1_000_000_000 if rest else whole


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")

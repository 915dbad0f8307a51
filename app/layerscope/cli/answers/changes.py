"""What changed, or would change, and what a check found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .forms import Answer, time

if TYPE_CHECKING:
    from layerscope.engine.library.values import (
        Emptied,
        Removal,
        RemovalPlan,
        Repaired,
        TagChange,
        TrashRow,
        Verified,
    )


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


def trash_row(value: TrashRow) -> Answer:
    return {
        "operation": value.operation,
        "what": value.what,
        "references": list(value.names),
        "removed": time(value.when),
        "until": time(value.until),
        "blobs": value.blobs,
        "bytes": value.bytes,
        "restorable": value.restorable,
    }


def emptied(value: Emptied) -> Answer:
    return {"operations": list(value.operations), "bytes": value.bytes}


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


def _repaired(value: Repaired) -> Answer:
    return {
        "references": list(value.references),
        "untagged": [str(digest) for digest in value.untagged],
    }

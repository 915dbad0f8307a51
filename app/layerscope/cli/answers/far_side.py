"""What registries have, and what came from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .forms import Answer, time

if TYPE_CHECKING:
    from layerscope.engine.library.values import FoundRow, Loaded, Pulled, TagRow
    from layerscope.engine.oci import Reference


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
        told["updated"] = time(row.updated)
    if row.platforms:
        told["platforms"] = list(row.platforms)
    return told


def pulled(value: Pulled) -> Answer:
    return {
        "reference": value.reference,
        "digest": str(value.digest),
        "image_id": str(value.image_id),
        "downloaded": value.downloaded,
        "resumed": value.resumed,
        "downloaded_twice": value.downloaded_twice,
        "from_mirrors": value.mirrored,
        "tag_from": value.tag_from or None,
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

"""What a removal or prune would take, told image by image and to the byte."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from layerscope.engine.errors import InUse
from layerscope.engine.oci import Digest, Reference
from layerscope.engine.store import Operation, Plan

from .catalogue import StoredImage
from .finding import find_copies
from .ground import Ground
from .listing import is_dangling, shown_name
from .values import Candidate, RemovalPlan

Planned = tuple[Plan, RemovalPlan]


@dataclass
class _Choice:
    """What is to go, by the digests of index.json; which rows to show and why; how it was asked."""

    asked: Mapping[str, object]
    remove: list[Digest] = field(default_factory=list)
    untag: list[Reference] = field(default_factory=list)
    shown: dict[Digest, tuple[StoredImage, str]] = field(default_factory=dict)


def plan_removal(ground: Ground, names: Sequence[str], keep_untagged: bool, force: bool) -> Planned:
    images = ground.catalogue.images()
    found = [find_copies(images, name) for name in names]
    leaving = {each.name for copies in found for each in copies if each.name is not None}
    asked = {"names": tuple(names), "keep_untagged": keep_untagged, "force": force}
    choice = _Choice(asked)
    for copies in found:
        all_names = [name for each in copies for name in each.image.names]
        last = leaving.issuperset(all_names)
        name = copies[0].name
        if name is not None and (keep_untagged or not last):
            choice.untag.append(Reference.parse(name))
            continue
        if name is None and len(all_names) > 1 and not force and not last:
            raise _has_several_names(copies[0].image, all_names)
        for image in (each.image for each in copies):
            choice.remove.append(image.entry.digest)
            choice.shown[image.entry.digest] = (image, "asked for")
    plan = ground.store.plan(remove=choice.remove, untag=choice.untag, kind=Operation.REMOVE)
    return plan, _told(ground, images, plan, choice)


def plan_prune(
    ground: Ground,
    all_unused: bool,
    older_than_days: float | None,
    unchecked: Collection[Digest],
) -> Planned:
    images = ground.catalogue.images()
    asked = {
        "all_unused": all_unused,
        "older_than_days": older_than_days,
        "unchecked": frozenset(unchecked),
    }
    choice = _Choice(asked)
    for image in images:
        if (all_unused or is_dangling(image)) and _old_enough(image, older_than_days):
            why = "untagged" if is_dangling(image) else "unused"
            choice.shown[image.entry.digest] = (image, why)
            if image.digest not in unchecked:
                choice.remove.append(image.entry.digest)
    plan = ground.store.plan(remove=choice.remove, orphans=True, kind=Operation.PRUNE)
    return plan, _told(ground, images, plan, choice)


def planned_again(ground: Ground, choice: Mapping[str, object]) -> Planned:
    """The plan that was asked for like this, for the store as it is now."""
    if "names" in choice:
        return plan_removal(
            ground,
            cast("tuple[str, ...]", choice["names"]),
            bool(choice["keep_untagged"]),
            bool(choice["force"]),
        )
    return plan_prune(
        ground,
        bool(choice["all_unused"]),
        cast("float | None", choice["older_than_days"]),
        cast("frozenset[Digest]", choice["unchecked"]),
    )


def _has_several_names(image: StoredImage, names: Sequence[str]) -> InUse:
    familiar = [Reference.parse(name).familiar for name in names]
    return InUse(
        f"Image {image.image_id.short} has {len(familiar)} names: {', '.join(familiar)}.",
        hint="Remove them one by one, or force the removal of the image with all of them.",
        name=str(image.digest),
    )


def _old_enough(image: StoredImage, days: float | None) -> bool:
    """By the time the image was made; one that does not say is old."""
    created = image.parts.facts.created if image.parts.facts else None
    return not days or created is None or datetime.now(UTC) - created > timedelta(days=days)


def _told(
    ground: Ground, images: Sequence[StoredImage], plan: Plan, choice: _Choice
) -> RemovalPlan:
    by_entry = {image.entry.digest: image for image in images}
    layers = {layer.digest for image in images for layer in image.layers}
    needed_by = dict.fromkeys(user for image in plan.images for user in image.needed_by)
    names = [*plan.untag, *(name for image in plan.images for name in image.names)]
    return RemovalPlan(
        generation=plan.generation,
        candidates=_candidates(ground, images, plan, choice),
        untag=tuple(dict.fromkeys(names)),
        images=plan.remove,
        layers=sum(blob.digest in layers for blob in plan.blobs),
        reclaimed=plan.reclaimed,
        on_disk=ground.store.disk_use().blobs,
        stays_shared=plan.kept,
        needed_by=tuple(shown_name(by_entry[user]) for user in needed_by if user in by_entry),
        shared_only_inside=plan.shared_inside,
        choice=choice.asked,
        blobs=tuple(blob.digest for blob in plan.blobs),
    )


def _candidates(
    ground: Ground, images: Sequence[StoredImage], plan: Plan, choice: _Choice
) -> tuple[Candidate, ...]:
    frees = {image.digest: image.frees for image in plan.images}
    checked = set(plan.remove)
    unchecked = [entry for entry in choice.shown if entry not in checked]
    if unchecked:
        frees |= _would_free(ground, images, checked, unchecked)
    return tuple(
        Candidate(
            digest=image.digest,
            image_id=image.image_id,
            references=tuple(Reference.parse(name).familiar for name in image.names),
            why=why,
            frees=frees.get(entry, 0),
            checked=entry in checked,
            kept=next(iter(plan.stopped), ""),
        )
        for entry, (image, why) in choice.shown.items()
    )


def _would_free(
    ground: Ground,
    images: Sequence[StoredImage],
    checked: Collection[Digest],
    unchecked: Sequence[Digest],
) -> dict[Digest, int]:
    """What each unchecked image would free on top of the checked ones."""
    reaches = {image.entry.digest: ground.store.reach(image.entry).blobs for image in images}
    users: dict[Digest, int] = {}
    for entry, blobs in reaches.items():
        if entry not in checked:
            for blob in blobs:
                users[blob.digest] = users.get(blob.digest, 0) + 1
    return {
        entry: sum(
            blob.size
            for blob in reaches[entry]
            if users[blob.digest] == 1 and ground.store.has(blob)
        )
        for entry in unchecked
    }

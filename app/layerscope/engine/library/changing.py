"""Changes of names and images, each done exactly as it was planned."""

from __future__ import annotations

from dataclasses import replace

from layerscope.engine.content.wording import display_name
from layerscope.engine.errors import BadInput, StoreChanged
from layerscope.engine.oci import Reference
from layerscope.engine.store import Change
from layerscope.engine.task import Task

from .finding import find
from .ground import Ground
from .planning import planned_again
from .tidying import tidy
from .values import Removal, RemovalPlan, TagChange


def tag(ground: Ground, source: str, target: str, task: Task) -> TagChange:
    found = find(ground.catalogue.images(), source)
    reference = Reference.parse(target)
    if reference.digest is not None:
        raise BadInput(
            f"{display_name(target)} names one content for ever and cannot be a tag.",
            hint=f"Leave the digest out: {reference.with_tag(reference.tag or 'latest').familiar}.",
        )
    change = ground.store.tag(found.image.entry.digest, reference, task)
    moved_from = next((digest for _, digest in change.moved), None)
    named = {entry.descriptor.digest for entry in ground.store.entries() if entry.name is not None}
    return TagChange(
        operation=change.operation,
        reference=reference.canonical,
        digest=found.image.digest,
        moved_from=moved_from,
        left_untagged=moved_from is not None and moved_from not in named,
    )


def untag(ground: Ground, reference: str, task: Task) -> Removal:
    found = find(ground.catalogue.images(), reference)
    name = Reference.parse(found.name or reference)
    return _removal(ground.store.untag(name, task))


def apply(ground: Ground, plan: RemovalPlan, task: Task) -> Removal:
    """A plan has travelled and may be old, so it is made again from how it was asked for, and
    carried out only if it still says the same to the byte."""
    if plan.generation == ground.store.generation():
        inner, now = planned_again(ground, plan.choice)
        if (now.images, now.untag, now.blobs) == (plan.images, plan.untag, plan.blobs):
            if not (inner.remove or inner.untag or inner.blobs):
                return Removal("", (), (), 0)  # nothing to do leaves nothing to undo
            if inner.remove:
                tidy(ground)  # before, so that an undo of this finds everything as it was
            return _removal(ground.store.apply(inner, task))
    raise StoreChanged(
        "The store changed since the list was made.",
        hint="Look at the list again, then repeat.",
    )


def undo(ground: Ground, task: Task, operation: str = "") -> Removal:
    change = ground.store.undo(task, operation=operation)
    moved = tuple(name for name, _ in change.moved)
    return Removal(
        operation=change.operation,
        untagged=change.untagged,
        deleted=(),
        reclaimed=change.reclaimed,
        restored=tuple(dict.fromkeys((*change.tagged, *moved))),
        brought_back=change.blobs,
    )


def redo(ground: Ground, task: Task) -> Removal:
    change = ground.store.redo(task)
    moved = tuple(name for name, _ in change.moved)
    restored = tuple(dict.fromkeys((*change.tagged, *moved)))
    return replace(_removal(change), restored=restored)


def _removal(change: Change) -> Removal:
    return Removal(
        operation=change.operation,
        untagged=change.untagged,
        deleted=tuple(dict.fromkeys((*change.deleted, *change.blobs))),
        reclaimed=change.reclaimed,
    )

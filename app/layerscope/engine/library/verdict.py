"""Judges a layer that came in: only one that is whole and is what the config says gets a name."""

from __future__ import annotations

from layerscope.engine.content.limits import raising
from layerscope.engine.errors import DigestMismatch, LayerDamaged, LimitReached
from layerscope.engine.oci import Digest

from .stacks import damage_sentence, differs
from .transfer import Landed


def require_right(landed: Landed, diff_id: Digest | None, name: str, registry: str) -> None:
    """Raises LimitReached, LayerDamaged or DigestMismatch; ``name`` is what people call the image
    and ``registry`` where it came from."""
    summary = landed.summary
    if summary is None:
        return
    where = f"ayer {landed.number} of {name}"
    if summary.damage is not None and summary.damage.limit:
        raise LimitReached(
            f"Reading l{where} past byte {summary.damage.offset:,} was {summary.damage.reason}.",
            hint=f"{raising(summary.damage.limit)} Nothing was changed.",
            limit=summary.damage.limit,
            value=summary.damage.value,
        )
    if summary.damage is not None:
        raise LayerDamaged(
            f"{name} is damaged: {damage_sentence(landed.number, summary)}",
            hint="It was published like this; nothing was changed.",
            layer=str(landed.layer.digest),
            offset=summary.damage.offset,
        )
    if differs(summary, diff_id):
        raise DigestMismatch(
            f"L{where} does not match its DiffID.",
            hint=f"Expected {diff_id}, but it unpacks to {summary.diff_id}. Nothing was changed.",
            registry=registry,
            expected=str(diff_id),
            received=str(summary.diff_id),
        )

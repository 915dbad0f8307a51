"""How many paths of a view differ from its baseline."""

from __future__ import annotations

from collections.abc import Iterator

from layerscope.engine.rootfs.columns import NOTHING
from layerscope.engine.rootfs.rows import Shown
from layerscope.engine.rootfs.stack import Stack
from layerscope.engine.rootfs.values import ROOT, Badge, ChangeCounts, Mark, View


def count_changes(shown: Shown) -> ChangeCounts:
    """Of a merged view, against its baseline; of a single layer, what it did."""
    stack, view = shown.stack, shown.view
    if view.layer is not None:
        layer = stack.layers[view.layer - 1]
        return ChangeCounts(
            layer.added, layer.modified, layer.metadata, layer.deleted, layer.opaque
        )
    counts = dict.fromkeys(Badge, 0)
    low, high = stack.floors[view.baseline + 1], stack.floors[view.as_of + 1]
    alone = bytes(stack.alone[low:high])
    counts[Badge.ADDED] = alone.count(b"\x01")  # nearly all, so that the rest may cost something
    for slot, single in enumerate(alone, low):
        if not single and stack.node[slot] > ROOT and stack.end[slot] > view.as_of:
            counts[shown.badge(stack.node[slot], slot)] += 1
    return ChangeCounts(
        added=counts[Badge.ADDED],
        modified=counts[Badge.MODIFIED],
        metadata=counts[Badge.PROPERTIES],
        deleted=sum(1 for _ in deleted_nodes(stack, view)),
        opaque=sum(1 for _ in opaque_nodes(shown)),
    )


def deleted_nodes(stack: Stack, view: View) -> Iterator[int]:
    """What layers above the baseline deleted and is not there again, in no order."""
    baseline, as_of = view.baseline, view.as_of
    ended = [
        slot
        for slot, end in enumerate(stack.end[: stack.floors[as_of + 1]])
        if baseline < end <= as_of
    ]
    nodes = {stack.node[slot] for slot in ended if stack.layer_of(slot) < stack.end[slot]}
    for node in nodes:
        if node > ROOT and stack.visible(node, as_of) == NOTHING:
            yield node


def opaque_nodes(shown: Shown) -> Iterator[int]:
    """The folders that wear the badge for opaque ones, in order."""
    stack, view = shown.stack, shown.view
    previous = NOTHING
    for node, kind, layer in zip(stack.mark_node, stack.mark_kind, stack.mark_layer, strict=True):
        if kind != Mark.OPAQUE or not view.baseline < layer <= view.as_of or node == previous:
            continue
        previous = node
        slot = stack.visible(node, view.as_of)
        if slot != NOTHING and shown.badge(node, slot) is Badge.OPAQUE:
            yield node

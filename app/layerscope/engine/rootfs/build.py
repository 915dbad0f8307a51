"""The only way to make a timeline file: merge the layers of a stack and write what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from layerscope.engine.content.limits import Limits
from layerscope.engine.layers import LayerIndex
from layerscope.engine.rootfs.columns import NOTHING, BlockColumns
from layerscope.engine.rootfs.comparing import METADATA, MODIFIED, REWRITTEN, TOUCHED
from layerscope.engine.rootfs.merge import Merge
from layerscope.engine.rootfs.numbering import number
from layerscope.engine.rootfs.totals import Sums, Totals
from layerscope.engine.rootfs.values import ROOT, LayerTotals, Mark, TimelineSummary
from layerscope.engine.rootfs.writing import write_timeline
from layerscope.engine.task import Progress, Task


def build_timeline(
    layers: Sequence[Path], target: Path, limits: Limits, task: Task
) -> TimelineSummary:
    """Merge finished layer indexes, bottom first, into a timeline at ``target``.

    The file appears whole or not at all, replacing what has its name; anybody may build the same
    one at the same time.  Damaged layers count as far as they could be read.  Raises
    LimitReached for stacks made to exhaust memory or time, DiskFull, and what LayerIndex.open
    raises.
    """
    return write_stack(_read(layers), len(layers), target, limits, task)


def write_stack(
    stack: Iterable[Iterable[BlockColumns]], count: int, target: Path, limits: Limits, task: Task
) -> TimelineSummary:
    """The same for ``count`` layers that come as blocks of columns."""
    merge = Merge(limits, task)
    totals = Totals(merge)
    counted: list[LayerTotals] = []
    for layer, blocks in enumerate(stack, 1):
        task.report(Progress(layer - 1, count, "Merging layers", "layers"))
        before = merge.tree.alive
        merge.add_layer(blocks)
        totals.add_layer(layer)
        counted.append(_counted(merge, layer, before))
    task.report(Progress(count, count, "Merging layers", "layers"))
    numbering = number(merge.tree, task)
    sums = totals.sums(numbering, task)
    layers = _with_bytes(counted, sums)
    write_timeline(target, merge, numbering, sums, layers, task)
    return TimelineSummary(
        layers,
        nodes=len(numbering.order),
        versions=len(merge.columns) - merge.columns.node.count(NOTHING),
        warnings=merge.remarks.all(),
    )


def _read(layers: Sequence[Path]) -> Iterator[Iterable[BlockColumns]]:
    for layer in layers:
        with LayerIndex.open(layer) as index:
            yield index.blocks()


def _counted(merge: Merge, layer: int, alive_before: int) -> LayerTotals:
    """The layer that was merged last; its visible bytes are not known yet."""
    tree, counts = merge.tree, merge.counts
    gone = sum(tree.current[node] == NOTHING for node in tree.below)
    marks = zip(merge.marks.layer, merge.marks.node, merge.marks.kind, strict=True)
    opaque = {node for at, node, kind in marks if at == layer and kind == Mark.OPAQUE}
    return LayerTotals(
        number=layer,
        entries=merge.entries,
        added=tree.alive - alive_before + gone,
        modified=counts[MODIFIED],
        metadata=counts[METADATA],
        deleted=gone,
        rewritten=counts[REWRITTEN],
        touched=counts[TOUCHED],
        opaque=sum(tree.current[node] != NOTHING for node in opaque),
        bytes=merge.stored_bytes,
        visible=tree.alive,
        visible_bytes=0,
        warnings=tuple(each for each in merge.remarks.all() if each.layer == layer),
    )


def _with_bytes(layers: list[LayerTotals], sums: Sums) -> tuple[LayerTotals, ...]:
    """``sums`` begin with those of the root, which hold what changed in the whole stack."""
    change = [0] * (len(layers) + 1)
    for node, at, size in zip(sums["node"], sums["at"], sums["bytes"], strict=True):
        if node != ROOT:
            break
        change[at] += size
    visible = accumulate(change)
    next(visible)  # before the first layer
    return tuple(
        replace(layer, visible_bytes=size) for layer, size in zip(layers, visible, strict=True)
    )

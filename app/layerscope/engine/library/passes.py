"""The heavy passes over layers, and who runs them: here, or in child processes of the caller."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from layerscope.engine.content.limits import Limits
from layerscope.engine.content.priority import behind_others
from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.task import Task

if TYPE_CHECKING:
    from layerscope.engine.layers import LayerSummary
    from layerscope.engine.rootfs import TimelineSummary

T = TypeVar("T")


class Passes(Protocol):
    """Runs passes, several at the same time if asked from several threads."""

    def run(self, work: Callable[..., T], *args: object, task: Task) -> T:
        """``work(*args, task)``; ``work`` is a function of some module, everything pickles."""
        ...

    def warm_up(self) -> None:
        """Passes will soon be asked for."""
        ...


class InlinePasses:
    """Runs each pass where it is asked for."""

    def run(self, work: Callable[..., T], *args: object, task: Task) -> T:
        return work(*args, task)

    def warm_up(self) -> None:
        return


@dataclass(frozen=True, slots=True)
class IndexOrder:
    """Read one layer and write its index to ``target``; ``diff_id`` None checks nothing.
    ``arriving``: the file in which the blob is still being written.  ``urgent``: others wait for
    this layer, not it for them."""

    blob: Path
    layer: Descriptor
    diff_id: Digest | None
    target: Path
    limits: Limits
    arriving: Path | None = None
    urgent: bool = True


@dataclass(frozen=True, slots=True)
class MergeOrder:
    """Merge the layers of these index files, bottom first, into the timeline ``target``."""

    indexes: tuple[Path, ...]
    target: Path
    limits: Limits


def index_layer(order: IndexOrder, task: Task) -> LayerSummary:
    """Raises what ``build_index`` raises.  Loaded when it is run: usually in another process."""
    from layerscope.engine.layers import build_index

    work = partial(
        build_index,
        order.blob,
        order.layer,
        order.diff_id,
        order.target,
        order.limits,
        task,
        arriving=order.arriving,
    )
    return work() if order.urgent else behind_others(work)


def merge_layers(order: MergeOrder, task: Task) -> TimelineSummary:
    from layerscope.engine.rootfs import build_timeline

    return build_timeline(order.indexes, order.target, order.limits, task)

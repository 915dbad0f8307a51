"""What was removed and is still stored: seen, brought back, or deleted for good."""

from __future__ import annotations

from collections.abc import Collection

from layerscope.engine.content.wording import display_name
from layerscope.engine.errors import NothingToUndo
from layerscope.engine.oci import Reference
from layerscope.engine.store import TrashItem
from layerscope.engine.task import Task

from .ground import Ground
from .listing import phrase
from .values import Emptied, TrashRow


def trash(ground: Ground) -> tuple[TrashRow, ...]:
    return tuple(map(_row, ground.store.trash()))


def empty_trash(ground: Ground, operations: Collection[str], task: Task) -> Emptied:
    held = [item.operation for item in ground.store.trash()]
    for operation in operations:
        if operation not in held:
            raise NothingToUndo(
                f"The trash holds nothing of the operation {display_name(operation)}.",
                hint="`layerscope trash` lists what it holds.",
            )
    going = [operation for operation in held if not operations or operation in operations]
    return Emptied(tuple(going), ground.store.empty_trash(going, task))


def _row(item: TrashItem) -> TrashRow:
    what = phrase(item.kind, item.names) if item.kind is not None else "removing something"
    return TrashRow(
        operation=item.operation,
        what=what[:1].upper() + what[1:],
        names=tuple(Reference.parse(name).familiar for name in item.names),
        when=item.time,
        until=item.until,
        blobs=item.blobs,
        bytes=item.size,
        restorable=item.restorable,
    )

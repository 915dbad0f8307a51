"""The command about what was removed and is still stored."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from layerscope.engine.content.wording import size_text
from layerscope.engine.task import Task

from . import answers
from .changes import agreed, require_somebody, tell_undone
from .commands import library
from .tables import number, plural, size, table, time

if TYPE_CHECKING:
    from layerscope.engine.library import Library
    from layerscope.engine.library.values import TrashRow


def trash(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        if options.restore is not None:
            return tell_undone(store.restore(options.restore, task=task), options.json)
        if options.empty is not None:
            return _empty(store, options, task)
        rows = store.trash(task=task)
    if options.json:
        answers.write([answers.trash_row(row) for row in rows])
    else:
        _tell(rows)
    return 0


def _empty(store: Library, options: argparse.Namespace, task: Task) -> int:
    rows = [
        row for row in store.trash(task=task) if not options.empty or row.operation in options.empty
    ]
    if rows and not options.yes:
        require_somebody("Say --yes to delete for good.")
        _tell(rows, to_error=True)
        if not agreed("Delete this for good? It cannot be undone."):
            return 1
    emptied = store.empty_trash(options.empty, task=task)
    if options.json:
        answers.write(answers.emptied(emptied))
    elif emptied.operations:
        print(f"{size_text(emptied.bytes)} given back to the disk.")
    else:
        print("The trash is empty.")
    return 0


def _tell(rows: Sequence[TrashRow], to_error: bool = False) -> None:
    stream = sys.stderr if to_error else sys.stdout
    if not rows:
        print("The trash is empty.", file=stream)
        return
    table(
        ("OPERATION", "REMOVED (UTC)", "UNTIL", "BLOBS", "SIZE", "WHAT"),
        (
            (
                row.operation,
                time(row.when),
                time(row.until),
                number(row.blobs),
                size(row.bytes),
                row.what if row.restorable else f"{row.what} (cannot be brought back)",
            )
            for row in rows
        ),
        stream,
    )
    total = size_text(sum(row.bytes for row in rows))
    print(f"{plural(len(rows), 'operation')}, {total}.", file=stream)

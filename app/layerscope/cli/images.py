"""Commands that look at images as a whole."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from layerscope.engine.content.wording import display_name
from layerscope.engine.task import Task

from . import answers
from .commands import library
from .progress import told
from .tables import number, plural, size, table, time


def images(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        listing = store.images(task=task)
    _warn(listing.warnings)
    if options.json:
        answers.write([answers.image(row) for row in listing.images])
    elif options.quiet:
        for row in listing.images:
            print(row.image_id.short)
    else:
        table(
            ("REFERENCE", "IMAGE ID", "CREATED", "SIZE", "DOWNLOAD", "UNIQUE", "LAYERS"),
            (
                (
                    name,
                    row.image_id.short,
                    time(row.created),
                    size(row.size) or "not indexed",
                    size(row.compressed),
                    size(row.unique),
                    f"{row.layers}" + (f" ({row.missing} missing)" if row.missing else ""),
                )
                for row in listing.images
                for name in (row.familiar or (row.invalid_name or "<untagged>",))
            ),
        )
    return 0


def layers(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        with told(task) as listening:
            store.browse(options.image, task=listening)  # counts come from the merge
        detail = store.image(options.image, task=task)
    if options.json:
        answers.write([answers.layer(row) for row in detail.layers])
        return 0
    table(
        ("NO", "SIZE", "DOWNLOAD", "ENTRIES", "ADDED", "CHANGED", "DELETED", "CREATED BY"),
        (
            (
                str(row.number),
                size(row.size),
                size(row.compressed),
                number(row.entries),
                number(row.added),
                number(None if row.modified is None else row.modified + (row.metadata or 0)),
                number(row.deleted),
                f"{row.keyword} {row.command}".strip() or row.created_by,
            )
            for row in detail.layers
        ),
    )
    _warn(f"Layer {row.number}: {row.damage}" for row in detail.layers if row.damage)
    return 0


def history(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        detail = store.image(options.image, task=task)
    if options.json:
        answers.write([answers.step(row) for row in detail.steps])
        return 0
    table(
        ("LAYER", "CREATED", "SIZE", "CREATED BY", "COMMENT"),
        (
            (
                "" if row.layer is None else str(row.layer),
                time(row.created),
                size(row.size),
                f"{row.keyword} {row.command}".strip() or row.created_by,
                row.comment,
            )
            for row in detail.steps
        ),
    )
    return 0


def inspect(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        if options.raw:
            document = store.document(options.image, options.raw, task=task)
            sys.stdout.buffer.write(document.raw)
            sys.stdout.buffer.flush()
            return 0
        detail = store.image(options.image, task=task)
    answers.write(answers.detail(detail), readable=not options.json)
    return 0


def df(options: argparse.Namespace, task: Task) -> int:
    with library(options) as store:
        use = store.disk_use(task=task)
    if options.json:
        answers.write(answers.disk_use(use))
        return 0
    counts = f"{plural(use.images, 'image')} with {plural(use.layers, 'layer')}"
    print(f"{counts} in {display_name(use.path)}")
    for words, count in (
        ("on disk", use.on_disk),
        ("if nothing were shared", use.if_not_shared),
        ("used by several images", use.shared),
        ("used by one image", use.unique),
        ("freed by a prune", use.reclaimable),
        ("in the trash for 24 hours", use.trash),
        ("of unfinished downloads", use.partial),
        ("indexes, can be made again", use.derived),
    ):
        print(f"{size(count):>12}  {words}")
    return 0


def _warn(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(f"layerscope: {display_name(sentence)}", file=sys.stderr)

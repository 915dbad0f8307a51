"""Commands that give back what the store holds: archives, file systems, single files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from layerscope.engine.content.wording import count_text, display_name, size_text
from layerscope.engine.task import Task

from . import answers
from .arguments import Usage
from .commands import library
from .progress import told

if TYPE_CHECKING:
    from layerscope.engine.library.values.giving_back import Exported

_STREAM = "-"
_MOST_LINES = 20


def save(options: argparse.Namespace, task: Task) -> int:
    target = options.output
    with library(options) as store, told(task) as listening:
        if target == _STREAM:
            with _stdout(options) as out:
                saved = store.save_stream(options.images, out.write, options.format, task=listening)
        else:
            saved = store.save(options.images, target, options.format, task=listening)
    _warn(saved.warnings)
    if options.json:
        answers.write(
            {
                "path": saved.path,
                "format": saved.format.value,
                "references": list(saved.references),
                "image_ids": [str(each) for each in saved.image_ids],
                "layers": saved.layers,
                "bytes": saved.bytes,
                "warnings": list(saved.warnings),
            }
        )
    elif target != _STREAM:
        images = count_text(len(saved.image_ids), "image")
        layers = count_text(saved.layers, "layer")
        print(f"Saved {images} with {layers} to {display_name(saved.path)}, ", end="")
        print(f"{size_text(saved.bytes)}.")
    return 0


def export(options: argparse.Namespace, task: Task) -> int:
    target = options.to
    if options.raw and options.layer is None:
        raise Usage("--raw is about one layer: say which with --layer N.")
    if options.layer is not None and options.as_of is not None:
        raise Usage("--layer and --as-of exclude each other.")
    with library(options) as store, told(task) as listening:
        if options.layer is not None:
            if target == _STREAM:
                with _stdout(options) as out:
                    done = store.layer_stream(
                        options.image, options.layer, out.write, options.raw, task=listening
                    )
            else:
                done = store.export_layer(
                    options.image, options.layer, target, options.raw, task=listening
                )
        elif target == _STREAM:
            with _stdout(options) as out:
                done = store.export_stream(options.image, out.write, options.as_of, task=listening)
        else:
            done = store.export(
                options.image,
                target,
                options.as_of,
                overwrite=options.overwrite,
                keep_setuid=options.keep_setuid,
                keep_owners=_owners(options),
                task=listening,
            )
    return _tell(done, options.json, quiet=target == _STREAM)


def extract(options: argparse.Namespace, task: Task) -> int:
    if options.layer is not None and options.as_of is not None:
        raise Usage("--layer and --as-of exclude each other.")
    with library(options) as store, told(task) as listening:
        done = store.extract(
            options.image,
            [os.fsencode(path) for path in options.paths],
            options.to,
            options.as_of,
            options.layer,
            overwrite=options.overwrite,
            keep_setuid=options.keep_setuid,
            keep_owners=_owners(options),
            task=listening,
        )
    return _tell(done, options.json)


def _owners(options: argparse.Namespace) -> bool | None:
    return False if options.no_owners else None


def _tell(done: Exported, as_json: bool, quiet: bool = False) -> int:
    """Status 1 if something that should be there is not; what is left out by rule, as devices are,
    is told and is no failure."""
    _warn(done.warnings)
    if as_json:
        answers.write(_answer(done))
    else:
        for why, count in done.counts:
            examples = [note for note in done.notes if note.why is why]
            shown = ", ".join(
                f"/{display_name(note.path)}"
                + (f" ({display_name(note.detail)})" * bool(note.detail))
                for note in examples[:3]
            )
            more = f" and {count - 3:,} more" if count > 3 else ""
            _warn([f"{why.sentence[:1].upper()}{why.sentence[1:]}: {shown}{more}."])
        if not quiet:
            files = f"{count_text(done.files, 'file')}, " if done.files or done.folders else ""
            amount = size_text(done.bytes)
            print(f"Wrote {files}{amount} to {display_name(done.target)}.")
    return 1 if done.missed else 0


def _answer(done: Exported) -> answers.Answer:
    return {
        "target": done.target,
        "files": done.files,
        "folders": done.folders,
        "links": done.links,
        "bytes": done.bytes,
        "size": done.size,
        "left_out": done.left_out,
        "missed": done.missed,
        "counts": {why.value: count for why, count in done.counts},
        "notes": [
            {"why": note.why.value, "path": _text(note.path), "detail": note.detail}
            for note in done.notes
        ],
        "written": [{"path": _text(each.path), "to": each.to} for each in done.written],
        "warnings": list(done.warnings),
    }


@contextmanager
def _stdout(options: argparse.Namespace) -> Iterator[BinaryIO]:
    if options.json:
        raise Usage("--json and standard output for the bytes exclude each other.")
    if sys.stdout.isatty():
        raise Usage("A terminal cannot show this. Send it to a file or into a pipe.")
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _warn(sentences: Iterator[str] | list[str] | tuple[str, ...]) -> None:
    for sentence in sentences:
        print(f"layerscope: {display_name(sentence)}", file=sys.stderr)

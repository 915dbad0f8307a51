"""Exports: the merged file system of an image as a tar or in a folder, and single layers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from layerscope.engine.content import files
from layerscope.engine.content.checked import Check
from layerscope.engine.content.codecs import Compression, open_tar_stream
from layerscope.engine.content.compressing import Packer, compression_of
from layerscope.engine.content.extraction import Extraction, Rules
from layerscope.engine.content.spool import Spool, temporary_folder
from layerscope.engine.content.tar_writer import TarWriter
from layerscope.engine.content.wording import display_name
from layerscope.engine.errors import BadInput, BlobDamaged, DigestMismatch, LayerDamaged, NotFound
from layerscope.engine.rootfs.giving import give
from layerscope.engine.rootfs.ordered import give_in_order
from layerscope.engine.rootfs.sinks import FolderSink, TarSink
from layerscope.engine.task import Progress, Task

from .finding import find
from .ground import Ground
from .trees import Reporter, held, of_folder, of_tar, open_layer_blob, open_tree, planned
from .values.giving_back import Exported, TreePlan

STREAM = "-"
_PIECE = 1 << 20
_MOST_CONFLICTS = 20

Write = Callable[[bytes | memoryview], object]


def plan_export(
    ground: Ground, name: str, as_of: int | None, folder: str | None, task: Task
) -> TreePlan:
    with open_tree(ground, name, task) as tree:
        view = tree.view(as_of)
        selection = tree.timeline.selection(view, [(b"", b"")], task)
        conflicts = _content_of(Path(folder)) if folder is not None else ()
        return planned(tree, selection.tally(), Rules(), conflicts)


def export(
    ground: Ground, name: str, target: str, as_of: int | None, rules: Rules, task: Task
) -> Exported:
    """Into a file if ``target`` ends like a tar or is a file, else into a folder."""
    if is_folder(target):
        return _to_folder(ground, name, Path(target), as_of, rules, task)
    with _new_file(Path(target)) as write:
        return export_stream(ground, name, write, as_of, task, target)


def export_stream(
    ground: Ground, name: str, write: Write, as_of: int | None, task: Task, target: str = STREAM
) -> Exported:
    """The tar to whatever takes its bytes in order."""
    aside = temporary_folder() if target == STREAM else Path(target).absolute().parent
    with open_tree(ground, name, task) as tree:
        view = tree.view(as_of)
        tree.require(range(1, view.as_of + 1))
        selection = tree.timeline.selection(view, [(b"", b"")], task)
        writer = TarWriter(write)
        sink = TarSink(writer)
        total = selection.tally().bytes
        with Spool(aside) as spool:
            wrote = Reporter(total, task).wrote
            give_in_order(selection, tree.open_layer, sink, spool, task, wrote)
        writer.close()
        return of_tar(tree, sink, target, writer.position)


def export_layer(
    ground: Ground, name: str, number: int, target: Path, raw: bool, task: Task
) -> Exported:
    with _new_file(target, plain=raw) as write:
        return layer_stream(ground, name, number, write, raw, task, str(target))


def layer_stream(
    ground: Ground,
    name: str,
    number: int,
    write: Write,
    raw: bool,
    task: Task,
    target: str = STREAM,
) -> Exported:
    """One layer as it is stored (``raw``), or the tar inside it; both compared with their digest.

    Raises BlobDamaged or DigestMismatch after the last byte if they differ.
    """
    image = find(ground.catalogue.images(), name).image
    shown = display_name(name)
    if not 1 <= number <= len(image.layers):
        raise NotFound(
            f"{shown} has no layer {number}.", hint=f"Its layers are 1 to {len(image.layers)}."
        )
    layer = image.layers[number - 1]
    diff_id = image.diff_id(number)
    stored = Check(layer.digest.algorithm)
    plain = Check(diff_id.algorithm if diff_id else "sha256")
    with held(ground, [layer.digest], task), open_layer_blob(ground, shown, number, layer) as file:

        class Source:
            """The blob, hashed and told on its way to the decoder."""

            def read(self, size: int, /) -> bytes:
                data = file.read(size)
                stored.update(data)
                task.report(Progress(stored.size, layer.size, f"Writing layer {number}"))
                return data

        source = Source()
        if raw:
            while data := source.read(_PIECE):
                write(data)
        else:
            try:
                for piece in open_tar_stream(source, window_bytes=ground.limits.window_bytes):
                    plain.update(piece)
                    write(piece)
            except LayerDamaged as error:
                raise LayerDamaged(
                    f"Layer {number} of {shown} cannot be unpacked: {error}",
                    hint="Its blob can be exported as it is stored, with --raw.",
                    layer=str(layer.digest),
                    offset=error.offset,
                ) from error
            while source.read(_PIECE):
                continue
    if stored.digest != layer.digest:
        ground.store.mark_damaged(layer.digest)
        raise BlobDamaged(
            f"Layer {number} of {shown} is damaged in the store.",
            hint="Pull the image again to replace it.",
            digest=str(layer.digest),
        )
    if not raw and diff_id is not None and plain.digest != diff_id:
        raise DigestMismatch(
            f"Layer {number} of {shown} does not match its DiffID.",
            hint="It can be exported as it is stored, with --raw.",
            registry="",
            expected=str(diff_id),
            received=str(plain.digest),
        )
    size = stored.size if raw else plain.size
    return Exported(target, 0, 0, 0, size, size)


def is_folder(target: str) -> bool:
    """Whether an export to this path means a folder: one that is there, or a new one whose name
    ends with a slash or does not end like that of a tar."""
    path = Path(target)
    if path.exists():
        return path.is_dir()
    return target.endswith(("/", os.sep)) or not _looks_like_tar(path.name)


def _looks_like_tar(name: str) -> bool:
    ending = Path(name).suffix.lower()
    return ending.startswith((".tar", ".tgz", ".tzst", ".txz", ".tbz")) or ".tar." in name.lower()


def _to_folder(
    ground: Ground, name: str, target: Path, as_of: int | None, rules: Rules, task: Task
) -> Exported:
    with open_tree(ground, name, task) as tree:
        view = tree.view(as_of)
        tree.require(range(1, view.as_of + 1))
        selection = tree.timeline.selection(view, [(b"", b"")], task)
        total = selection.tally().bytes
        with Extraction(target, rules, task) as extraction:
            files.require_space(target, total)
            sink = FolderSink(extraction)
            give(selection, tree.open_layer, sink, task, Reporter(total, task).wrote)
            return of_folder(tree, extraction.so_far)


@contextmanager
def _new_file(target: Path, *, plain: bool = False) -> Iterator[Write]:
    """Writes a file that takes its name when all is well, packed as its name says."""
    compression = Compression.NONE if plain else compression_of(target)
    if target.exists() and not target.is_file():
        raise BadInput(
            f"{target} is there and is no regular file.",
            hint="Name a file, or - for standard output.",
        )
    files.make_folder(Path(os.path.abspath(target)).parent)
    with files.whole_or_absent(target) as file:
        if compression is Compression.NONE:
            yield file.write
            return
        packer = Packer(file.write, compression)
        yield packer.write
        packer.close()


def _content_of(folder: Path) -> tuple[str, ...]:
    names = sorted(path.name for path in files.folder_content(folder))
    return tuple(names[:_MOST_CONFLICTS])

"""Imports: a tar of a root file system becomes an image of one layer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.archive import assembled, layer_media_type
from layerscope.engine.archive.opening import open_named
from layerscope.engine.content.checked import Check
from layerscope.engine.content.codecs import Compression, open_tar_stream, sniff
from layerscope.engine.content.compressing import Packer
from layerscope.engine.content.limits import raising, reached
from layerscope.engine.errors import (
    BadInput,
    LayerDamaged,
    LimitReached,
    NotAnArchive,
)
from layerscope.engine.layers import LayerIndex, LayerSummary, Mark
from layerscope.engine.oci import Descriptor, Digest, Platform, Reference, media_types
from layerscope.engine.store import Lease
from layerscope.engine.task import Progress, Task

from .changing_config import changed
from .ground import Ground
from .indexes import ensure_index, forget, index_path
from .values.giving_back import Imported

_HEAD = 512
_KEPT = (Compression.GZIP, Compression.ZSTD)
_IMAGE_FILES = frozenset({b"oci-layout", b"manifest.json"})


def import_tar(
    ground: Ground,
    path: Path,
    reference: str,
    platform: str | None,
    compression: str | None,
    message: str | None,
    changes: Sequence[str],
    task: Task,
) -> Imported:
    """Raises NotAnArchive for what is no whole tar, or an archive of images.

    A tar that comes gzipped or in zstd stays packed as it is, unless ``compression`` says gzip,
    zstd or none; any other is gzipped.
    """
    name = Reference.parse(reference)
    if name.tag is None:
        raise BadInput(
            f"{name.familiar} names an image by its digest, which only comes out of the import.",
            hint="Give it a tag.",
        )
    target = Platform.parse(platform) if platform else Platform.host()
    config = changed(changes)  # refused before anything is read
    with ExitStack() as stack:
        tar = open_named(path, complaint="no regular file", hint="Import takes a tar.")
        file = stack.enter_context(tar)
        lease = stack.enter_context(ground.store.lease(task))
        wanted = Compression(compression) if compression else None
        layer, diff_id, unpacked = _layer(ground, lease, file, path, wanted, task)
        summary = ensure_index(ground, layer, diff_id, task)
        _require_root(ground, layer, summary, path)
        created = _now()
        document = {
            "created": created,
            "architecture": target.architecture,
            "os": target.os,
            **({"variant": target.variant} if target.variant else {}),
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [str(diff_id)]},
            "history": [
                {
                    "created": created,
                    "created_by": f"layerscope import {path.name}",
                    "comment": message or f"Imported from {path.name}",
                }
            ],
        }
        raw = json.dumps(document, separators=(",", ":")).encode("ascii")
        stored = lease.put(raw, media_types.OCI_CONFIG, task)
        manifest = lease.put(assembled(stored, [layer]), media_types.OCI_MANIFEST, task)
        entry = Descriptor(manifest.media_type, manifest.digest, manifest.size, platform=target)
        lease.publish(entry, [name], task)
    return Imported(
        reference=name.canonical,
        image_id=stored.digest,
        digest=manifest.digest,
        layer=layer.digest,
        diff_id=diff_id,
        size=layer.size,
        unpacked=unpacked,
        entries=summary.entries,
        warnings=tuple(warning.text for warning in summary.warnings),
    )


def _layer(
    ground: Ground,
    lease: Lease,
    file: BinaryIO,
    path: Path,
    wanted: Compression | None,
    task: Task,
) -> tuple[Descriptor, Digest, int]:
    """Store the layer, in one pass: its descriptor, its DiffID and its plain size."""
    found = sniff(file.read(_HEAD))
    file.seek(0)
    as_it_is = found in _KEPT and wanted in (None, found)
    compression = found if as_it_is else wanted or Compression.GZIP
    if compression not in (*_KEPT, Compression.NONE):
        raise BadInput(f"A layer is not packed as {compression}.", hint="Take gzip, zstd or none.")
    total = os.fstat(file.fileno()).st_size
    plain = Check()
    with lease.new_blob(layer_media_type(compression), task) as blob:
        source = _Told(file, blob.write if as_it_is else None)
        packer = None if as_it_is else Packer(blob.write, compression)
        stream = open_tar_stream(source, found, window_bytes=ground.limits.window_bytes)
        try:
            for piece in stream:
                plain.update(piece)
                _require_room(plain.size, ground.limits.layer_bytes, path)
                if packer is not None:
                    packer.write(piece)
                task.report(Progress(source.position, total, f"Reading {path.name}"))
        except LayerDamaged as error:
            raise NotAnArchive(
                f"{path.name} is damaged: {error}",
                hint="Copy or make it again; nothing was changed.",
                path=str(path),
            ) from error
        if stream.warnings and as_it_is:
            raise NotAnArchive(
                f"{path.name} has {stream.warnings[0]}, which no engine takes.",
                hint="Pack it anew, with --compression gzip.",
                path=str(path),
            )
        if packer is not None:
            packer.close()
        layer = blob.commit()
    return layer, plain.digest, plain.size


class _Told:
    """A file whose bytes are told to somebody else as well."""

    def __init__(self, file: BinaryIO, tell: Callable[[bytes], None] | None) -> None:
        self._file = file
        self._tell = tell
        self.position = 0

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self.position += len(data)
        if self._tell is not None:
            self._tell(data)
        return data


def _require_root(ground: Ground, layer: Descriptor, summary: LayerSummary, path: Path) -> None:
    """Raise NotAnArchive unless this is the tar of a file system, whole and not empty."""
    if summary.damage is not None or not summary.entries:
        reason = summary.damage.reason if summary.damage else "it holds nothing"
        forget(ground, layer.digest)
        raise NotAnArchive(
            f"{path.name} is no whole tar: {reason}.",
            hint="Import takes the tar of a root file system; nothing was named.",
            path=str(path),
        )
    with LayerIndex.open(index_path(ground.store, layer.digest)) as index:
        found = {
            name
            for block in index.blocks()
            for name, mark in zip(block.paths, block.marks, strict=True)
            if name in _IMAGE_FILES and mark == Mark.ENTRY
        }
    if found:
        raise NotAnArchive(
            f"{path.name} is an archive of images, not a root file system.",
            hint="Load it instead.",
            path=str(path),
        )


def _require_room(size: int, limit: int, path: Path) -> None:
    if size > limit:
        raise LimitReached(
            f"Unpacking {path.name} was {reached('layer_bytes', limit)}.",
            hint=raising("layer_bytes"),
            limit="layer_bytes",
            value=limit,
        )


def _now() -> str:
    """The time of the import, or the one that SOURCE_DATE_EPOCH sets (reproducible-builds.org)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        moment = datetime.now(UTC).replace(microsecond=0)
    else:
        try:
            moment = datetime.fromtimestamp(int(epoch), UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise BadInput(
                f"SOURCE_DATE_EPOCH is {epoch[:40]!r}, which is no time.",
                hint="It is a number of seconds since 1970.",
            ) from error
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

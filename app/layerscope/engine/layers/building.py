"""Builds the index of a layer in one verified pass over its blob.

The pass reads the blob once and checks everything that can be checked: the digest of the blob,
the clean end of the compression, the DiffID over every plain byte, the clean end of the tar.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content.codecs import Compression, TarStream, open_tar_stream
from layerscope.engine.content.files import open_regular, whole_or_absent
from layerscope.engine.content.growing import Growing
from layerscope.engine.content.limits import Limits
from layerscope.engine.errors import BlobDamaged, LayerDamaged
from layerscope.engine.layers.hashing import HashThread
from layerscope.engine.layers.index_file import INDEX_VERSION, IndexWriter
from layerscope.engine.layers.notes import Notes
from layerscope.engine.layers.values import LayerSummary
from layerscope.engine.layers.walker import Walker
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.oci.media_types import DOCKER_LAYER
from layerscope.engine.task import Progress, Task


def build_index(
    blob: Path,
    descriptor: Descriptor,
    diff_id: Digest | None,
    target: Path,
    limits: Limits,
    task: Task,
    *,
    arriving: Path | None = None,
    report: Callable[[int], None] | None = None,
) -> LayerSummary:
    """Index the layer in the file ``blob`` and write the index file ``target``, whole or absent.

    ``report`` is told compressed bytes done, instead of ``task``.  Raises BlobDamaged if the blob
    is not what the descriptor says; then there is no index.  Damage inside an honest blob, a limit
    that was reached and a DiffID that differs are findings in the summary, and what was read until
    then can be browsed.  Cancelled leaves nothing behind.

    ``arriving`` is the file in which the blob is still being written, and which is given the name
    ``blob`` by whoever has checked its digest; nothing is finished before that.  It raises
    BlobDamaged also if the DiffID does not confirm what was read, and FileNotFoundError.
    """

    def progress(done: int) -> None:
        task.checkpoint()
        if report is not None:
            report(done)
        else:
            task.report(Progress(done, descriptor.size, "Indexing"))

    with (
        open_regular(arriving or blob) as file,
        whole_or_absent(target) as out,
        HashThread() as hashes,
    ):
        source: _Stored | _Arriving
        if arriving is None:
            source = _Stored(file, descriptor, hashes, progress)
        else:
            source = _Arriving(Growing(file, descriptor.size, task), blob, descriptor, progress)
        writer = IndexWriter(out)
        stream = open_tar_stream(
            source, window_bytes=limits.window_bytes, on_start=writer.add_start
        )
        notes = Notes()
        walker = Walker(writer.add, limits, notes, hashes)
        plain_hash = diff_id.hasher() if diff_id else hashlib.sha256()
        hash_plain = partial(hashes.submit, plain_hash.update)
        complete = _pump(stream, walker, hash_plain, limits, task)
        source.drain()
        hashes.drain()
        found = Digest(plain_hash.name, plain_hash.hexdigest()) if complete else None
        summary = _summary(stream, walker, notes, descriptor, found, diff_id, limits)
        writer.finish(summary, stream.frames)
        source.check(summary)
    return summary


def _pump(
    stream: TarStream,
    walker: Walker,
    hash_: Callable[[bytes], None],
    limits: Limits,
    task: Task,
) -> bool:
    """Feed the walker; whether every plain byte was seen."""
    seen = 0
    try:
        for piece in stream:
            task.checkpoint()
            seen += len(piece)
            if seen > limits.layer_bytes:
                walker.stop("", "layer_bytes")
                return False
            hash_(piece)
            walker.feed(piece)
    except LayerDamaged as damage:
        reason = f"{str(damage)[:1].lower()}{str(damage)[1:].rstrip('.')}"
        walker.stop(reason, damage.limit)
        return False
    walker.close()
    return True


def _summary(
    stream: TarStream,
    walker: Walker,
    notes: Notes,
    descriptor: Descriptor,
    found: Digest | None,
    diff_id: Digest | None,
    limits: Limits,
) -> LayerSummary:
    for warning in stream.warnings:
        notes.add("compression", f"{warning[:1].upper()}{warning[1:]}.")
    if stream.position > max(limits.warn_ratio_from, limits.warn_ratio * descriptor.size):
        notes.add("ratio", f"The layer unpacks to more than {limits.warn_ratio} times its size.")
    matches = None
    if not _is_labelled(descriptor.media_type, stream.compression):
        notes.add("label", f"The media type does not tell that the layer is {stream.compression}.")
    if diff_id is not None and found is not None:
        matches = found == diff_id
        if not matches:
            notes.add("diff-id", "The layer does not match its DiffID.")
    entries, files, size = walker.totals
    return LayerSummary(
        version=INDEX_VERSION,
        blob=descriptor.digest,
        diff_id=found,
        matches=matches,
        compression=stream.compression,
        tar_size=stream.position,
        blob_size=descriptor.size,
        entries=entries,
        files=files,
        bytes=size,
        warnings=notes.warnings(),
        damage=walker.damage,
    )


def _is_labelled(media_type: str, compression: Compression) -> bool:
    """Whether a media type agrees; docker's plain one promises nothing (FORMATS.md 2.7)."""
    label = media_type.replace("+encrypted", "").rpartition("tar")[2].lstrip("+.")
    if media_type == DOCKER_LAYER:
        return True
    return label == {Compression.NONE: ""}.get(compression, compression.value)


class _Stored:
    """A blob file that is hashed while it is read and compared with its descriptor at the end."""

    def __init__(
        self,
        file: BinaryIO,
        descriptor: Descriptor,
        hashes: HashThread,
        progress: Callable[[int], None],
    ) -> None:
        self._file = file
        self._hashes = hashes
        self._descriptor = descriptor
        self._hash = descriptor.digest.hasher()
        self._progress = progress
        self._done = 0

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self._hashes.submit(self._hash.update, data)
        self._done += len(data)
        self._progress(self._done)
        return data

    def drain(self) -> None:
        while self.read(1 << 20):
            pass

    def check(self, _: LayerSummary) -> None:
        """Raise BlobDamaged unless these were the bytes that the descriptor promises."""
        wanted = self._descriptor.digest
        if self._done != self._descriptor.size or self._hash.hexdigest() != wanted.hex:
            raise _damaged(self._descriptor, self._done)


class _Arriving:
    """A blob file that somebody else is writing and hashing.

    Its digest is not computed a second time.  That the writer has found it right shows by the
    file's new name, and that this very file was read from its first byte on, by the DiffID.
    """

    def __init__(
        self, file: Growing, name: Path, descriptor: Descriptor, progress: Callable[[int], None]
    ) -> None:
        self._file = file
        self._name = name
        self._descriptor = descriptor
        self._progress = progress
        self._done = 0

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self._done += len(data)
        self._progress(self._done)
        return data

    def drain(self) -> None:
        while self.read(1 << 20):
            pass

    def check(self, summary: LayerSummary) -> None:
        """Wait for the name.  Raises BlobDamaged unless the DiffID is right."""
        if not summary.matches:
            raise _damaged(self._descriptor, self._done)
        self._file.wait_for_name(self._name)


def _damaged(descriptor: Descriptor, size: int) -> BlobDamaged:
    digest = descriptor.digest
    return BlobDamaged(
        f"The layer {digest.algorithm}:{digest.short} in the store is damaged.",
        hint="Pull the image again to replace it.",
        digest=str(digest),
        expected_size=descriptor.size,
        size=size,
    )

"""Leases: what running work is about to use, so that no other process deletes it.

A lease is a file that its process holds a flock on; it ends with the process, whatever ends that.
Nothing is guessed from process numbers or clocks.  The file lists digests, one a line.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content import files
from layerscope.engine.content.disk_failures import explained
from layerscope.engine.content.locks import try_lock
from layerscope.engine.errors import StoreReadOnly
from layerscope.engine.oci import Descriptor, Digest, Reference
from layerscope.engine.store.blobs import Blobs
from layerscope.engine.store.folder import Folder
from layerscope.engine.store.values import Change
from layerscope.engine.store.writer import BlobWriter, NewBlob, opened, opened_new
from layerscope.engine.task import Task

Publish = Callable[[Descriptor, Sequence[str], Task], Change]
_LARGEST = 16 * 1024 * 1024


class Lease:
    """Made by ``Store.lease``.  May be used by several threads at once."""

    def __init__(self, folder: Folder, blobs: Blobs, file: BinaryIO, publish: Publish) -> None:
        self._folder = folder
        self._blobs = blobs
        self._file = file
        self._publish = publish

    def keep(self, digests: Iterable[Digest], task: Task | None = None) -> None:
        """Pin blobs, present or not, until the lease ends.  Those that are present when this
        returns stay."""
        with self._folder.gc_lock.held(task or Task(), shared=True):
            self._pin(digests)

    @contextmanager
    def write(self, descriptor: Descriptor, task: Task | None = None) -> Iterator[BlobWriter]:
        """A writer for a blob whose digest is known.  Continues what an earlier try has left, and
        waits while another process or thread writes the same blob; see ``BlobWriter.present``."""
        task = task or Task()
        self.keep([descriptor.digest], task)
        adopt = partial(self._adopt, task)
        with opened(self._folder, self._blobs, descriptor, adopt, task) as writer:
            yield writer

    @contextmanager
    def new_blob(self, media_type: str, task: Task | None = None) -> Iterator[NewBlob]:
        """A writer for a blob whose digest is not known yet; absent unless it is committed."""
        task = task or Task()
        adopt = partial(self._adopt, task)
        with opened_new(self._folder, media_type, adopt, task) as writer:
            yield writer

    def put(self, data: bytes, media_type: str, task: Task | None = None) -> Descriptor:
        """Store a small blob."""
        descriptor = Descriptor(media_type, Digest.of(data), len(data))
        self.put_as(data, descriptor, task)
        return descriptor

    def put_as(self, data: bytes, descriptor: Descriptor, task: Task | None = None) -> None:
        """Store a small blob under a descriptor that is known; raises DigestMismatch."""
        with self.write(descriptor, task) as writer:
            if not writer.present:
                if writer.offset:
                    writer.restart()
                writer.write(data)
                writer.commit()

    def publish(
        self, descriptor: Descriptor, names: Sequence[Reference], task: Task | None = None
    ) -> Change:
        """List an image whose blobs are all stored, under names that are taken from whoever has
        them, or without any.  Raises BlobMissing if something it needs is not stored."""
        return self._publish(descriptor, [name.canonical for name in names], task or Task())

    def _adopt(self, task: Task, waiting: Path, file: BinaryIO, digest: Digest) -> None:
        with self._folder.gc_lock.held(task, shared=True):
            self._pin([digest])
            self._blobs.adopt(waiting, file, digest)

    def _pin(self, digests: Iterable[Digest]) -> None:
        lines = "".join(f"{digest}\n" for digest in digests).encode("ascii")
        if lines:
            files.write_all(self._file, lines, self._folder.leases)


@contextmanager
def leased(folder: Folder, blobs: Blobs, publish: Publish) -> Iterator[Lease]:
    """A lease for the time of the block."""
    name = f"{secrets.token_hex(8)}.lease"
    waiting, path = folder.scratch / name, folder.leases / name
    with files.open_to_append(waiting) as file:
        # Locked before it can be seen: nobody may take it for a dead one.
        if not try_lock(file):
            raise StoreReadOnly(f"{path} cannot be locked.", path=str(path))
        try:
            files.move(waiting, path)
        except BaseException:
            files.remove(waiting)
            raise
        try:
            yield Lease(folder, blobs, file, publish)
        finally:
            files.remove(path)


def pinned(folder: Folder) -> set[str]:
    """The digests, as text, that running work uses.  Leases of dead processes are removed.  Exact
    for who holds the gc lock alone, else a snapshot."""
    found: set[str] = set()
    for path in files.folder_content(folder.leases):
        try:
            file = files.open_regular(path)
        except FileNotFoundError:
            continue
        with file:
            if not folder.trouble and try_lock(file):
                files.remove(path)
                continue
            file.seek(0)
            with explained(path):
                text = file.read(_LARGEST).decode("ascii", "replace")
            found.update(text.splitlines())
    return found

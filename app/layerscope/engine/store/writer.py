"""Blobs on their way in: resumable after any interruption, checked before they get their name."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content import files
from layerscope.engine.content.checked import Check, hash_file
from layerscope.engine.content.disk_failures import explained
from layerscope.engine.content.locks import try_lock
from layerscope.engine.errors import DigestMismatch, LayerscopeError
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.store.blobs import Blobs
from layerscope.engine.store.folder import Folder
from layerscope.engine.store.syncing import sync_large
from layerscope.engine.task import Task

_PAUSE = 0.05


class BlobWriter:
    """Takes the bytes of one blob, in order from ``offset`` on.

    ``present`` means that the blob is in the store already, right to the last byte: nothing needs
    to be written, and ``commit`` does nothing.
    """

    def __init__(
        self,
        descriptor: Descriptor,
        partial: Path,
        file: BinaryIO | None,
        publish: Callable[[Path, BinaryIO, Digest], None],
        task: Task,
    ) -> None:
        self.descriptor = descriptor
        self.present = file is None
        self._path = partial
        self._file = file
        self._publish = publish
        self._task = task
        self._check = Check(descriptor.digest.algorithm)
        #: How often what was here has been thrown away since this writer was handed out.
        self.restarts = 0

    @property
    def offset(self) -> int:
        """How many bytes are here, and where the next ones belong."""
        return self.descriptor.size if self.present else self._check.size

    @property
    def path(self) -> Path:
        """The file that the bytes go to, until ``commit`` moves it."""
        return self._path

    @property
    def received(self) -> Digest:
        """The digest of the bytes that are here."""
        return self.descriptor.digest if self.present else self._check.digest

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes.  Raises DigestMismatch for more than the descriptor promises, DiskFull."""
        file = self._open_file()
        left = self.descriptor.size - self._check.size
        if len(data) > left:
            raise DigestMismatch(
                f"{self.descriptor.digest} is longer than it should be.",
                hint=f"Expected {self.descriptor.size:,} bytes, but more arrived. Try again.",
                registry="",
                expected=str(self.descriptor.digest),
                received="",
            )
        try:
            files.write_all(file, data, self._path, needed=left)
        except BaseException:
            # Part of it may be there: continue behind what has been counted.
            with suppress(LayerscopeError):
                files.cut(file, self._check.size, self._path)
            raise
        self._check.update(data)

    def restart(self) -> None:
        """Throw away what is here and begin at offset 0."""
        files.cut(self._open_file(), 0, self._path)
        self._check = Check(self.descriptor.digest.algorithm)
        self.restarts += 1

    def commit(self) -> None:
        """Check size and digest, make the bytes durable and give them their name.

        Raises DigestMismatch, after which the writer is at offset 0 for another try, and Cancelled
        before a large blob has reached the disk, after which the next writer goes on.
        """
        if self.present:
            return
        file = self._open_file()
        try:
            self._check.require(self.descriptor.digest, self.descriptor.size)
        except DigestMismatch:
            self.restart()
            raise
        sync_large(file, self._path, self.descriptor.size, self._sync, self._task)
        self._publish(self._path, file, self.descriptor.digest)
        self.present = True

    def resume(self, task: Task) -> None:
        """Hash what an earlier try has left; start again if it cannot be the beginning."""
        file = self._open_file()
        size = self.descriptor.size
        with explained(self._path):
            there = os.fstat(file.fileno()).st_size
        if there > size:
            self.restart()
            return
        with explained(self._path):
            file.seek(0)
            hash_file(file, self._check, task)
        if self._check.size == size and self._check.digest != self.descriptor.digest:
            self.restart()

    def close(self) -> None:
        """Let go of the partial file; what is in it stays for the next try."""
        if self._file is None or self._file.closed:
            return
        with self._file:
            if not self.present and not self._check.size:
                files.remove(self._path)

    def _sync(self, file: BinaryIO) -> None:
        try:
            files.sync(file, self._path)
        except BaseException:
            # After a failed sync the bytes may be lost, whatever a second try would report.
            with suppress(LayerscopeError):
                files.remove(self._path)
            raise

    def _open_file(self) -> BinaryIO:
        if self._file is None:
            raise ValueError(f"{self.descriptor.digest} is in the store already")
        return self._file


class NewBlob:
    """Takes bytes whose digest is not known before the end."""

    def __init__(
        self,
        path: Path,
        media_type: str,
        publish: Callable[[Path, BinaryIO, Digest], None],
        task: Task,
    ) -> None:
        self._task = task
        self._path = path
        self._media_type = media_type
        self._publish = publish
        self._check = Check()
        self._file = files.create(path)
        try_lock(self._file)  # held for as long as it is open: a file that is in use is not swept
        self._done = False

    def write(self, data: bytes | memoryview) -> None:
        """Raises DiskFull."""
        with explained(self._path, len(data)):
            self._file.write(data)
        self._check.update(data)

    def commit(self) -> Descriptor:
        """Make the bytes durable and give them their name.  Raises Cancelled, also before a large
        blob has reached the disk."""
        with explained(self._path):
            self._file.flush()
        sync_large(self._file, self._path, self._check.size, self._sync, self._task)
        digest = self._check.digest
        self._publish(self._path, self._file, digest)
        self._done = True
        return Descriptor(self._media_type, digest, self._check.size)

    def _sync(self, file: BinaryIO) -> None:
        files.sync(file, self._path)

    def close(self) -> None:
        """Throw away what was not committed; after a commit, nothing."""
        with suppress(OSError):  # a full disk has been told by write or commit
            self._file.close()
        if not self._done:
            files.remove(self._path)


@contextmanager
def opened(
    folder: Folder,
    blobs: Blobs,
    descriptor: Descriptor,
    publish: Callable[[Path, BinaryIO, Digest], None],
    task: Task,
) -> Iterator[BlobWriter]:
    """The one writer of a blob, over all processes.

    Waits, for as long as it takes and until the task is cancelled, while another one writes the
    same blob; then it is usually present.  Raises MalformedDigest if the digest is of an algorithm
    that we do not have.
    """
    descriptor.digest.hasher()  # what cannot be verified is refused before anything is made
    partial = folder.partial_blob(descriptor.digest)
    file = _sole_file(blobs, descriptor, partial, task)
    writer = BlobWriter(descriptor, partial, file, publish, task)
    try:
        if file is not None:
            writer.resume(task)
            writer.restarts = 0
            files.require_space(folder.partial, descriptor.size - writer.offset)
        yield writer
    finally:
        writer.close()


@contextmanager
def opened_new(
    folder: Folder,
    media_type: str,
    publish: Callable[[Path, BinaryIO, Digest], None],
    task: Task,
) -> Iterator[NewBlob]:
    writer = NewBlob(folder.scratch / f"blob-{secrets.token_hex(8)}", media_type, publish, task)
    try:
        yield writer
    finally:
        writer.close()


def _sole_file(blobs: Blobs, descriptor: Descriptor, partial: Path, task: Task) -> BinaryIO | None:
    """The partial file, locked; None once the blob is in the store."""
    while not blobs.sound(descriptor, task):
        file = files.open_to_change(partial)
        try:
            if try_lock(file):
                if _still_named(file, partial) and not blobs.has(descriptor):
                    return file
                task.checkpoint()
            else:
                file.close()
                task.wait(_PAUSE)
        except BaseException:
            file.close()
            raise
        file.close()
    return None


def _still_named(file: BinaryIO, path: Path) -> bool:
    """Whether the open file is the one that has the name now: the one before it may have become a
    blob, or been swept, between opening and locking."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.lstat())
    except FileNotFoundError:
        return False

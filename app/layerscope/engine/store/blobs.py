"""The blobs: files named by their digest, regular, whole and right."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content import files
from layerscope.engine.content.checked import Check, hash_file
from layerscope.engine.content.disk_failures import explained
from layerscope.engine.errors import (
    BlobDamaged,
    BlobMissing,
    LayerscopeError,
    LimitReached,
    StoreReadOnly,
    StoreUnreadable,
)
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.store.folder import Folder, digest_of_name
from layerscope.engine.store.verified import Verified
from layerscope.engine.task import Task

_REPAIR = "Pull or load the image again to repair it."


class Blobs:
    """Blobs of one store.  ``verified`` remembers which have been hashed."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._home = os.fspath(folder.blobs)
        self.verified = Verified(folder.verified, writable=not folder.trouble)

    def path(self, digest: Digest) -> Path:
        return self._folder.blob(digest)

    def has(self, descriptor: Descriptor) -> bool:
        """Whether a regular file of the right size is there that is not known to be damaged."""
        found = self.stat(descriptor.digest)
        return (
            found is not None
            and stat.S_ISREG(found.st_mode)
            and found.st_size == descriptor.size
            and self.verified.verdict(descriptor.digest, found) is not False
        )

    def stat(self, digest: Digest) -> os.stat_result | None:
        """Of whatever has the blob's name, links not followed; None if nothing has."""
        try:
            # Asked for every blob of every image: no Path, no context, one call.
            return os.lstat(f"{self._home}{os.sep}{digest.algorithm}{os.sep}{digest.hex}")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            with explained(self.path(digest)):
                raise

    def written(self, digest: Digest) -> float | None:
        """When a blob was last written, in seconds since 1970; None if there is none."""
        found = self.stat(digest)
        return found.st_mtime if found else None

    def open(self, digest: Digest, size: int | None = None) -> BinaryIO:
        """Open for reading; its size is checked if given, its digest is not.

        Raises BlobMissing, or BlobDamaged for anything that is not a regular file of that size.
        """
        try:
            file = files.open_regular(self.path(digest))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise BlobMissing(
                f"{digest} is not in the store.", hint=_REPAIR, digest=str(digest)
            ) from error
        except StoreReadOnly as error:
            raise StoreUnreadable(
                f"{self.path(digest)} may not be read.",
                hint="Check the permissions of the file.",
                path=str(self.path(digest)),
            ) from error
        except StoreUnreadable as error:
            if isinstance(error.__cause__, OSError) or error.__cause__ is None:
                found = self.stat(digest)
                if found is not None and not stat.S_ISREG(found.st_mode):
                    raise _damaged(digest, "is not a regular file") from error
            raise
        there = os.fstat(file.fileno()).st_size
        if size is not None and there != size:
            file.close()
            raise _damaged(digest, f"has {there:,} bytes in the store instead of {size:,}")
        return file

    def read(self, descriptor: Descriptor, limit: int) -> bytes:
        """The content, its digest verified; LimitReached above ``limit`` bytes."""
        if descriptor.size > limit:
            raise LimitReached(
                f"{descriptor.digest} is larger than {limit // 1024:,} KiB, the most that is read.",
                limit="document_bytes",
                value=limit,
            )
        with self.open(descriptor.digest, descriptor.size) as file:
            with explained(self.path(descriptor.digest)):
                data = file.read(descriptor.size + 1)
            found = os.fstat(file.fileno())
        right = len(data) == descriptor.size and descriptor.digest.matches(data)
        if self.verified.verdict(descriptor.digest, found) is not right:
            self.verified.record(descriptor.digest, found, right=right)
        if not right:
            raise _damaged(descriptor.digest, "is damaged in the store")
        return data

    def sound(self, descriptor: Descriptor, task: Task) -> bool:
        """Whether the blob is there and right.  It is hashed if it has not been since it last
        changed; a blob of an algorithm that we cannot compute counts as right."""
        if not self.has(descriptor):
            return False
        try:
            file = self.open(descriptor.digest, descriptor.size)
        except (BlobMissing, BlobDamaged):
            return False
        with file:
            found = os.fstat(file.fileno())
            verdict = self.verified.verdict(descriptor.digest, found)
            if verdict is None:
                verdict = self._hashed_right(descriptor.digest, file, task)
                self.verified.record(descriptor.digest, found, right=verdict)
        return verdict

    def rehash(self, digest: Digest, task: Task) -> int:
        """Hash a blob whatever is known about it, remember the outcome and return its size.

        Raises BlobMissing or BlobDamaged.
        """
        with self.open(digest) as file:
            found = os.fstat(file.fileno())
            right = self._hashed_right(digest, file, task)
        if (right and self.verified.verdict(digest, found) is None) or not right:
            self.verified.record(digest, found, right=right)
        if not right:
            raise _damaged(digest, "is damaged in the store")
        return found.st_size

    def adopt(self, waiting: Path, file: BinaryIO, digest: Digest) -> None:
        """Give a file whose content is right, synced and on this disk, its name.

        Replaces what is there.  The caller holds the gc lock, and has pinned the digest.
        """
        target = self.path(digest)
        files.make_folder(target.parent)
        found = self.stat(digest)
        if found is not None and stat.S_ISDIR(found.st_mode):
            files.move(target, self._folder.trash / f"odd-{waiting.name}-{digest.short}")
        if os.name == "nt":  # which renames no open file
            file.close()
        files.move(waiting, target)
        if not file.closed:
            files.allow(file, files.FINISHED, target)
        files.sync_folder(target.parent)
        if (there := self.stat(digest)) is not None:
            self.verified.record(digest, there, right=True)

    def discard(self, digest: Digest, bin_: Path) -> int:
        """Move a blob to a folder of the trash; its size, 0 if it was not there.  The caller holds
        the gc lock alone, and syncs the folders."""
        found = self.stat(digest)
        if found is None:
            return 0
        try:
            files.move(self.path(digest), bin_ / f"{digest.algorithm}-{digest.hex}")
        except FileNotFoundError:
            return 0
        return found.st_size

    def bring_back(self, file: Path, digest: Digest) -> None:
        """Undo ``discard``; a blob that has been stored again meanwhile stays as it is."""
        files.make_folder(self.path(digest).parent)
        if self.stat(digest) is None:
            files.move(file, self.path(digest))
        else:
            files.remove(file)

    def all(self) -> Iterator[tuple[Digest, os.stat_result]]:
        """Every blob of the store, in no order; other files in between are left out."""
        for _, digest, found in self.walk():
            if digest is not None:
                yield digest, found

    def walk(self) -> Iterator[tuple[Path, Digest | None, os.stat_result]]:
        """Everything below blobs/, with its digest if its name is one."""
        for folder in _scan(self._folder.blobs):
            if not folder.is_dir(follow_symlinks=False):
                yield Path(folder.path), None, folder.stat(follow_symlinks=False)
                continue
            for item in _scan(Path(folder.path)):
                try:
                    found = item.stat(follow_symlinks=False)
                except FileNotFoundError:  # moved meanwhile
                    continue
                yield Path(item.path), digest_of_name(f"{folder.name}-{item.name}"), found

    def _hashed_right(self, digest: Digest, file: BinaryIO, task: Task) -> bool:
        if not digest.verifiable:
            return True
        check = Check(digest.algorithm)
        with explained(self.path(digest)):
            hash_file(file, check, task)
        return check.digest == digest


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    with explained(folder):
        try:
            with os.scandir(folder) as items:
                return list(items)
        except (FileNotFoundError, NotADirectoryError):
            return []


def _damaged(digest: Digest, rest: str) -> LayerscopeError:
    return BlobDamaged(f"{digest} {rest}.", hint=_REPAIR, digest=str(digest))

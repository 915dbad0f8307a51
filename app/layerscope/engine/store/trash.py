"""What was removed and can still be brought back: one folder for each operation."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from layerscope.engine.content import files
from layerscope.engine.content.locks import try_lock
from layerscope.engine.errors import StoreReadOnly
from layerscope.engine.oci import Digest
from layerscope.engine.store.blobs import Blobs
from layerscope.engine.store.folder import Folder, digest_of_name
from layerscope.engine.store.journal import DAY, Record
from layerscope.engine.store.values import TrashItem


class Trash:
    """All methods that change anything are called with the gc lock held alone."""

    def __init__(self, folder: Folder, blobs: Blobs) -> None:
        self._folder = folder
        self._blobs = blobs

    @contextmanager
    def bin(self, operation: str) -> Iterator[None]:
        """A folder for an operation, made before anything is changed: the disk may be too full for
        it.  It does not stay empty."""
        bin_ = self._folder.trash / operation
        files.make_folder(bin_)
        try:
            yield
        finally:
            files.remove_empty_folder(bin_)

    def take(self, operation: str, digests: Iterable[Digest]) -> tuple[tuple[Digest, ...], int]:
        """Move blobs to the trash; those that went, and their bytes."""
        bin_ = self._folder.trash / operation
        gone: list[Digest] = []
        total = 0
        for digest in digests:
            if self._blobs.stat(digest) is not None:
                total += self._blobs.discard(digest, bin_)
                gone.append(digest)
        files.sync_folder(bin_)
        self._sync_blobs(gone)
        return tuple(gone), total

    def holds(self, operation: str, digest: Digest) -> bool:
        return (self._folder.trash / operation / f"{digest.algorithm}-{digest.hex}").exists()

    def give_back(self, operation: str) -> None:
        """Move the blobs of an operation back to where they were.  Its folder stays until it is
        forgotten: should we be killed in between, the operation can still be restored."""
        bin_ = self._folder.trash / operation
        back: list[Digest] = []
        for path in _files(bin_):
            if (digest := digest_of_name(path.name)) is not None:
                self._blobs.bring_back(path, digest)
                back.append(digest)
        self._sync_blobs(back)

    def forget(self, operation: str) -> None:
        """An operation has been taken back."""
        files.remove_tree(self._folder.trash / operation)

    def items(
        self, records: Iterable[Record], restorable: Collection[str]
    ) -> tuple[TrashItem, ...]:
        """What lies in the trash, newest first; ``restorable`` are the operations that can be taken
        back."""
        known = {record.id: record for record in records}
        found: list[TrashItem] = []
        for bin_ in self.bins():
            sizes = [path.lstat().st_size for path in _files(bin_)]
            if not sizes and bin_.name not in restorable:
                continue  # of a process that was killed before the list had changed
            record = known.get(bin_.name)
            found.append(
                TrashItem(
                    operation=bin_.name,
                    kind=record.kind if record else None,
                    time=record.when if record else _time_of(bin_),
                    until=_time_of(bin_) + timedelta(seconds=DAY),
                    names=record.names if record else (),
                    blobs=len(sizes),
                    size=sum(sizes),
                    restorable=bin_.name in restorable,
                )
            )
        return tuple(sorted(found, key=lambda item: item.time, reverse=True))

    def old(self, older_than: float) -> list[Path]:
        """Folders of operations that are more than ``older_than`` seconds ago."""
        now = time.time()
        return [bin_ for bin_ in self.bins() if now - _time_of(bin_).timestamp() >= older_than]

    def bins(self) -> list[Path]:
        """The folders of all operations; a folder has the name of its operation."""
        return list(_files(self._folder.trash))

    def delete(self, bins: Iterable[Path]) -> int:
        """Delete for good; the bytes that this freed."""
        freed = 0
        for bin_ in bins:
            freed += size_of_tree(bin_)
            if bin_.is_dir() and not bin_.is_symlink():
                files.remove_tree(bin_)
            else:
                files.remove(bin_)
        return freed

    def leftovers(self) -> list[Path]:
        """What killed processes left: temporary and partial files that are a day old."""
        scratch = [*_files(self._folder.scratch), *_files(self._folder.partial)]
        derived = [
            path
            for kind in self._folder.derived_kinds()
            for path in _files(kind)
            if path.name.startswith(files.INCOMING)
        ]
        found: list[Path] = []
        for path in scratch + derived:
            with suppress(FileNotFoundError):
                if time.time() - path.lstat().st_mtime > DAY:
                    found.append(path)
        return found

    def sweep_leftovers(self) -> None:
        """Delete leftovers that nobody holds."""
        for path in self.leftovers():
            _remove_unheld(path)

    def make_room(self) -> int:
        """On a full disk: delete what can be made or downloaded again; the bytes freed."""
        derived = [path for kind in self._folder.derived_kinds() for path in _files(kind)]
        again = [path for path in derived if not path.name.startswith(files.INCOMING)]
        freed = 0
        for path in again or list(_files(self._folder.partial)):
            size = size_of_tree(path)
            _remove_unheld(path)
            freed += 0 if path.exists() else size
        return freed

    def _sync_blobs(self, digests: Iterable[Digest]) -> None:
        for algorithm in {digest.algorithm for digest in digests}:
            files.sync_folder(self._folder.blobs / algorithm)


def size_of_tree(path: Path) -> int:
    """Bytes of all files below ``path``; links are not followed, and what vanishes counts 0."""
    total = 0
    waiting = [path]
    while waiting:
        here = waiting.pop()
        with suppress(FileNotFoundError):
            if here.is_dir() and not here.is_symlink():
                waiting.extend(files.folder_content(here))
            else:
                total += here.lstat().st_size
    return total


def _files(folder: Path) -> Iterator[Path]:
    yield from files.folder_content(folder)


def _time_of(bin_: Path) -> datetime:
    stamp = bin_.name.partition("-")[0]
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        with suppress(FileNotFoundError):
            return datetime.fromtimestamp(bin_.lstat().st_mtime, UTC)
        return datetime.now(UTC)


def _remove_unheld(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        files.remove_tree(path)
        return
    try:
        file = files.open_to_change(path)
    except (OSError, StoreReadOnly):
        files.remove(path)
        return
    with file:
        if try_lock(file):
            files.remove(path)

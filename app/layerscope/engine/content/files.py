"""Every change that the engine makes to a disk goes through here: whole and right, or absent.

What the disk says no to becomes an error that names the file (see ``disk_failures``).
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content.disk_failures import disk_full, explained, not_regular
from layerscope.engine.errors import LayerscopeError

INCOMING = ".incoming-"
PRIVATE = 0o600
FINISHED = 0o444
READABLE = 0o644

_CLOSED_ON_EXEC = getattr(os, "O_CLOEXEC", 0)
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_NOT_REGULAR = frozenset({errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.EISDIR})
_PLAIN = _CLOSED_ON_EXEC | _NO_LINKS | _BINARY
# A scanner of viruses or a reader may hold a file of Windows for a moment.
_BUSY_ON_WINDOWS = frozenset({5, 32, 33})
_PATIENCE = 3.0


@contextmanager
def whole_or_absent(
    path: Path, mode: int = READABLE, *, scratch: Path | None = None
) -> Iterator[BinaryIO]:
    """A new file that takes its name only once the block has succeeded and its bytes are on disk.

    Replaces what has that name.  Until then it lies in ``scratch``, a folder of the same file
    system, or beside ``path`` under a name that begins with ``.incoming-``.
    """
    waiting = (scratch or path.parent) / f"{INCOMING}{secrets.token_hex(8)}"
    file = create(waiting)
    try:
        with explained(path, foreign=True):
            yield file
        allow(file, mode, waiting)
        sync(file, waiting)
        file.close()
        replace(waiting, path)
    except BaseException:
        # The first error is the one to tell: closing tries again to write what is left.
        with suppress(OSError):
            file.close()
        with suppress(OSError, LayerscopeError):
            remove(waiting)
        raise


def write_whole(
    path: Path, data: bytes, mode: int = READABLE, *, scratch: Path | None = None
) -> None:
    """Make ``data`` the content of ``path``: all of it or, after any failure, what was there."""
    with whole_or_absent(path, mode, scratch=scratch) as file, explained(path, len(data)):
        file.write(data)


def create(path: Path) -> BinaryIO:
    """A new file that only its owner may read; FileExistsError if there is anything there."""
    with explained(path):
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _PLAIN
        return open(os.open(path, flags, PRIVATE), "w+b")


def open_to_change(path: Path) -> BinaryIO:
    """Open for reading and writing at any place, unbuffered, made if absent; never through a
    symbolic link."""
    with explained(path):
        return open(_opened(path, os.O_RDWR | os.O_CREAT, PRIVATE), "r+b", buffering=0)


def open_to_append(path: Path) -> BinaryIO:
    """Open for reading, and for writing at the end; unbuffered, so one write is one line."""
    with explained(path):
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        return open(_opened(path, flags, READABLE), "a+b", buffering=0)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading.

    Symbolic links, folders, devices and pipes are refused with StoreUnreadable, and without
    waiting for the far end of a pipe.
    """
    with explained(path):
        descriptor = _opened(path, os.O_RDONLY | _NO_WAITING)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise not_regular(path)
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path, limit: int) -> bytes:
    """The content of a regular file, at most ``limit`` + 1 bytes of it: more is too large."""
    with open_regular(path) as file, explained(path):
        return file.read(limit + 1)


def require_replaceable(path: Path) -> None:
    """Raise StoreUnreadable if a folder has this name, so that no file could take it."""
    if path.is_dir() and not path.is_symlink():
        raise not_regular(path)


def write_all(file: BinaryIO, data: bytes | memoryview, path: Path, needed: int = 0) -> None:
    """Write to an unbuffered file until all of ``data`` is written.  ``needed`` is for DiskFull:
    how many bytes, these included, the file still has to take."""
    left = memoryview(data)
    with explained(path, needed or len(left)):
        while left:
            written = file.write(left)
            if not written:
                raise OSError(errno.EIO, "nothing could be written")
            left = left[written:]


def cut(file: BinaryIO, size: int, path: Path) -> None:
    """Keep the first ``size`` bytes and continue behind them."""
    with explained(path):
        file.truncate(size)
        file.seek(size)


def allow(file: BinaryIO, mode: int, path: Path) -> None:
    """Set the permissions of an open file.  File systems without permissions do not mind."""
    if hasattr(os, "fchmod"):
        try:
            os.fchmod(file.fileno(), mode)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP):  # FAT and some network drives
                with explained(path):
                    raise


def sync(file: BinaryIO, path: Path) -> None:
    """Return when the bytes of ``file`` have reached the disk.

    An error is final: the bytes may be lost although a second try would report success.
    """
    with explained(path):
        file.flush()
        if sys.platform == "darwin":
            import fcntl

            with suppress(OSError):  # not every file system offers it; fsync is the next best
                fcntl.fcntl(file.fileno(), fcntl.F_FULLFSYNC)
                return
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Return when the names in a folder have reached the disk."""
    if os.name == "nt":  # folders cannot be opened there; renames are written through
        return
    with explained(path):
        descriptor = os.open(path, os.O_RDONLY | _CLOSED_ON_EXEC | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def replace(source: Path, target: Path) -> None:
    """Give a synced file its name, in place of what has it, and sync the folder."""
    move(source, target)
    sync_folder(target.parent)


def move(source: Path, target: Path) -> None:
    """Rename within one file system, replacing a file.  The caller syncs the folders."""
    deadline = time.monotonic() + _PATIENCE
    with explained(target):
        while True:
            try:
                os.replace(source, target)
                return
            except PermissionError as error:
                busy = getattr(error, "winerror", None) in _BUSY_ON_WINDOWS
                if not busy or time.monotonic() > deadline:
                    raise
            time.sleep(0.02)


def remove(path: Path) -> bool:
    """Delete a file if it is there, and tell whether it was."""
    with explained(path):
        try:
            os.unlink(path)
        except FileNotFoundError:
            return False
        return True


def remove_tree(path: Path) -> None:
    """Delete a folder and all in it, if it is there; symbolic links are not followed."""
    with explained(path):
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            return


def remove_whatever(path: Path) -> None:
    """Delete what has this name, be it a file, a link or a whole folder, if there is anything."""
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        remove(path)


def remove_empty_folder(path: Path) -> None:
    """Delete a folder unless there is something in it."""
    with explained(path):
        try:
            os.rmdir(path)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise


def make_folder(path: Path) -> None:
    """Make a folder and those above it, each safe on disk before the next; fine if it is there."""
    with explained(path):
        if path.is_dir():
            return
        make_folder(path.parent)
        try:
            os.mkdir(path, 0o755)
        except FileExistsError:
            if not path.is_dir():
                raise
        sync_folder(path.parent)


def folder_content(path: Path) -> list[Path]:
    """What is in a folder, in no order; nothing if there is no such folder."""
    with explained(path):
        try:
            return list(path.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []


def require_space(folder: Path, needed: int) -> None:
    """Raise DiskFull if ``needed`` bytes will not fit on the disk of ``folder``."""
    free = free_space(folder)
    if needed > free:
        raise disk_full(folder, needed, free)


def free_space(folder: Path) -> int:
    """Bytes that this user may still write to the disk of ``folder``."""
    with explained(folder):
        return shutil.disk_usage(folder).free


def _opened(path: Path, flags: int, mode: int = PRIVATE) -> int:
    """A descriptor; StoreUnreadable if it would be that of a link, a folder or the like."""
    try:
        return os.open(path, flags | _PLAIN, mode)
    except OSError as error:
        if error.errno in _NOT_REGULAR:
            raise not_regular(path) from error
        raise

"""What a disk says no to, as an error that names the file and says what to do.

FileNotFoundError, FileExistsError and the like stay what they are, because callers act on them.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from layerscope.engine.errors import DiskFull, StoreReadOnly, StoreUnreadable

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_ALLOWED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_TOO_MANY_OPEN = frozenset({errno.EMFILE, errno.ENFILE})
_FOR_CALLERS = frozenset({errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY})


@contextmanager
def explained(path: Path, needed: int = 0, *, foreign: bool = False) -> Iterator[None]:
    """Turn what the disk says no to into DiskFull, StoreReadOnly or StoreUnreadable of ``path``.

    With ``foreign`` the block does more than work on ``path``: then only a full and a failing disk
    are explained.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise disk_full(path, needed, _free_or_zero(path)) from error
        if error.errno in _FOR_CALLERS or (foreign and error.errno != errno.EIO):
            raise
        reason = os.strerror(error.errno) if error.errno else str(error)
        if error.errno in _NOT_ALLOWED:
            raise StoreReadOnly(
                f"{path} cannot be changed: {reason}.",
                hint="Check the permissions of the folder, or choose another one.",
                path=str(path),
            ) from error
        if error.errno in _TOO_MANY_OPEN:
            raise StoreUnreadable(
                f"{path} could not be opened: too many files are open.",
                hint="Close some programs, or allow more open files, then try again.",
                path=str(path),
            ) from error
        raise StoreUnreadable(
            f"The disk failed at {path}: {reason}.",
            hint="Check the disk; what was stored before is unchanged.",
            path=str(path),
        ) from error


def disk_full(path: Path, needed: int, free: int) -> DiskFull:
    """``needed`` and ``free`` are bytes; 0 where not known."""
    return DiskFull(
        f"The disk of {path} is full.",
        hint="Free some space: prune images, empty the store's trash, or choose another folder.",
        path=str(path),
        needed=needed,
        free=free,
    )


def not_regular(path: Path) -> StoreUnreadable:
    """A link, folder, pipe or device is where a file of ours should be."""
    return StoreUnreadable(
        f"{path} is not a regular file.",
        hint="Remove it; nothing that is stored here is a link, folder, pipe or device.",
        path=str(path),
    )


def _free_or_zero(path: Path) -> int:
    for folder in path.parents:
        with suppress(OSError):  # the disk is full already: how full is only said where known
            return shutil.disk_usage(folder).free
    return 0

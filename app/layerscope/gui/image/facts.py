"""Small facts of a file as people write them: mode strings, owners, times, kinds."""

from __future__ import annotations

import stat
from datetime import UTC, datetime

from layerscope.engine.rootfs import Kind

_FORMATS = {
    Kind.FILE: stat.S_IFREG,
    Kind.HARDLINK: stat.S_IFREG,
    Kind.DIR: stat.S_IFDIR,
    Kind.SYMLINK: stat.S_IFLNK,
    Kind.CHAR: stat.S_IFCHR,
    Kind.BLOCK: stat.S_IFBLK,
    Kind.FIFO: stat.S_IFIFO,
}


def mode_text(kind: Kind, mode: int) -> str:
    """``-rw-r--r--``: as ``ls -l`` writes it."""
    return stat.filemode(_FORMATS.get(kind, 0) | (mode & 0o7777))


def time_text(nanoseconds: int | None) -> str:
    """``12 May 2026 09:41`` in UTC; far-off times, which tars may hold, as plain seconds."""
    if nanoseconds is None:
        return "—"
    seconds = nanoseconds // 1_000_000_000
    try:
        when = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s"
    return date_time_text(when)


def date_time_text(when: datetime | None) -> str:
    return "—" if when is None else f"{when.day} {when:%b %Y %H:%M}"


def date_text(when: datetime | None) -> str:
    return "—" if when is None else f"{when.day} {when:%b %Y}"


def device_text(device: tuple[int, int] | None) -> str:
    return "" if device is None else f"{device[0]}, {device[1]}"

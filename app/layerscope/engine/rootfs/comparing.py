"""The one rule of what kind of change lies between two versions of a path (FORMATS 6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from layerscope.engine.rootfs.values import Change, Kind

# Change classes as small numbers, in memory and in the file.
SAME, ADDED, MODIFIED, METADATA, REWRITTEN, TOUCHED = range(6)
CHANGES: tuple[Change | None, ...] = (
    None,
    Change.ADDED,
    Change.MODIFIED,
    Change.METADATA,
    Change.REWRITTEN,
    Change.TOUCHED,
)

_SECOND = 1_000_000_000
_DIR, _FILE, _SYMLINK, _HARDLINK = Kind.DIR, Kind.FILE, Kind.SYMLINK, Kind.HARDLINK


class Attributes(Protocol):
    """Versions by slot, wherever they are held."""

    @property
    def number(self) -> Sequence[int]: ...
    @property
    def kind(self) -> Sequence[int]: ...
    @property
    def size(self) -> Sequence[int]: ...
    @property
    def mode(self) -> Sequence[int]: ...
    @property
    def uid(self) -> Sequence[int]: ...
    @property
    def gid(self) -> Sequence[int]: ...
    @property
    def mtime(self) -> Sequence[int]: ...

    def digest_of(self, slot: int) -> bytes:
        """SHA-256, or b"" where nothing was hashed."""

    def link_of(self, slot: int) -> bytes:
        """As stored."""

    def target_of(self, slot: int) -> bytes:
        """Where a symbolic link points, also when the slot is a hard link to one."""

    def xattrs_of(self, slot: int) -> bytes: ...

    def device_of(self, slot: int) -> tuple[int, int] | None: ...


def compare(versions: Attributes, old: int, new: int) -> int:
    """The change class of slot ``new`` over slot ``old``."""
    kind = versions.kind[new]
    if kind != versions.kind[old] or not _same_content(versions, old, new, kind):
        return MODIFIED
    implied = versions.number[new] < 0
    same = (
        (kind == _SYMLINK or versions.mode[old] == versions.mode[new])
        and versions.uid[old] == versions.uid[new]
        and versions.gid[old] == versions.gid[new]
        and (implied or versions.xattrs_of(old) == versions.xattrs_of(new))
    )
    if not same:
        return METADATA
    if kind == _DIR:
        return SAME if implied else TOUCHED
    return REWRITTEN if _same_time(versions.mtime[old], versions.mtime[new]) else METADATA


def _same_content(versions: Attributes, old: int, new: int, kind: int) -> bool:
    if kind == _FILE:
        if versions.size[old] != versions.size[new]:
            return False
        digest = versions.digest_of(new)
        return digest != b"" and digest == versions.digest_of(old)
    if kind == _SYMLINK:
        return versions.target_of(old) == versions.target_of(new)
    if kind == _HARDLINK:
        return versions.link_of(old) == versions.link_of(new)
    return versions.device_of(old) == versions.device_of(new)


def _same_time(one: int, other: int) -> bool:
    """Whether two times are the same, one of them perhaps stored in whole seconds only."""
    if one == other:
        return True
    whole = one % _SECOND == 0 or other % _SECOND == 0
    return whole and one // _SECOND == other // _SECOND

"""Gives a file that was just written the owner, attributes, mode and time that the image says.

Always through an open descriptor, never by name (containerd CVE-2021-32760: chmod followed a link).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import field

from layerscope.engine.content.leaving import Why
from layerscope.engine.dataclass import dataclass

_SETUID = 0o6000
_CAPABILITY = b"security.capability"
_USER = b"user."
_ACL = b"system.posix_acl_"
#: chown takes the largest number for "leave it as it is".
_MOST_OWNER = 2**32 - 2

Tell = Callable[[Why, str], None]


@dataclass(frozen=True, slots=True)
class Attributes:
    """Permission bits, owner, time in nanoseconds since 1970, and extended attributes."""

    mode: int
    uid: int
    gid: int
    mtime_ns: int
    xattrs: Mapping[bytes, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the user has asked for.  ``keep_owners`` None means: if this is root."""

    overwrite: bool = False
    keep_setuid: bool = False
    keep_owners: bool | None = None

    @property
    def owners(self) -> bool:
        """Whether files get the owners of the image: as asked for, else if this is root."""
        if self.keep_owners is not None:
            return self.keep_owners
        return hasattr(os, "geteuid") and os.geteuid() == 0


def dress(fd: int, attributes: Attributes, rules: Rules, tell: Tell) -> None:
    """Owner first, as changing it takes setuid bits and capabilities away; the time last."""
    if _foreign(attributes):
        _own(lambda: os.fchown(fd, attributes.uid, attributes.gid), attributes, rules.owners, tell)
    if attributes.xattrs:
        _set_attributes(fd, attributes.xattrs, rules, tell)
    mode = attributes.mode & 0o7777
    if mode & _SETUID and not rules.keep_setuid:
        mode &= ~_SETUID
        tell(Why.SETUID, "")
    try:
        os.fchmod(fd, mode)
    except OSError as error:
        tell(Why.MODE, os.strerror(error.errno or 0))
    try:
        os.utime(fd, ns=(attributes.mtime_ns, attributes.mtime_ns))
    except (OSError, OverflowError) as error:
        tell(Why.TIME, str(error))


def dress_symlink(fd: int, name: bytes, attributes: Attributes, owners: bool, tell: Tell) -> None:
    """Owner and time of a symbolic link in the folder ``fd``; it has no mode of its own."""

    def own() -> None:
        os.chown(name, attributes.uid, attributes.gid, dir_fd=fd, follow_symlinks=False)

    if _foreign(attributes):
        _own(own, attributes, owners, tell)
    for attribute in attributes.xattrs:
        tell(Why.XATTR, f"{os.fsdecode(attribute)} of a symbolic link")
    try:
        os.utime(
            name, ns=(attributes.mtime_ns, attributes.mtime_ns), dir_fd=fd, follow_symlinks=False
        )
    except (OSError, OverflowError) as error:
        tell(Why.TIME, str(error))


def _foreign(attributes: Attributes) -> bool:
    return (attributes.uid, attributes.gid) != (os.geteuid(), os.getegid())


def _own(own: Callable[[], None], attributes: Attributes, owners: bool, tell: Tell) -> None:
    owner = f"{attributes.uid}:{attributes.gid}"
    ids = (attributes.uid, attributes.gid)
    if not owners or min(ids) < 0 or max(ids) > _MOST_OWNER:
        tell(Why.OWNER, owner)
        return
    try:
        own()
    except (OSError, OverflowError):
        tell(Why.OWNER, owner)


def _set_attributes(fd: int, xattrs: Mapping[bytes, bytes], rules: Rules, tell: Tell) -> None:
    """Only what belongs to the file.  ``trusted.`` and ``security.`` belong to this computer: an
    image that sets ``trusted.overlay.opaque`` or a label here would change what the host does."""
    for name, value in xattrs.items():
        if name == _CAPABILITY and not rules.keep_setuid:
            tell(Why.SETUID, os.fsdecode(name))
            continue
        if not name.startswith((_USER, _ACL)) and name != _CAPABILITY:
            tell(Why.XATTR, os.fsdecode(name))
            continue
        try:
            os.setxattr(fd, name, value)
        except (OSError, ValueError, AttributeError):  # not permitted, or no such thing here
            tell(Why.XATTR, os.fsdecode(name))

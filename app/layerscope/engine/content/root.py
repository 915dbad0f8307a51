"""A folder that nothing done through it can leave: every step is one name below an open folder.

Paths are never handed to the system as a whole, because between looking at a path and using it
another process may put a symbolic link into it.  Each component is opened for itself, below the
descriptor of the folder before it and never through a link (openat with O_NOFOLLOW and
O_DIRECTORY), so a link anywhere in a path is an error and not a way out.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from layerscope.engine.content.closing import Closing
from layerscope.engine.content.disk_failures import explained
from layerscope.engine.content.files import make_folder
from layerscope.engine.errors import BadInput, StoreReadOnly

#: What a folder has while it is being filled; nobody else may look inside or put links there.
FILLING = 0o700
#: What a file has while it is being written.
WRITING = 0o600

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | _NO_LINKS
#: Descriptors of folders that are kept open on the way down; images may nest thousands deep.
_MOST_OPEN = 64
_LONGEST_LISTING = 8  #: folders whose names are remembered

Names = tuple[bytes, ...]


class BadName(Exception):
    """This is no name of anything in a folder: empty, ``.``, ``..``, or with a slash or NUL."""


class Blocked(Exception):
    """A component of the path is there and is no folder, or is a link; ``at`` is its path."""

    def __init__(self, at: Names) -> None:
        super().__init__(b"/".join(at))
        self.at = at


class Root(Closing):
    """An open folder and all below it.  Not for several threads.

    Paths are tuples of names.  OSError of a step comes out as it is; what the caller must tell
    apart (no room, not permitted, there already) is its errno.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = _opened(path)
        self._chain: list[tuple[bytes, int | None]] = []
        self._open = 0
        self._listings: dict[Names, set[bytes]] = {}

    def close(self) -> None:
        self._shorten(0)
        os.close(self._fd)

    def folder(self, path: Names) -> int:
        """The descriptor of a folder, which stays ours.  Raises Blocked, FileNotFoundError."""
        common = 0
        for (name, _), wanted in zip(self._chain, path, strict=False):
            if name != wanted:
                break
            common += 1
        self._shorten(common)
        while self._chain and self._chain[-1][1] is None:
            self._shorten(len(self._chain) - 1)
        fd = self._chain[-1][1] if self._chain else self._fd
        assert fd is not None
        for depth in range(len(self._chain), len(path)):
            fd = self._step(fd, path[: depth + 1])
        return fd

    # Making

    def make_folder(self, path: Names) -> None:
        os.mkdir(_name(path), FILLING, dir_fd=self.folder(path[:-1]))
        self._made(path)

    def create(self, path: Names) -> int:
        """A new empty file, open; FileExistsError if anything has the name, links included."""
        fd = os.open(_name(path), _NEW, WRITING, dir_fd=self.folder(path[:-1]))
        self._made(path)
        return fd

    def make_symlink(self, path: Names, target: bytes) -> None:
        os.symlink(target, _name(path), dir_fd=self.folder(path[:-1]))
        self._made(path)

    def make_link(self, source: Names, path: Names) -> None:
        """Another name for what ``source`` is, be that a link itself."""
        _name(source)
        from_fd = os.dup(self.folder(source[:-1]))  # the way to the other may close it
        try:
            os.link(
                source[-1],
                _name(path),
                src_dir_fd=from_fd,
                dst_dir_fd=self.folder(path[:-1]),
                follow_symlinks=False,
            )
        finally:
            os.close(from_fd)
        self._made(path)

    # Changing

    def rename(self, old: bytes, path: Names) -> None:
        """Give what is called ``old`` in the same folder the name at the end of ``path``, in place
        of a file that has it."""
        fd = self.folder(path[:-1])
        os.rename(_name((old,)), _name(path), src_dir_fd=fd, dst_dir_fd=fd)
        self._made(path)

    def remove(self, path: Names) -> None:
        """Take a name away that is no folder's."""
        os.unlink(_name(path), dir_fd=self.folder(path[:-1]))
        if (names := self._listings.get(path[:-1])) is not None:
            names.discard(path[-1])

    # Looking

    def stat(self, path: Names) -> os.stat_result:
        """Of the thing itself, where it is a link."""
        return os.stat(_name(path), dir_fd=self.folder(path[:-1]), follow_symlinks=False)

    def is_folder(self, path: Names) -> bool:
        return stat.S_ISDIR(self.stat(path).st_mode)

    def open_file(self, path: Names) -> int:
        """A regular file for reading; pipes are not waited for."""
        flags = os.O_RDONLY | _NO_LINKS | getattr(os, "O_NONBLOCK", 0)
        return os.open(_name(path), flags, dir_fd=self.folder(path[:-1]))

    def spelled(self, path: Names) -> bool:
        """Whether the folder lists exactly this name.  If not, and yet the name is taken, the file
        system takes two names for one, by case or by normal form."""
        folder = path[:-1]
        names = self._listings.get(folder)
        if names is None:
            while len(self._listings) >= _LONGEST_LISTING:
                del self._listings[next(iter(self._listings))]
            names = self._listings[folder] = set(map(os.fsencode, os.listdir(self.folder(folder))))
        return path[-1] in names

    def _made(self, path: Names) -> None:
        if (names := self._listings.get(path[:-1])) is not None:
            names.add(path[-1])

    def _step(self, fd: int, path: Names) -> int:
        try:
            inner = os.open(_name(path), _FOLDER | _NO_LINKS, dir_fd=fd)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENOTDIR):
                raise Blocked(path) from error
            raise
        self._chain.append((path[-1], inner))
        self._open += 1
        if self._open > _MOST_OPEN:
            self._close_highest()
        return inner

    def _close_highest(self) -> None:
        for place, (name, fd) in enumerate(self._chain):
            if fd is not None:
                os.close(fd)
                self._chain[place] = (name, None)
                self._open -= 1
                return

    def _shorten(self, length: int) -> None:
        while len(self._chain) > length:
            _, fd = self._chain.pop()
            if fd is not None:
                os.close(fd)
                self._open -= 1


def _opened(path: Path) -> int:
    """The folder that the user named, made if need be; links on the way to it are theirs."""
    if os.open not in os.supports_dir_fd:
        raise BadInput(
            "Files cannot be written safely into a folder on this system.",
            hint="Export a tar instead, and unpack it with the system's own tool.",
        )
    try:
        make_folder(path)
        with explained(path):
            return os.open(path, _FOLDER)
    except (FileExistsError, NotADirectoryError) as error:
        raise StoreReadOnly(
            f"{path} is not a folder.", hint="Choose another one.", path=str(path)
        ) from error


def _name(path: Names) -> bytes:
    if not path or path[-1] in (b"", b".", b"..") or b"/" in path[-1] or b"\0" in path[-1]:
        raise BadName
    return path[-1]

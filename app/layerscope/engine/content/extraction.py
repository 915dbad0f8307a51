"""The only way by which files of an image reach a folder of this computer.

All that an image says is hostile here: names, links, modes, owners, attributes.  Nothing is
written through a link or above the folder (see ``root``), nothing that is there is replaced unless
asked, two names that the file system takes for one never become one file (see ``placing``), and
what cannot be kept is told.  Folders are made first, the files in them next, and ``settle`` ends
each folder, because its time and its mode must come last.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from layerscope.engine.content.disk_failures import explained
from layerscope.engine.content.dressing import Attributes, Rules, dress, dress_symlink
from layerscope.engine.content.files import INCOMING
from layerscope.engine.content.leaving import Extracted, Note, Notes, Why
from layerscope.engine.content.placing import LeftOut, Places
from layerscope.engine.content.root import BadName, Blocked, Names, Root
from layerscope.engine.errors import LayerscopeError
from layerscope.engine.task import Cancelled, Task

__all__ = ["Attributes", "Extracted", "Extraction", "Note", "Rules", "Why"]

#: What a file system says that has no hard links, or no more of them.
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.EXDEV})
_PIECE = 1 << 20

#: The content of a file: (offset, bytes) in ascending order; what is between them is zeros.
Runs = Iterable[tuple[int, bytes | memoryview]]


class Extraction:
    """Writes below ``folder``, which is made if it is not there.  Use it in a ``with`` block.

    Paths are bytes without a slash at either end.  Each call writes one thing, or notes why not;
    what the disk says no to as a whole (full, read-only, failing) is raised as
    disk_failures.explained does, with a hint that tells what is there, and so is Cancelled.
    """

    def __init__(self, folder: Path, rules: Rules, task: Task, root: Root | None = None) -> None:
        self.path = folder
        self.rules = rules
        self._task = task
        self._own_root = not folder.exists()
        self._root = root or Root(folder)
        self._notes = Notes()
        self._places = Places(folder, self._root, rules, self._notes, task)
        self._filled: set[bytes] = set() if self._own_root else {b""}
        self._linked: dict[bytes, tuple[int, int]] = {}
        self._files = self._folders = self._links = self._bytes = 0

    def __enter__(self) -> Extraction:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        self._root.close()
        if isinstance(error, LayerscopeError):
            error.hint = " ".join(filter(None, (error.hint, self.so_far.what_is_there)))
        elif isinstance(error, Cancelled) and not error.args:
            error.args = (self.so_far.what_is_there,)

    @property
    def so_far(self) -> Extracted:
        """What has been written up to now, also after a failure or a cancel."""
        return Extracted(
            str(self.path),
            self._files,
            self._folders,
            self._links,
            self._bytes,
            self._notes.first,
            dict(self._notes.counts),
        )

    def note(self, why: Why, path: bytes, detail: str = "") -> None:
        """Tell something about ``path`` that is not written, or not as it is."""
        self._notes.add(why, path, detail)

    # One thing each

    def folder(self, path: bytes) -> None:
        """A folder to be filled; one that is there already is used as it is."""
        if not path:
            return

        def make(names: Names) -> None:
            self._root.make_folder(names)
            self._folders += 1

        def there(names: Names) -> bool:
            if self._root.is_folder(names):
                self._filled.add(path)
                return True
            return False

        if not self._places.take(path, make, there):
            self._places.leave_out(path)

    def file(
        self, path: bytes, attributes: Attributes, size: int, runs: Runs, *, linked: bool = False
    ) -> None:
        """A regular file of ``size`` bytes.  ``linked``: ``link`` will give it further names.
        ``runs`` is not begun if the file is left out."""

        def make(names: Names) -> None:
            self._write(path, names, names, attributes, size, runs, linked)

        def replace(names: Names) -> None:
            waiting = (*names[:-1], INCOMING.encode() + os.urandom(8).hex().encode())
            self._write(path, waiting, names, attributes, size, runs, linked)

        self._places.take(path, make, replace=replace)

    def symlink(
        self, path: bytes, target: bytes, attributes: Attributes, *, linked: bool = False
    ) -> None:
        """A symbolic link.  Its target is text and may lead anywhere: nothing here follows it."""

        def make(names: Names) -> None:
            self._root.make_symlink(names, target)
            self._links += 1
            fd = self._root.folder(names[:-1])
            dress_symlink(fd, names[-1], attributes, self.rules.owners, self._about(path))
            if linked:
                self._remember(path, self._root.stat(names))

        if not target or b"\0" in target:
            self.note(Why.BROKEN_LINK, path, "it leads nowhere")
            return
        self._places.take(path, make)

    def link(self, path: bytes, to: bytes, size: int = 0) -> None:
        """One more name for what ``file`` or ``symlink`` has written as ``to``.  Where there are
        no hard links, a copy."""
        known = self._linked.get(to)
        if known is None:
            self.note(Why.BROKEN_LINK, path, "what it is a name of was not written")
            return

        def make(names: Names) -> None:
            source = self._places.where(to)
            try:
                self._root.make_link(source, names)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                self._copy(path, source, names, known)
                return
            self._links += 1
            if self._identity(self._root.stat(names)) != known:
                self._root.remove(names)  # somebody has put another file in the place of ours
                self._links -= 1
                self.note(Why.BROKEN_LINK, path, "what it is a name of was replaced meanwhile")

        self._places.take(path, make)

    def settle(self, path: bytes, attributes: Attributes) -> None:
        """Give a folder its mode, owner and time, after all that is in it.  A folder that was there
        before keeps its own."""
        self._task.checkpoint()
        if path in self._filled or self._places.left_out(path):
            return
        try:
            names = self._places.where(path)
            with explained(self.path / os.fsdecode(path)):
                dress(self._root.folder(names), attributes, self.rules, self._about(path))
        except (LeftOut, BadName, Blocked, FileNotFoundError, NotADirectoryError):
            self._notes.add(Why.REPLACED, path, "another program has taken it away")

    # The bytes

    def _write(
        self,
        path: bytes,
        names: Names,
        final: Names,
        attributes: Attributes,
        size: int,
        runs: Runs,
        linked: bool,
    ) -> None:
        """Write under ``names``, then let it be ``final``; nothing is left of it on any failure."""
        fd = self._root.create(names)
        try:
            try:
                for offset, data in runs:
                    self._task.checkpoint()
                    self._write_at(fd, data, offset)
                if os.fstat(fd).st_size != size:
                    os.ftruncate(fd, size)  # it ends with a hole
                dress(fd, attributes, self.rules, self._about(path))
                about = os.fstat(fd)
            finally:
                os.close(fd)
            if names != final:
                self._root.rename(names[-1], final)
        except BaseException:
            with suppress(OSError):  # the first error is the one to tell
                self._root.remove(names)
            raise
        self._files += 1
        self._bytes += size
        if linked:
            self._remember(path, about)

    def _write_at(self, fd: int, data: bytes | memoryview, offset: int) -> None:
        left = memoryview(data)
        while left:
            written = os.pwrite(fd, left, offset)
            offset += written
            left = left[written:]

    def _copy(self, path: bytes, source: Names, names: Names, known: tuple[int, int]) -> None:
        """A file of its own with the content and the attributes of one that was written."""
        fd = self._root.open_file(source)
        try:
            about = os.fstat(fd)
            if self._identity(about) != known or not stat.S_ISREG(about.st_mode):
                self.note(Why.BROKEN_LINK, path, "it cannot be linked here")
                return
            attributes = Attributes(
                stat.S_IMODE(about.st_mode), about.st_uid, about.st_gid, about.st_mtime_ns, {}
            )
            runs = self._pieces(fd)
            self._write(path, names, names, attributes, about.st_size, runs, linked=False)
        finally:
            os.close(fd)
        self._notes.add(Why.COPIED, path)

    def _pieces(self, fd: int) -> Runs:
        offset = 0
        while data := os.pread(fd, _PIECE, offset):
            yield offset, data
            offset += len(data)

    def _about(self, path: bytes) -> Callable[[Why, str], None]:
        return lambda why, detail: self._notes.add(why, path, detail)

    def _remember(self, path: bytes, about: os.stat_result) -> None:
        self._linked[path] = self._identity(about)

    def _identity(self, about: os.stat_result) -> tuple[int, int]:
        return about.st_dev, about.st_ino

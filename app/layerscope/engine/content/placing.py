"""Which name on this disk a path of an image gets, or why it gets none.

Something may have the name already, the file system may take it for another one's, the disk may
not hold it, or a folder above may be missing.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from layerscope.engine.content.disk_failures import explained
from layerscope.engine.content.dressing import Rules
from layerscope.engine.content.leaving import Notes, Why
from layerscope.engine.content.root import BadName, Blocked, Names, Root
from layerscope.engine.task import Task

#: What a system says of a name that its disk cannot hold.
_NO_NAME = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})
_NOT_HERE = frozenset({errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR})
_LONGEST_NAME = 255
_MOST_TRIES = 1000


class LeftOut(Exception):
    """A folder above was left out."""


class Places:
    """The places below one folder, as they are taken one after the other."""

    def __init__(self, folder: Path, root: Root, rules: Rules, notes: Notes, task: Task) -> None:
        self._folder = folder
        self._root = root
        self._rules = rules
        self._notes = notes
        self._task = task
        self._renamed: dict[bytes, bytes] = {}
        self._absent: set[bytes] = set()

    def take(
        self,
        path: bytes,
        make: Callable[[Names], None],
        there: Callable[[Names], bool] | None = None,
        replace: Callable[[Names], None] | None = None,
    ) -> bool:
        """Let ``make`` put something where ``path`` goes.  Whether it is there now; if not, there
        is a note.

        If something has the name already: ``there`` may say that it will do, and with ``overwrite``
        it gives way, by ``replace`` if that is given.
        """
        self._task.checkpoint()
        try:
            names = self.where(path)
            try:
                with _explained_entry(self._folder, path):
                    make(names)
            except FileExistsError:
                return self._taken(path, names, make, there, replace)
        except LeftOut:
            self._notes.add(Why.INSIDE, path)
        except BadName:
            self._notes.add(Why.NAME, path, "it is no name of a file")
        except Blocked as blocked:
            at = os.fsdecode(b"/".join(blocked.at))
            self._notes.add(Why.EXISTS, path, f"{at} is there and is no folder, or is a link")
        except _NotWritable as error:
            self._notes.add(error.why, path, str(error))
        except FileExistsError:  # it came back meanwhile
            self._notes.add(Why.EXISTS, path)
        else:
            return True
        return False

    def where(self, path: bytes) -> Names:
        """Where ``path`` is on the disk.  Raises LeftOut if a folder above it is not there."""
        if not path:
            return ()
        names = path.split(b"/")
        if self._renamed or self._absent:
            above = b""
            for depth, name in enumerate(names):
                above = above + b"/" + name if depth else name
                if above in self._absent:
                    raise LeftOut
                names[depth] = self._renamed.get(above, name)
        return tuple(names)

    def leave_out(self, path: bytes) -> None:
        """A folder that is not there: nothing in it gets a place."""
        self._absent.add(path)

    def left_out(self, path: bytes) -> bool:
        return path in self._absent

    def _taken(
        self,
        path: bytes,
        names: Names,
        make: Callable[[Names], None],
        there: Callable[[Names], bool] | None,
        replace: Callable[[Names], None] | None,
    ) -> bool:
        """Something has the name already, or one that the file system takes for it."""
        with _explained_entry(self._folder, path):
            if not self._root.spelled(names):
                return self._make_apart(path, names, make)
            if there is not None and there(names):
                return True
            if not self._rules.overwrite or self._root.is_folder(names):
                self._notes.add(Why.EXISTS, path)
                return False
            if replace is not None:
                replace(names)
            else:
                self._root.remove(names)
                make(names)
            return True

    def _make_apart(self, path: bytes, names: Names, make: Callable[[Names], None]) -> bool:
        for number in range(2, _MOST_TRIES):
            end = b"~%d" % number
            name = names[-1][: _LONGEST_NAME - len(end)] + end
            try:
                make((*names[:-1], name))
            except FileExistsError:
                continue
            self._renamed[path] = name
            self._notes.add(Why.RENAMED, path, os.fsdecode(name))
            return True
        self._notes.add(Why.EXISTS, path)
        return False


class _NotWritable(Exception):
    """One thing that cannot be written, where others can; ``why`` is its note."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(detail)
        self.why = why


@contextmanager
def _explained_entry(folder: Path, path: bytes) -> Iterator[None]:
    """What the disk says of one entry is about that entry, or about the disk as a whole."""
    with explained(folder / os.fsdecode(path.replace(b"\0", b"?"))):
        try:
            yield
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno in _NO_NAME:
                raise _NotWritable(Why.NAME, os.strerror(error.errno or 0)) from error
            if error.errno == errno.ENOENT:
                raise _NotWritable(Why.INSIDE, "") from error
            if error.errno in _NOT_HERE:
                raise _NotWritable(Why.REFUSED, os.strerror(error.errno or 0)) from error
            raise

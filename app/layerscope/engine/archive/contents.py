"""Where the files of an archive come from: a folder on disk, or the members of a tar."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from layerscope.engine.archive.headers import cleaned
from layerscope.engine.archive.members import TarMembers
from layerscope.engine.content import files
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import LimitReached, MalformedDocument, NotAnArchive, StoreReadOnly

_SUFFIXES = re.compile(r"(?:\.(?:tar|tgz|tzst|txz|tbz2?|oci|gz|zst|xz|bz2))+\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes in an archive that can be read as often as wanted, until the archive is closed."""

    name: str
    size: int
    opened: Callable[[], BinaryIO]

    def open(self) -> BinaryIO:
        """A new stream from its first byte; the caller closes it."""
        return self.opened()

    def read(self, limit: int) -> bytes:
        """All of it; LimitReached if that is more than ``limit`` bytes."""
        if self.size > limit:
            raise LimitReached(
                f"{self.name} in the archive has {self.size:,} bytes, "
                f"more than the {limit:,} that are read.",
                limit="document_bytes",
                value=limit,
            )
        with self.open() as file:
            return file.read(limit)


class Contents(Protocol):
    """What an archive must offer, whatever it is."""

    @property
    def what(self) -> str:
        """The name of the archive in sentences."""

    @property
    def home(self) -> str:
        """The name that stands for the repository where the archive gives only a tag."""

    def find(self, name: str) -> Blob | None:
        """The file at a path inside the archive, links followed once; None if there is none."""

    def looks_like_root(self) -> bool:
        """Whether this is the file system of a container rather than an image."""

    def close(self) -> None: ...


class FolderContents:
    """A folder.  Nothing in it is opened through a link."""

    def __init__(self, folder: Path) -> None:
        self.what = folder.name or str(folder)
        self.home = folder.name
        self._folder = folder

    def find(self, name: str) -> Blob | None:
        inside = cleaned(name)
        if not inside or "\0" in inside:
            return None
        path = self._folder.joinpath(*inside.split("/"))
        try:
            with files.open_regular(path) as file:
                size = os.fstat(file.fileno()).st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except StoreReadOnly as error:
            raise NotAnArchive(f"{path} cannot be read.", path=str(path)) from error
        return Blob(name, size, lambda: files.open_regular(path))

    def looks_like_root(self) -> bool:
        return all((self._folder / name).is_dir() for name in ("etc", "usr"))

    def close(self) -> None:
        pass


class TarContents:
    """A tar whose members have been listed."""

    def __init__(self, path: Path, file: BinaryIO, members: TarMembers) -> None:
        self.what = path.name
        self.home = _SUFFIXES.sub("", path.name)
        self._file = file
        self._members = members

    def find(self, name: str) -> Blob | None:
        inside = cleaned(name)
        if not inside:
            return None
        member = self._members.find(inside)
        if member is None:
            if self._members.is_link(inside):
                raise MalformedDocument(
                    f"{inside[:200]!a} in {self.what} is a link that leads to no file.",
                    hint="Links in archives of images lead to a layer in the same archive.",
                )
            return None
        return Blob(name, member.size, lambda: self._members.open(member))

    def looks_like_root(self) -> bool:
        names = self._members.names()
        return any(name.startswith("etc/") for name in names) and any(
            name.startswith(("usr/", "bin/")) for name in names
        )

    def close(self) -> None:
        self._file.close()

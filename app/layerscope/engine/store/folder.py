"""Where everything lies in the folder of a store, and how a folder becomes one."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

from layerscope.engine.content import files
from layerscope.engine.content.disk_failures import explained
from layerscope.engine.content.locks import FileLock
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import (
    LayerscopeError,
    StoreReadOnly,
    StoreUnreadable,
)
from layerscope.engine.oci import Digest, strict_json
from layerscope.engine.store.index import IndexDocument
from layerscope.engine.task import Task

FORMAT = 1
LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
_SMALL = 64 * 1024
_RESERVED = frozenset({"tmp", "trash", "leases", "partial"})
_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+:-]{0,200}")


@dataclass(frozen=True, slots=True)
class Folder:
    """The paths of a store.  ``trouble`` says why nothing may be written, empty if it may."""

    path: Path
    trouble: str = ""

    @property
    def private(self) -> Path:
        return self.path / ".layerscope"

    @property
    def layout(self) -> Path:
        return self.path / "oci-layout"

    @property
    def index(self) -> Path:
        return self.path / "index.json"

    @property
    def last_index(self) -> Path:
        """A copy of index.json as we last wrote it."""
        return self.private / "index.prev"

    @property
    def lock(self) -> FileLock:
        """Held while index.json changes; taken after ``gc_lock``."""
        return FileLock(self.private / "lock", fair=True)

    @property
    def gc_lock(self) -> FileLock:
        """Held shared while something new is stored, alone while something goes."""
        return FileLock(self.private / "gc.lock", fair=True)

    @property
    def scratch(self) -> Path:
        return self.private / "tmp"

    @property
    def leases(self) -> Path:
        return self.private / "leases"

    @property
    def partial(self) -> Path:
        return self.private / "partial"

    @property
    def trash(self) -> Path:
        return self.private / "trash"

    @property
    def journal(self) -> Path:
        return self.private / "journal"

    @property
    def verified(self) -> Path:
        return self.private / "verified"

    @property
    def blobs(self) -> Path:
        return self.path / "blobs"

    def blob(self, digest: Digest) -> Path:
        return self.blobs / digest.algorithm / digest.hex

    def partial_blob(self, digest: Digest) -> Path:
        return self.partial / flat_name(digest)

    def derived(self, kind: str, key: str) -> Path:
        """The file of something that can be made again.  Its folder exists where we may write;
        a store that we may not change has its derived files in the user's cache."""
        if not _KIND.fullmatch(kind) or kind in _RESERVED:
            raise ValueError(f"{kind!r} is not a kind of derived file")
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is not a key of a derived file")
        home = self.derived_home / kind
        files.make_folder(home)
        return home / key.replace(":", "-")

    @property
    def derived_home(self) -> Path:
        if not self.trouble:
            return self.private
        from platformdirs import user_cache_path

        mark = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:32]
        return user_cache_path("layerscope") / "stores" / mark

    def derived_kinds(self) -> list[Path]:
        """The folders of derived files that there are."""
        return [
            child
            for child in files.folder_content(self.derived_home)
            if child.is_dir() and child.name not in _RESERVED
        ]

    def require_writable(self) -> None:
        if self.trouble:
            raise StoreReadOnly(
                f"The store {self.path} can only be read.", hint=self.trouble, path=str(self.path)
            )


def flat_name(digest: Digest) -> str:
    """A digest as the name of a file."""
    return f"{digest.algorithm}-{digest.hex}"


def digest_of_name(name: str) -> Digest | None:
    """The inverse of ``flat_name``; None for other files."""
    try:
        return Digest.stored(name.replace("-", ":", 1))
    except LayerscopeError:
        return None


def open_folder(path: Path, task: Task, *, create: bool = True) -> Folder:
    """Make ``path`` a store, or find one there.

    A missing or empty folder becomes a store, another program's OCI layout is adopted where it is,
    and a store that must not or cannot be changed is opened for reading.  Raises StoreUnreadable
    for a folder that holds something else, or nothing if ``create`` is False.
    """
    try:
        with explained(path):
            return _opened(Folder(path), task, create=create)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StoreUnreadable(
            f"No image store can be made at {path}: {error.strerror}.",
            hint="Choose another folder.",
            path=str(path),
        ) from error


def _opened(folder: Folder, task: Task, *, create: bool) -> Folder:
    path = folder.path
    if not _is_store(folder) and (not create or _holds_something_else(folder)):
        raise _not_a_store(path)
    try:
        if create or folder.layout.exists():
            _complete(folder, task)
    except StoreReadOnly as error:
        if not folder.index.exists():
            raise
        return Folder(path, str(error))
    return Folder(path, _trouble(folder))


def _complete(folder: Folder, task: Task) -> None:
    """Add what is missing; every step may have been the last of a killed process."""
    if _trouble(folder):
        return
    if _finished(folder):
        with files.open_to_change(folder.lock.path):
            return  # as a test that we may write here
    for part in (folder.scratch, folder.leases, folder.partial, folder.trash):
        files.make_folder(part)
    with folder.lock.held(task):
        if not folder.lock.works():
            raise StoreReadOnly(
                "This disk does not keep programs from writing at the same time.",
                path=str(folder.path),
            )
        begun = folder.last_index.exists() or folder.index.exists() or folder.layout.exists()
        files.make_folder(folder.blobs / "sha256")
        empty = IndexDocument.empty(folder.path.name).raw
        if not begun:
            files.write_whole(folder.index, empty, scratch=folder.scratch)
        if not begun or (folder.index.exists() and not folder.layout.exists()):
            files.write_whole(folder.layout, LAYOUT, scratch=folder.scratch)
        if not begun:  # so that what others write before we do counts as theirs
            files.write_whole(folder.last_index, empty, scratch=folder.scratch)
        mark = json.dumps({"format": FORMAT}).encode()
        files.write_whole(folder.private / "format", mark, scratch=folder.scratch)


def _finished(folder: Folder) -> bool:
    return (
        (folder.private / "format").exists()
        and folder.layout.exists()
        and (folder.trash.is_dir() and folder.leases.is_dir())
    )


def _is_store(folder: Folder) -> bool:
    return folder.layout.is_file() or folder.index.is_file() or folder.private.is_dir()


def _holds_something_else(folder: Folder) -> bool:
    try:
        return any(folder.path.iterdir())
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _trouble(folder: Folder) -> str:
    """Why nothing may be written; a newer format than ours above all."""
    try:
        version = _field(folder.private / "format", "format")
        layout = _field(folder.layout, "imageLayoutVersion")
    except StoreUnreadable as error:
        return str(error)
    if version is not None and version != FORMAT:
        return "It was made by a newer version of Layerscope. Update to change it."
    if layout is not None and not str(layout).startswith("1."):
        return f"Its layout has version {str(layout)[:20]}, which this version does not know."
    return ""


def _field(path: Path, key: str) -> object:
    """None if there is no file; raises StoreUnreadable if the disk does not give it."""
    try:
        value = strict_json.loads(files.read_regular(path, _SMALL), str(path), _SMALL)
    except FileNotFoundError:
        return None
    except StoreUnreadable:
        raise
    except LayerscopeError:
        return "unreadable"
    return value.get(key, "unreadable") if isinstance(value, dict) else "unreadable"


def _not_a_store(path: Path) -> StoreUnreadable:
    return StoreUnreadable(
        f"{path} is not an image store.",
        hint="Choose an empty folder, or one that holds an OCI image layout.",
        path=str(path),
    )

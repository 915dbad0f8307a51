"""The store: the one door to a folder of images that several processes share."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content import files
from layerscope.engine.oci import Descriptor, Digest, Index, Manifest, Reference
from layerscope.engine.store import recovery
from layerscope.engine.store.blobs import Blobs
from layerscope.engine.store.folder import Folder, open_folder
from layerscope.engine.store.index import IndexDocument
from layerscope.engine.store.index_file import IndexFile
from layerscope.engine.store.index_reader import list_damaged
from layerscope.engine.store.journal import DAY, Record
from layerscope.engine.store.lease import Lease, leased
from layerscope.engine.store.listing import Listing
from layerscope.engine.store.planning import Holdings, Wish
from layerscope.engine.store.reach import Documents, Reach
from layerscope.engine.store.removal import Removals
from layerscope.engine.store.trash import Trash, size_of_tree
from layerscope.engine.store.values import (
    Change,
    DiskUse,
    ImageUse,
    Operation,
    Plan,
    Recovery,
    Report,
    StoredEntry,
    TrashItem,
)
from layerscope.engine.store.verify import Inspection
from layerscope.engine.task import Task


class Store:
    """An OCI image layout (image-spec image-layout.md) with a private folder ``.layerscope``.

    Every method may be called from any thread and beside other processes.  Those that change
    anything raise StoreReadOnly, StoreBusy after 30 s, and DiskFull, and have then changed nothing.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._blobs = Blobs(folder)
        self._documents = Documents(self._blobs)
        self._index = IndexFile(folder, self._blobs.written)
        self._trash = Trash(folder, self._blobs)
        self._listing = Listing(folder, self._blobs, self._documents, self._index)
        self._removals = Removals(folder, self._blobs, self._index, self._trash, self._holdings)

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Store:
        """Open the store in a folder.

        A missing or empty folder becomes one if ``create``; another program's OCI layout is used
        where it is.  Raises StoreUnreadable for a folder that holds something else.
        """
        return cls(open_folder(Path(os.path.abspath(path)), Task(), create=create))

    # What is there

    @property
    def path(self) -> Path:
        """The folder of the OCI layout."""
        return self._folder.path

    @property
    def writable(self) -> bool:
        """Whether changes are possible; ``trouble`` says why not."""
        return not self.trouble

    @property
    def trouble(self) -> str:
        """Why nothing can be changed now: permissions, a newer format, a damaged index.json (then
        ``recover`` helps).  Empty if all is well."""
        return self._folder.trouble or self._index.damage

    def generation(self) -> str:
        """Another text whenever index.json says something else."""
        return self._index.generation

    def entries(self) -> tuple[StoredEntry, ...]:
        """All images under all their names, the last written last."""
        return self._index.document.listed

    def document(self, descriptor: Descriptor) -> Manifest | Index:
        """A manifest or index, verified.  Raises BlobMissing, BlobDamaged, BadInput."""
        return self._documents.read(descriptor)

    def reach(self, descriptor: Descriptor) -> Reach:
        """Every blob that an entry's image needs, each once, the manifest first."""
        return self._documents.reach(descriptor)

    def image_use(self) -> Mapping[Digest, ImageUse]:
        """For every listed manifest, its bytes on disk and those that nothing else needs."""
        return self._holdings(self._index.document).use()

    def disk_use(self) -> DiskUse:
        """How the bytes of the store's folder are used."""
        holdings = self._holdings(self._index.document)
        sizes = {digest: found.st_size for digest, found in self._blobs.all()}
        return DiskUse(
            blobs=sum(sizes.values()),
            unreferenced=sum(
                size for digest, size in sizes.items() if digest not in holdings.users
            ),
            trash=size_of_tree(self._folder.trash),
            partial=size_of_tree(self._folder.partial),
            derived=sum(map(size_of_tree, self._folder.derived_kinds())),
            free=files.free_space(self._folder.path),
        )

    # Blobs

    def has(self, descriptor: Descriptor) -> bool:
        """Whether a regular file of the right size is there that is not known to be damaged."""
        return self._blobs.has(descriptor)

    def sound(self, descriptor: Descriptor, task: Task | None = None) -> bool:
        """Like ``has``, and hashed if it has not been since it last changed."""
        return self._blobs.sound(descriptor, task or Task())

    def mark_damaged(self, digest: Digest) -> None:
        """Remember that a blob is not what its digest says, so that the next pull replaces it."""
        if (found := self._blobs.stat(digest)) is not None:
            self._blobs.verified.record(digest, found, right=False)

    def blob_path(self, digest: Digest) -> Path:
        """Where the blob is or would be."""
        return self._blobs.path(digest)

    def open_blob(self, digest: Digest, size: int | None = None) -> BinaryIO:
        """Open a blob for reading; size checked if given, digest not.  The open file stays readable
        whatever happens to the store.  Raises BlobMissing, BlobDamaged."""
        return self._blobs.open(digest, size)

    def read(self, descriptor: Descriptor, limit: int) -> bytes:
        """A small blob as a whole, verified.  Raises LimitReached, BlobMissing, BlobDamaged."""
        return self._blobs.read(descriptor, limit)

    def partial_size(self, digest: Digest) -> int:
        """Bytes that unfinished downloads of a blob have left."""
        with suppress(FileNotFoundError):
            return self._folder.partial_blob(digest).stat().st_size
        return 0

    @contextmanager
    def lease(self, task: Task | None = None) -> Iterator[Lease]:
        """The right to store blobs, and to keep those in use from being deleted by others."""
        self._begin(task)
        with leased(self._folder, self._blobs, self._listing.publish) as lease:
            yield lease

    # Names

    def tag(self, source: Digest, target: Reference, task: Task | None = None) -> Change:
        """Give a listed image a name, which is taken from whoever has it."""
        return self._listing.tag(source, target, self._begin(task))

    def untag(self, target: Reference, task: Task | None = None) -> Change:
        """Take a name away.  The image stays listed, without a name if it has no other."""
        return self._listing.untag(target, self._begin(task))

    # Removing and taking back

    def plan(
        self,
        *,
        remove: Collection[Digest] = (),
        untag: Collection[Reference] = (),
        orphans: bool = False,
        kind: Operation | None = None,
    ) -> Plan:
        """What removing whole images (by manifest), names, and with ``orphans`` also old blobs that
        nothing reaches, would do.  Nothing is changed.  Unknown digests are left out."""
        kind = kind or (Operation.PRUNE if orphans else Operation.REMOVE)
        names = tuple(reference.canonical for reference in untag)
        return self._removals.plan(Wish(kind, tuple(remove), names, orphans))

    def apply(self, plan: Plan, task: Task | None = None) -> Change:
        """Carry out a plan.  Raises StoreChanged if the list of images is not what it was made for.

        Blobs that have come into use since stay; all others go to the trash for a day.
        """
        task = self._begin(task)
        return self._removals.apply(plan, task)

    def undoable(self) -> Record | None:
        """What ``undo`` would take back."""
        return self._removals.undoable()

    def undo(self, task: Task | None = None, *, operation: str = "") -> Change:
        """Take back the last tag, untag, remove or prune of the last 24 hours that has not been
        taken back, or that very ``operation``, with its blobs.  Names that have been given to other
        images since stay there.  Raises NothingToUndo."""
        self._require_writable()
        return self._removals.undo(task or Task(), operation)

    def redoable(self) -> Record | None:
        """What ``redo`` would do once more."""
        return self._removals.redoable()

    def redo(self, task: Task | None = None) -> Change:
        """Do once more what the last ``undo`` took back, unless something else was changed since;
        blobs that somebody needs by now stay.  It can be undone again.  Raises NothingToUndo."""
        self._require_writable()
        return self._removals.redo(task or Task())

    def trash(self) -> tuple[TrashItem, ...]:
        """Removals whose blobs are still there, newest first."""
        return self._removals.trash()

    def empty_trash(
        self, operations: Collection[str] | None = None, task: Task | None = None
    ) -> int:
        """Delete for good what these operations removed, or all of it; the bytes freed.  Nothing is
        written, so that it works on a full disk."""
        self._require_writable()
        with self._folder.gc_lock.held(task or Task()):
            self._trash.sweep_leftovers()
            bins = self._trash.bins()
            if operations is not None:
                bins = [bin_ for bin_ in bins if bin_.name in operations]
            return self._trash.delete(bins)

    # Health

    def verify(self, task: Task | None = None, *, deep: bool = True) -> Report:
        """Check every blob (digests too if ``deep``), document and name.  Changes nothing but what
        is known about damaged blobs, so that the next pull replaces them."""
        inspection = Inspection(self._folder, self._blobs, self._documents, task or Task())
        return inspection.run(self._index.document, self._index.damage, deep=deep)

    def recover(self, task: Task | None = None) -> Recovery:
        """Make a damaged index.json whole: names from the last good copy, and complete images that
        have no name any more without one."""
        self._folder.require_writable()
        task = task or Task()
        with self._folder.gc_lock.held(task):
            return recovery.recover(self._folder, self._index, self._blobs, self._documents, task)

    # Derived files

    def cache_path(self, kind: str, key: str) -> Path:
        """Where a file lies that can be made again, such as ``layers`` of a DiffID.  The folder is
        there; the file is the caller's business, whole or absent."""
        return self._folder.derived(kind, key)

    def drop_unneeded_caches(self, needed: Mapping[str, Collection[str]]) -> int:
        """Delete derived files of the given kinds but for the given keys; the bytes freed."""
        freed = 0
        for kind, keys in needed.items():
            kept = {self._folder.derived(kind, key).name for key in keys}
            for path in files.folder_content(self._folder.derived(kind, "any").parent):
                if path.name not in kept and not path.name.startswith(files.INCOMING):
                    freed += size_of_tree(path)
                    files.remove(path)
        return freed

    # The parts

    def _holdings(self, document: IndexDocument) -> Holdings:
        return Holdings(document, self._documents, self._blobs)

    def _require_writable(self) -> None:
        self._folder.require_writable()
        if self._index.damage:
            raise list_damaged(self._index.damage, self._folder.index)

    def _begin(self, task: Task | None) -> Task:
        """Before a change: delete what has been in the trash for a day, and what killed processes
        left."""
        self._require_writable()
        task = task or Task()
        if self._trash.old(DAY) or self._trash.leftovers():
            with self._folder.gc_lock.held(task):
                self._trash.delete(self._trash.old(DAY))
                self._trash.sweep_leftovers()
        self._blobs.verified.compact()
        return task

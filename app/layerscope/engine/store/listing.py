"""Putting images on the list, and giving and taking their names."""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.engine.errors import BlobMissing, ImageNotFound
from layerscope.engine.oci import Descriptor, Digest, Reference
from layerscope.engine.store import planning
from layerscope.engine.store.blobs import Blobs
from layerscope.engine.store.changes import Edit, Facts, change_of
from layerscope.engine.store.folder import Folder
from layerscope.engine.store.index import IndexDocument
from layerscope.engine.store.index_file import IndexFile
from layerscope.engine.store.reach import Documents
from layerscope.engine.store.values import Change, Operation
from layerscope.engine.task import Task


class Listing:
    """Changes of index.json that take no blob away, so many programs make them at a time: the gc
    lock is shared meanwhile."""

    def __init__(
        self, folder: Folder, blobs: Blobs, documents: Documents, index: IndexFile
    ) -> None:
        self._folder = folder
        self._blobs = blobs
        self._documents = documents
        self._index = index

    def publish(self, descriptor: Descriptor, names: Sequence[str], task: Task) -> Change:
        """List an image under its names.  Raises BlobMissing unless all of it is stored."""
        with self._folder.gc_lock.held(task, shared=True):
            lacking = planning.complete(self._documents.reach(descriptor), self._blobs)
            if lacking is not None:
                raise BlobMissing(
                    f"{lacking.digest} is not in the store.",
                    hint="An image is listed only when all of it is stored. Pull it again.",
                    digest=str(lacking.digest),
                )

            def edit(document: IndexDocument) -> tuple[IndexDocument, Facts]:
                return document.with_image(descriptor, names), Facts(tuple(names))

            outcome = self._index.change(Operation.PUBLISH, edit, task)
        return change_of(Operation.PUBLISH, outcome, self._index.generation)

    def tag(self, source: Digest, target: Reference, task: Task) -> Change:
        """Raises ImageNotFound if ``source`` is not listed."""
        name = target.canonical

        def edit(document: IndexDocument) -> tuple[IndexDocument, Facts]:
            if not any(entry.digest == source for entry in document.all):
                raise _not_listed(str(source))
            if document.holding(name) == source:
                return document, Facts()
            return document.with_name(source, name), Facts(names=(name,))

        return self._renamed(Operation.TAG, edit, task)

    def untag(self, target: Reference, task: Task) -> Change:
        """Raises ImageNotFound if nothing has the name."""
        name = target.canonical

        def edit(document: IndexDocument) -> tuple[IndexDocument, Facts]:
            if document.holding(name) is None:
                raise _not_listed(target.familiar)
            return document.without_names({name}), Facts(names=(name,))

        return self._renamed(Operation.UNTAG, edit, task)

    def _renamed(self, kind: Operation, edit: Edit, task: Task) -> Change:
        with self._folder.gc_lock.held(task, shared=True):
            outcome = self._index.change(kind, edit, task)
        return change_of(kind, outcome, self._index.generation)


def _not_listed(name: str) -> ImageNotFound:
    return ImageNotFound(
        f"No image {name} in the store.", hint="Look at the list of images for its name.", name=name
    )

"""Going back: the changes that stand, and a list of images that was destroyed."""

from __future__ import annotations

import time
from collections.abc import Iterator

from layerscope.engine.content import files
from layerscope.engine.errors import LayerscopeError
from layerscope.engine.oci import Descriptor, Digest, Index, Manifest, parse_document, strict_json
from layerscope.engine.store.blobs import Blobs
from layerscope.engine.store.folder import LAYOUT, Folder
from layerscope.engine.store.index import IndexDocument, fingerprint
from layerscope.engine.store.index_file import IndexFile
from layerscope.engine.store.journal import DAY, Journal, Record
from layerscope.engine.store.planning import complete
from layerscope.engine.store.reach import Documents
from layerscope.engine.store.values import Change, Operation, Recovery
from layerscope.engine.task import Progress, Task


def last_redoable(journal: Journal, present: IndexDocument | None) -> tuple[Record, Record] | None:
    """The newest undo of the last day that has not been reverted, and what it took back; None if
    another change has come after it."""
    for record in standing(journal, present):
        if record.kind is Operation.UNDO:
            undone = [each for each in journal.records() if each.id == record.reverts]
            return (record, undone[0]) if undone else None
        if record.kind.undoable and not record.reverts:  # a redo only reverts its undo
            return None
    return None


def standing(journal: Journal, present: IndexDocument | None) -> Iterator[Record]:
    """The changes of the last day that led to the present list and that no later one reverted,
    newest first."""
    if present is None:
        return
    reverted: set[str] = set()
    for record in journal.carried_out(fingerprint(present.raw)):
        if abs(time.time() - record.time) > DAY:
            return
        if record.id not in reverted:
            reverted.add(record.reverts)
            yield record


def recover(
    folder: Folder, index: IndexFile, blobs: Blobs, documents: Documents, task: Task
) -> Recovery:
    """The caller holds the gc lock alone.  An index.json that can be read is left as it is."""
    if not folder.layout.exists():
        files.write_whole(folder.layout, LAYOUT, scratch=folder.scratch)
    if not index.damage:
        return Recovery((), (), Change("", Operation.RECOVER, index.generation))
    last = index.ours() or IndexDocument.empty(folder.path.name)
    found, inner = _complete_images(blobs, documents, task)
    listed = {entry.digest for entry in last.all}
    reached = {
        blob.digest
        for entry in last.all
        if entry.descriptor
        for blob in documents.reach(entry.descriptor).blobs
    }
    document = last
    unnamed: list[Digest] = []
    for descriptor in found:
        if descriptor.digest not in listed | reached | inner:
            document = document.with_image(descriptor, ())
            unnamed.append(descriptor.digest)
    operation = index.restore(document, task)
    names = tuple(entry.name for entry in document.listed if entry.name)
    change = Change(operation, Operation.RECOVER, index.generation, tagged=names)
    return Recovery(names, tuple(unnamed), change)


def _complete_images(
    blobs: Blobs, documents: Documents, task: Task
) -> tuple[list[Descriptor], set[Digest]]:
    """Manifests and indexes among the blobs all of whose parts are stored, and all digests that
    indexes among them name."""
    complete_ones: list[Descriptor] = []
    inner: set[Digest] = set()
    candidates = [
        (digest, found.st_size)
        for digest, found in blobs.all()
        if found.st_size <= strict_json.MANIFEST_LIMIT
    ]
    for number, (digest, size) in enumerate(sorted(candidates)):
        task.report(Progress(number, len(candidates), "Looking for images", unit="blobs"))
        document = _document(blobs, digest, size)
        if document is None:
            continue
        descriptor = Descriptor(document.media_type, digest, size)
        if isinstance(document, Index):
            inner.update(entry.digest for entry in document.manifests)
        elif not _any_blob(document):
            continue
        reach = documents.reach(descriptor)
        if not reach.unknown and complete(reach, blobs) is None:
            complete_ones.append(descriptor)
    return complete_ones, inner


def _document(blobs: Blobs, digest: Digest, size: int) -> Manifest | Index | None:
    """The document in a blob; None for the many blobs that are none, or are damaged."""
    try:
        with blobs.open(digest, size) as file:
            if file.read(1) != b"{":
                return None
        probe = Descriptor("application/octet-stream", digest, size)
        data = blobs.read(probe, strict_json.MANIFEST_LIMIT)
        return parse_document(data, None, str(digest))
    except LayerscopeError:
        return None


def _any_blob(document: Manifest) -> bool:
    return bool(document.layers) or document.is_image

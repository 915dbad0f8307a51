"""What an image needs: every blob that its manifest reaches, and where that cannot be known."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import LayerscopeError, MalformedDigest, MalformedDocument
from layerscope.engine.oci import (
    Descriptor,
    Digest,
    FrozenMap,
    Index,
    Manifest,
    media_types,
    parse_document,
    strict_json,
)
from layerscope.engine.store.blobs import Blobs

INDEX_DIGEST = "dev.layerscope.index.digest"
INDEX_SIZE = "dev.layerscope.index.size"
INDEX_MEDIA_TYPE = "dev.layerscope.index.media-type"

DEEPEST = 8
_MOST_DOCUMENTS = 2000
_REMEMBERED = 4096
_LARGEST_REMEMBERED = 256 * 1024


@dataclass(frozen=True, slots=True)
class Reach:
    """All blobs an image needs, each once, the manifest first.

    ``optional`` may be absent without harm: children of an index, non-distributable layers, the
    remembered index.  ``unknown`` says why there may be more than this; empty if all is known.
    """

    blobs: tuple[Descriptor, ...]
    optional: frozenset[Digest] = frozenset()
    unknown: str = ""


class Documents:
    """Manifests and indexes of a store; those read before are remembered."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._known: OrderedDict[Digest, Manifest | Index] = OrderedDict()
        self._reaches: dict[Descriptor, Reach] = {}
        self._lock = threading.Lock()

    def read(self, descriptor: Descriptor) -> Manifest | Index:
        """Raises BlobMissing, BlobDamaged and what ``parse_document`` raises."""
        with self._lock:
            known = self._known.get(descriptor.digest)
        if known is not None and self._blobs.has(descriptor):
            return known
        data = self._blobs.read(descriptor, strict_json.MANIFEST_LIMIT)
        what = f"The manifest {descriptor.digest}"
        document = parse_document(data, descriptor.media_type, what, verified=True)
        if descriptor.size <= _LARGEST_REMEMBERED:
            with self._lock:
                self._known[descriptor.digest] = document
                while len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return document

    def reach(self, root: Descriptor) -> Reach:
        """What ``root``, an entry of index.json, needs."""
        with self._lock:
            known = self._reaches.get(root)
        if known is not None and self._blobs.has(root):
            return known
        found = _Walk(self).of(root)
        with self._lock:
            # A child of an index may arrive later, and then the index reaches more.
            if not found.unknown and not media_types.is_index(root.media_type):
                if len(self._reaches) > _REMEMBERED:
                    self._reaches.clear()
                self._reaches[root] = found
        return found

    def has(self, descriptor: Descriptor) -> bool:
        return self._blobs.has(descriptor)


class _Walk:
    """One walk from a root, breadth first: no recursion over what a document says."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._blobs: dict[Digest, Descriptor] = {}
        self._optional: set[Digest] = set()
        self._unknown = ""

    def of(self, root: Descriptor) -> Reach:
        self._add(root)
        if (remembered := remembered_index(root)) is not None:
            self._add(remembered, optional=True)
        waiting = [root]
        for _depth in range(DEEPEST):
            waiting = [child for item in waiting for child in self._children(item, root)]
            if not waiting:
                break
            if len(self._blobs) > _MOST_DOCUMENTS * 64:
                break
        if waiting:
            self._unknown = f"The index {root.digest} is nested too deep or too large."
        return Reach(tuple(self._blobs.values()), frozenset(self._optional), self._unknown)

    def _children(self, item: Descriptor, root: Descriptor) -> Iterator[Descriptor]:
        """Add what a document names, and yield the documents among it."""
        child = item is not root
        if child and not self._documents.has(item):
            return  # an index need not have all its platforms here
        kind = item.media_type
        if not media_types.is_manifest(kind) and not media_types.is_index(kind) and child:
            self._unknown = self._unknown or f"{item.digest} has the unknown type {kind}."
            return
        try:
            document = self._documents.read(item)
        except (LayerscopeError, MalformedDigest) as error:
            self._unknown = self._unknown or str(error)
            return
        if isinstance(document, Manifest):
            self._add(document.config)
            for layer in document.layers:
                self._add(layer, optional=media_types.is_nondistributable(layer.media_type))
            return
        for entry in document.manifests:
            if self._add(entry, optional=True):
                yield entry

    def _add(self, descriptor: Descriptor, *, optional: bool = False) -> bool:
        """Whether it is new."""
        if descriptor.digest in self._blobs:
            if not optional:
                self._optional.discard(descriptor.digest)
            return False
        self._blobs[descriptor.digest] = descriptor
        if optional:
            self._optional.add(descriptor.digest)
        return True


def remembered_index(entry: Descriptor) -> Descriptor | None:
    """The image index that a platform's manifest was chosen from, where the entry remembers it."""
    notes: Mapping[str, str] = entry.annotations
    size = notes.get(INDEX_SIZE, "")
    if INDEX_DIGEST not in notes or not size.isdecimal() or len(size) > 18:
        return None
    try:
        digest = Digest.parse(notes[INDEX_DIGEST])
    except (MalformedDigest, MalformedDocument):
        return None
    media_type = notes.get(INDEX_MEDIA_TYPE, media_types.OCI_INDEX)
    return Descriptor(media_type, digest, int(size))


def remembering(entry: Descriptor, index: Descriptor) -> Descriptor:
    """``entry`` with a note of the index it was chosen from."""
    notes = {
        **entry.annotations,
        INDEX_DIGEST: str(index.digest),
        INDEX_SIZE: str(index.size),
        INDEX_MEDIA_TYPE: index.media_type,
    }
    return replace(entry, annotations=FrozenMap(notes))

"""Reads the images of the store: what index.json lists, with manifest and config of each."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import LayerscopeError, MalformedDocument
from layerscope.engine.oci import (
    Descriptor,
    Digest,
    ImageConfig,
    Index,
    Manifest,
    Platform,
    choose,
    media_types,
)
from layerscope.engine.oci.strict_json import CONFIG_LIMIT
from layerscope.engine.store import Store, StoredEntry
from layerscope.engine.store.reach import remembered_index

_DEEPEST = 8  #: indexes inside indexes, as other tools allow


@dataclass(frozen=True, slots=True)
class Facts:
    """What the list of images needs of a config.  Whole configs are too large to keep: a store of
    500 images would hold tens of megabytes of histories and labels in memory."""

    created: datetime | None
    platform: Platform
    diff_ids: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """The documents of one manifest, as far as they can be read; ``unreadable`` says why not."""

    descriptor: Descriptor
    manifest: Manifest | None
    facts: Facts | None
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One image of the store.

    ``entry`` is what index.json lists: the manifest itself or, where another program has written
    a whole multi-platform index, that index.  ``names`` are canonical references in the order they
    were given.
    """

    entry: Descriptor
    parts: Parts
    names: tuple[str, ...]
    invalid_name: str
    index: Descriptor | None
    order: int

    @property
    def digest(self) -> Digest:
        return self.parts.descriptor.digest

    @property
    def image_id(self) -> Digest:
        """The digest of the config; of the manifest where that cannot be read."""
        manifest = self.parts.manifest
        return self.digest if manifest is None else manifest.config.digest

    @property
    def layers(self) -> tuple[Descriptor, ...]:
        manifest = self.parts.manifest
        return () if manifest is None else manifest.layers

    def diff_id(self, number: int) -> Digest | None:
        """What the config says layer ``number`` unpacks to; None where the two do not agree on
        the count."""
        facts = self.parts.facts
        if facts is None or len(facts.diff_ids) != len(self.layers):
            return None
        return facts.diff_ids[number - 1]


class Catalogue:
    """The images of a store.  Documents are read once per process: they never change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._parts: dict[Digest, Parts] = {}
        self._lock = threading.Lock()

    def images(self) -> tuple[StoredImage, ...]:
        """All images in the order they were first listed.  Raises StoreError."""
        grouped: dict[Digest, list[StoredEntry]] = {}
        for entry in self._store.entries():
            grouped.setdefault(entry.descriptor.digest, []).append(entry)
        images = tuple(self._image(entries) for entries in grouped.values())
        self._forget_all_but({image.digest for image in images})
        return images

    def config(self, image: StoredImage) -> ImageConfig:
        """The whole config.  Raises what it is unreadable for."""
        manifest = image.parts.manifest
        if manifest is None:
            raise MalformedDocument(image.parts.unreadable)
        return self._config(image.parts.descriptor, manifest)

    def _image(self, entries: Sequence[StoredEntry]) -> StoredImage:
        first = entries[0].descriptor
        parts, index = self._resolved(first, 0)
        return StoredImage(
            entry=first,
            parts=parts,
            names=tuple(dict.fromkeys(entry.name for entry in entries if entry.name)),
            invalid_name=next((e.invalid_name for e in entries if e.invalid_name), ""),
            index=index
            or next(filter(None, (remembered_index(e.descriptor) for e in entries)), None),
            order=entries[0].order,
        )

    def _resolved(self, entry: Descriptor, depth: int) -> tuple[Parts, Descriptor | None]:
        """The image that an entry stands for, and the index it was chosen from."""
        if not media_types.is_index(entry.media_type):
            return self._read(entry), None
        try:
            document = self._store.document(entry)
        except LayerscopeError as error:
            return Parts(entry, None, None, str(error)), None
        if isinstance(document, Manifest):  # cannot be: the type of an entry is checked
            return self._read(entry), None
        chosen = self._chosen(document)
        if chosen is None or depth >= _DEEPEST:
            return Parts(entry, None, None, "None of its platforms is stored."), entry
        parts, inner = self._resolved(chosen, depth + 1)
        return parts, inner or entry

    def _chosen(self, index: Index) -> Descriptor | None:
        """The child to show: the one for this machine if it is stored, else any that is."""
        stored = [
            child
            for child in index.manifests
            if not child.is_attestation and self._store.has(child)
        ]
        best = choose(stored, Platform.host())
        return best or next(iter(stored), None)

    def _read(self, descriptor: Descriptor) -> Parts:
        with self._lock:
            parts = self._parts.get(descriptor.digest)
        if parts is not None:
            return parts
        parts = self._read_now(descriptor)
        if not parts.unreadable:  # what cannot be read now may be repaired by the next pull
            with self._lock:
                self._parts[descriptor.digest] = parts
        return parts

    def _read_now(self, descriptor: Descriptor) -> Parts:
        manifest: Manifest | None = None
        try:
            document = self._store.document(descriptor)
            if isinstance(document, Index):
                return Parts(descriptor, None, None, "An index is listed as a manifest.")
            manifest = document
            manifest.refuse_artifact()
            config = self._config(descriptor, manifest)
        except LayerscopeError as error:
            return Parts(descriptor, manifest, None, str(error))
        return Parts(descriptor, manifest, Facts(config.created, config.platform, config.diff_ids))

    def _config(self, descriptor: Descriptor, manifest: Manifest) -> ImageConfig:
        data = self._store.read(manifest.config, CONFIG_LIMIT)
        return ImageConfig.parse(data, f"The config of {descriptor.digest.short}")

    def _forget_all_but(self, digests: set[Digest]) -> None:
        with self._lock:
            for digest in self._parts.keys() - digests:
                del self._parts[digest]

"""Checking a store against itself: every blob, every document, every name."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from layerscope.engine.content.wording import display_name
from layerscope.engine.errors import BlobDamaged, BlobMissing, StoreUnreadable
from layerscope.engine.oci import Descriptor, Digest, media_types
from layerscope.engine.store.blobs import Blobs
from layerscope.engine.store.folder import Folder
from layerscope.engine.store.index import IndexDocument
from layerscope.engine.store.reach import Documents
from layerscope.engine.store.values import Finding, FindingKind, Report
from layerscope.engine.task import Progress, Task

_REPAIR = "Pull or load the image again; only what is damaged is fetched."
_RECOVER = "A repair takes the names from the last good copy."


class Inspection:
    """One run of ``verify``."""

    def __init__(self, folder: Folder, blobs: Blobs, documents: Documents, task: Task) -> None:
        self._folder = folder
        self._blobs = blobs
        self._documents = documents
        self._task = task
        self._findings: list[Finding] = []
        self._wrong: set[Digest] = set()
        self._sizes: dict[Digest, int] = {}
        self._count = 0
        self._bytes = 0

    def run(self, document: IndexDocument, damage: str, *, deep: bool) -> Report:
        if damage:
            self._add(FindingKind.INDEX, "index.json", damage, _RECOVER)
        if not self._folder.layout.is_file():
            self._add(FindingKind.LAYOUT, "oci-layout", "The file oci-layout is missing.", _RECOVER)
        self._check_files(deep=deep)
        self._check_entries(document)
        return Report(tuple(self._findings), self._count, self._bytes)

    def _check_files(self, *, deep: bool) -> None:
        found = list(self._blobs.walk())
        total = sum(status.st_size for _, digest, status in found if digest is not None)
        for path, digest, status in found:
            self._task.report(Progress(self._bytes, total, "Checking blobs"))
            if digest is None:
                sentence = f"{display_name(str(path))} is no blob."
                self._add(FindingKind.STRAY, str(path), sentence, "It may be deleted.")
            elif not stat.S_ISREG(status.st_mode):
                self._wrong.add(digest)
                sentence = f"{digest} is not a regular file."
                self._add(FindingKind.NOT_A_FILE, str(digest), sentence, _REPAIR)
            else:
                self._check_blob(digest, status.st_size, deep=deep)

    def _check_blob(self, digest: Digest, size: int, *, deep: bool) -> None:
        self._sizes[digest] = size
        self._count += 1
        try:
            if deep:
                self._blobs.rehash(digest, self._task)
        except BlobMissing:
            del self._sizes[digest]  # removed since we looked
        except BlobDamaged as error:
            self._wrong.add(digest)
            self._add(FindingKind.DIGEST, str(digest), str(error), _REPAIR)
        except StoreUnreadable as error:
            self._wrong.add(digest)
            self._add(FindingKind.INCOMPLETE_CHECK, str(digest), str(error), error.hint)
        self._bytes += size

    def _check_entries(self, document: IndexDocument) -> None:
        reached: set[Digest] = set()
        told: set[tuple[Digest, Digest]] = set()
        names: set[str] = set()
        known = True
        for entry in document.all:
            self._task.checkpoint()
            if entry.descriptor is None:
                known = False
                self._add(FindingKind.ENTRY, "index.json", entry.complaint, "")
                continue
            if entry.name.invalid:
                text = display_name(entry.name.invalid)
                sentence = f'"{text}" is not a valid name.'
                self._add(FindingKind.NAME, text, sentence, "Tag the image again.")
            if entry.name.canonical in names:
                sentence = f"{entry.name.canonical} is listed twice; the last one counts."
                self._add(FindingKind.NAME, str(entry.name.canonical), sentence, "Tag it again.")
            names.update(filter(None, [entry.name.canonical]))
            reach = self._documents.reach(entry.descriptor)
            root = entry.descriptor.digest
            if reach.unknown:
                known = False
                if root not in self._wrong and root in self._sizes:
                    self._add(FindingKind.DOCUMENT, str(root), reach.unknown, _REPAIR)
            name = entry.name.canonical or str(root)
            for blob in reach.blobs:
                reached.add(blob.digest)
                if (root, blob.digest) not in told:
                    told.add((root, blob.digest))
                    self._check_needed(blob, name, optional=blob.digest in reach.optional)
        if known:
            for digest in self._unreached(reached):
                sentence = f"{digest} belongs to no listed image."
                hint = "Prune removes it a day after it was stored."
                self._add(FindingKind.UNREFERENCED, str(digest), sentence, hint)

    def _check_needed(self, blob: Descriptor, name: str, *, optional: bool) -> None:
        if blob.digest in self._wrong:
            return
        size = self._sizes.get(blob.digest)
        if size is None:
            if not optional:
                what = _what(blob)
                sentence = f"{name} lacks {what} {blob.digest}."
                self._add(FindingKind.MISSING, str(blob.digest), sentence, _REPAIR)
        elif size != blob.size:
            sentence = f"{blob.digest} has {size:,} bytes; {name} says {blob.size:,}."
            self._add(FindingKind.SIZE, str(blob.digest), sentence, _REPAIR)

    def _unreached(self, reached: set[Digest]) -> Iterator[Digest]:
        return (digest for digest in sorted(self._sizes) if digest not in reached)

    def _add(self, kind: FindingKind, about: str, sentence: str, hint: str) -> None:
        self._findings.append(Finding(kind, about, sentence, hint))


def _what(blob: Descriptor) -> str:
    if media_types.is_layer(blob.media_type):
        return "the layer"
    if media_types.is_config(blob.media_type):
        return "the configuration"
    if media_types.is_manifest(blob.media_type) or media_types.is_index(blob.media_type):
        return "the manifest"
    return "the blob"

"""What a removal would free, to the byte: the joint closure of what is chosen, and no more."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Mapping

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.store.blobs import Blobs
from layerscope.engine.store.index import IndexDocument
from layerscope.engine.store.reach import Documents, Reach
from layerscope.engine.store.values import ImageUse, Operation, Plan, PlannedBlob, PlannedImage

GRACE = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What to remove: whole images, single names, and blobs that nothing reaches."""

    kind: Operation
    remove: tuple[Digest, ...] = ()
    untag: tuple[str, ...] = ()
    orphans: bool = False


class Holdings:
    """Which listed image reaches which blob, at one moment."""

    def __init__(self, document: IndexDocument, documents: Documents, blobs: Blobs) -> None:
        self._blobs = blobs
        self.reaches: dict[Digest, list[Reach]] = defaultdict(list)
        self.users: dict[Digest, set[Digest]] = defaultdict(set)
        self.unknown: dict[Digest | None, str] = {}
        for entry in document.all:
            if entry.descriptor is None:
                self.unknown[None] = (
                    f"An entry of the list of images is unreadable. {entry.complaint}"
                )
                continue
            root = entry.descriptor.digest
            reach = documents.reach(entry.descriptor)
            self.reaches[root].append(reach)
            for blob in reach.blobs:
                self.users[blob.digest].add(root)
            if reach.unknown:
                self.unknown[root] = reach.unknown
        self._sizes: dict[Digest, int] = {}

    def blobs_of(self, image: Digest) -> set[Digest]:
        return {blob.digest for reach in self.reaches[image] for blob in reach.blobs}

    def size(self, digest: Digest) -> int:
        """Bytes on disk, 0 if it is not there."""
        if digest not in self._sizes:
            found = self._blobs.stat(digest)
            self._sizes[digest] = found.st_size if found else 0
        return self._sizes[digest]

    def use(self) -> Mapping[Digest, ImageUse]:
        """For every listed manifest, how much it needs and how much nothing else needs."""
        return {
            image: ImageUse(
                size=sum(map(self.size, blobs)),
                unique=sum(self.size(blob) for blob in blobs if len(self.users[blob]) == 1),
            )
            for image in self.reaches
            for blobs in (self.blobs_of(image),)
        }


def plan(
    wish: Wish,
    document: IndexDocument,
    generation: str,
    holdings: Holdings,
    blobs: Blobs,
    pins: Collection[str],
) -> Plan:
    """What ``wish`` does to the store as it is.  ``pins`` are the digests that leases hold."""
    chosen = {digest for digest in wish.remove if digest in holdings.reaches}
    reached = {blob for image in chosen for blob in holdings.blobs_of(image)}
    staying = {blob for blob in reached if holdings.users[blob] - chosen}
    leased = {blob for blob in reached - staying if str(blob) in pins}
    going = {blob for blob in reached - staying - leased if blobs.stat(blob) is not None}
    stopped = tuple(
        reason for root, reason in holdings.unknown.items() if root is None or root not in chosen
    )
    if stopped:
        going = set()
    freed = [PlannedBlob(blob, holdings.size(blob)) for blob in sorted(going)]
    images = tuple(
        _planned(image, document, holdings, chosen, going)
        for image in dict.fromkeys(wish.remove)
        if image in chosen
    )
    inside = sum(item.size for item in freed) - sum(image.frees for image in images)
    if wish.orphans and not stopped:
        freed += _orphans(holdings, blobs, pins)
    return Plan(
        generation=generation,
        kind=wish.kind,
        remove=tuple(image.digest for image in images),
        untag=wish.untag,
        images=images,
        blobs=tuple(freed),
        reclaimed=sum(item.size for item in freed),
        shared_inside=inside,
        kept=sum(map(holdings.size, reached - going)),
        leased=sum(map(holdings.size, leased)),
        stopped=stopped,
    )


def complete(reach: Reach, blobs: Blobs) -> Descriptor | None:
    """The first blob that ``reach`` cannot do without and that is not stored; None if complete."""
    for blob in reach.blobs:
        if blob.digest not in reach.optional and not blobs.has(blob):
            return blob
    return None


def _planned(
    image: Digest,
    document: IndexDocument,
    holdings: Holdings,
    chosen: set[Digest],
    going: set[Digest],
) -> PlannedImage:
    blobs = holdings.blobs_of(image)
    shared = [blob for blob in blobs if holdings.users[blob] - chosen]
    others = {user for blob in shared for user in holdings.users[blob] - chosen}
    return PlannedImage(
        digest=image,
        names=document.names_of(image),
        size=sum(map(holdings.size, blobs)),
        frees=sum(holdings.size(blob) for blob in blobs & going if holdings.users[blob] == {image}),
        shared=sum(map(holdings.size, shared)),
        needed_by=tuple(sorted(others)),
    )


def _orphans(holdings: Holdings, blobs: Blobs, pins: Collection[str]) -> list[PlannedBlob]:
    """Blobs that nothing reaches or leases and that have been there for a day.

    Others put blobs first and list them last, so a young one may be on its way.  A clock that jumps
    cannot hurt running work of ours: that has leases.
    """
    now = time.time()
    return sorted(
        (
            PlannedBlob(digest, found.st_size, orphan=True)
            for digest, found in blobs.all()
            if digest not in holdings.users
            and str(digest) not in pins
            and now - found.st_mtime > GRACE
        ),
        key=lambda blob: blob.digest,
    )

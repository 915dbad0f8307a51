"""What is in the store, and in its images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerscope.engine.task import Task

from .floor import Floor

if TYPE_CHECKING:
    from layerscope.engine.library.values import (
        Browsable,
        DiskUse,
        Document,
        ImageDetail,
        Listing,
        Repaired,
        Verified,
    )


class Looking(Floor):
    """Reads; changes nothing but indexes that are made when they are missing."""

    def images(self, *, task: Task) -> Listing:
        """All images, newest first."""
        from layerscope.engine.library.listing import listing

        return listing(self._ground, task)

    def image(self, name: str, *, task: Task) -> ImageDetail:
        """One image with its layers (bottom first) and steps (newest first).  Counts are None for
        layers that were not indexed yet.  Raises ImageNotFound or AmbiguousName."""
        from layerscope.engine.library.details import detail

        return detail(self._ground, name, task)

    def document(self, name: str, which: str, *, task: Task) -> Document:
        """``which`` is index, manifest or config; BlobMissing if it is not stored."""
        from layerscope.engine.library.details import document

        return document(self._ground, name, which)

    def browse(self, name: str, *, task: Task) -> Browsable:
        """The timeline of an image, made first if need be.  Reports a TransferProgress while
        layers are indexed and a Progress while they are merged."""
        from layerscope.engine.library.browsing import browse

        return browse(self._ground, name, task)

    def read_file(
        self, name: str, layer: int, entry: int, offset: int, length: int, *, task: Task
    ) -> bytes:
        """At most ``length`` bytes of the file that ``Row.entry`` names."""
        from layerscope.engine.library.browsing import read_file

        return read_file(self._ground, name, layer, entry, offset, length, task)

    def disk_use(self, *, task: Task) -> DiskUse:
        """Bytes on disk by how they are shared, of the whole store."""
        from layerscope.engine.library.listing import listing

        return listing(self._ground, task).disk

    def verify(self, *, task: Task) -> Verified:
        """Read every blob of the store and compare it with its digest.  Reports Progress."""
        from layerscope.engine.library.checking import verify

        return verify(self._ground, task)

    def repair(self, *, task: Task) -> Repaired:
        """Make a damaged list of images whole: names come from the last good copy, and complete
        images that have lost theirs are listed untagged.  A list that can be read stays as it is.
        StoreReadOnly where nothing may be written."""
        from layerscope.engine.library.checking import repair

        return repair(self._ground, task)

    def generation(self) -> str:
        """Text that differs whenever the listing may differ.  Never raises and takes no time."""
        return self._ground.generation()

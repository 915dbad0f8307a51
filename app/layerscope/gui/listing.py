"""The newest list of the store's images, read again whenever the store has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from layerscope.engine.library.values import ImageRow, Listing

if TYPE_CHECKING:
    from layerscope.gui.jobs import Job, Jobs


class Images(QObject):
    """``listing`` is None until the worker has answered once; an error keeps the old list."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.listing: Listing | None = None
        self.error: Exception | None = None
        self._jobs = jobs
        self._job: Job | None = None
        self._again = False
        jobs.store_changed.connect(self.refresh)

    @property
    def rows(self) -> tuple[ImageRow, ...]:
        return self.listing.images if self.listing else ()

    def refresh(self) -> None:
        """Ask for the list; while an answer is awaited, one more request waits behind it."""
        if self._job is not None:
            self._again = True
            return
        self._job = self._jobs.start("images")
        self._job.succeeded.connect(self._take)
        self._job.failed.connect(self._complain)
        self._job.finished.connect(self._end)

    def start_over(self) -> None:
        """Another store is shown: forget the list and ask for the new one."""
        self.listing = self.error = None
        self.changed.emit()
        self.refresh()

    def named(self, name: str) -> ImageRow | None:
        """The image that a reference (familiar or canonical), image ID or digest means."""
        for row in self.rows:
            if name in row.references or name in row.familiar:
                return row
        plain = name.removeprefix("sha256:")
        for row in self.rows:
            if len(plain) >= 7 and any(
                one.hex.startswith(plain) for one in (row.image_id, row.digest)
            ):
                return row
        return None

    def _take(self, listing: object) -> None:
        assert isinstance(listing, Listing)
        self.error = None
        self.listing = listing
        self.changed.emit()

    def _complain(self, error: Exception) -> None:
        self.error = error
        self.failed.emit(error)

    def _end(self) -> None:
        self._job = None
        if self._again:
            self._again = False
            self.refresh()


def title(row: ImageRow) -> str:
    """What to call an image in a sentence: its first name as people write it, or its short ID."""
    return row.familiar[0] if row.familiar else row.image_id.short


def address(row: ImageRow) -> str:
    """What the library finds exactly this image by."""
    return row.references[0] if row.references else str(row.digest)

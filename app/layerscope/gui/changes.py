"""Changes to the store that a person asks for, and the words about how they ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from layerscope.engine.library.values import (
    Emptied,
    ImageRow,
    Loaded,
    Removal,
    TagChange,
    size_text,
)
from layerscope.engine.oci import Reference
from layerscope.gui.listing import Images
from layerscope.gui.notices import notice
from layerscope.gui.plain import display

if TYPE_CHECKING:
    from layerscope.gui.giving.giving import Giving
    from layerscope.gui.jobs import Jobs
    from layerscope.gui.toasts import Toasts
    from layerscope.gui.transfers.transfers import Transfers


class Changes(QObject):
    """Starts jobs and tells their ends by toasts; every change that can be undone offers it."""

    loaded = Signal(str)  #: an image that can be opened by this name

    def __init__(
        self,
        jobs: Jobs,
        images: Images,
        toasts: Toasts,
        transfers: Transfers,
        giving: Giving,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._jobs = jobs
        self._images = images
        self._toasts = toasts
        self._transfers = transfers
        self._giving = giving
        self._window = window

    # Into the store

    def choose_archive(self) -> None:
        kinds = self.tr("Image archives (*.tar *.tar.gz *.tgz *.tar.zst *.tar.xz *.tar.bz2)")
        everything = self.tr("All files (*)")
        paths, _kind = QFileDialog.getOpenFileNames(
            self._window, self.tr("Load archives"), "", f"{kinds};;{everything}"
        )
        self.load(paths)

    def choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self._window, self.tr("Open OCI layout folder"))
        if path:
            self.load([path])

    def load(self, paths: Sequence[str]) -> None:
        """One archive is shown before it is loaded; several were chosen on purpose."""
        if len(paths) == 1:
            self._giving.load(paths[0])
            return
        for path in paths:
            self._transfers.start_load(path)

    def load_sample(self) -> None:
        """The image that comes with the program; it is opened when it is there."""
        job = self._jobs.start("load_sample")
        job.succeeded.connect(self._sample_loaded)
        job.failed.connect(self.complain)

    # Names

    def tag(self, row: ImageRow) -> None:
        from layerscope.gui.dialogs.tag import TagSheet

        TagSheet(self._window, self._jobs, self._images, row, self._tagged).appear()

    def untag(self, reference: str) -> None:
        """Take one name away while the image keeps another; no question, but an undo."""
        job = self._jobs.start("untag", reference)
        job.succeeded.connect(self._untagged)
        job.failed.connect(self.complain)

    # Out of the store

    def remove(self, rows: list[ImageRow]) -> None:
        from layerscope.gui.dialogs.remove import RemoveSheet

        if rows:
            RemoveSheet(self._window, self._jobs, rows, self.removed).appear()

    def prune(self) -> None:
        from layerscope.gui.dialogs.prune import PruneSheet

        PruneSheet(self._window, self._jobs, self.removed).appear()

    def undo(self) -> None:
        self._toasts.end_undo()
        job = self._jobs.start("undo")
        job.succeeded.connect(self._undone)
        job.failed.connect(self.complain)

    def redo(self) -> None:
        job = self._jobs.start("redo")
        job.succeeded.connect(self._redone)
        job.failed.connect(self.complain)

    def trash(self) -> None:
        from layerscope.gui.dialogs.trash import TrashSheet

        TrashSheet(self._window, self._jobs, self._undone, self._emptied).appear()

    def verify(self) -> None:
        from layerscope.gui.dialogs.verify import VerifySheet

        VerifySheet(self._window, self._jobs).appear()

    # How it ended

    def removed(self, removal: Removal) -> None:
        """Say what a removal or prune has freed."""
        if removal.reclaimed:
            words = self._freed(removal.reclaimed)
        elif len(removal.untagged) == 1:
            words = self.tr("Removed tag %s.") % _familiar(removal.untagged[0])
        else:
            words = self.tr("Removed %n image(s).", "", max(1, len(removal.untagged)))
        self._toast_undo(words, bool(removal.operation))

    def complain(self, error: Exception) -> None:
        """A toast for a failure that has no place of its own."""
        words = notice(error)
        text = f"{words.title} {words.text}".strip()
        self._toasts.add(text, tone="err")

    def _tagged(self, change: TagChange) -> None:
        name = _familiar(change.reference)
        if change.moved_from is None:
            words = self.tr("Added tag %s.") % name
        elif change.left_untagged:
            words = self.tr("Moved tag %s. The image it left is untagged now.") % name
        else:
            words = self.tr("Moved tag %s.") % name
        self._toast_undo(words, bool(change.operation))

    def _untagged(self, removal: Removal) -> None:
        name = _familiar(removal.untagged[0]) if removal.untagged else ""
        words = self.tr("Removed tag %s.") % name
        row = self._images.named(removal.untagged[0]) if removal.untagged else None
        rest = [one for one in row.familiar if one != name] if row else []
        if rest:
            words += " " + self.tr("The image keeps the tag %s.") % display(rest[0])
        self._toast_undo(words, bool(removal.operation))

    def _undone(self, removal: Removal) -> None:
        self._toasts.add(self.tr("Undone. The images and tags are back."))

    def _redone(self, removal: Removal) -> None:
        words = self.tr("Done again.")
        if removal.reclaimed:
            words = self._freed(removal.reclaimed)
        self._toast_undo(words, bool(removal.operation))

    def _emptied(self, emptied: Emptied) -> None:
        self._toasts.end_undo()
        self._toasts.add(self.tr("%s given back to the disk.") % size_text(emptied.bytes))
        self._images.refresh()  # what could be undone has changed, the list of images has not

    def _freed(self, size: int) -> str:
        return self.tr("Freed %s. The trash keeps it for 24 hours.") % size_text(size)

    def _sample_loaded(self, loaded: object) -> None:
        assert isinstance(loaded, tuple)
        for one in loaded:
            assert isinstance(one, Loaded)
            self.loaded.emit(one.reference or str(one.digest))
            return

    def _toast_undo(self, words: str, undoable: bool) -> None:
        if undoable:
            self._toasts.add_undoable(words, self.undo)
        else:
            self._toasts.add(words)


def _familiar(reference: str) -> str:
    return display(Reference.parse(reference).familiar)

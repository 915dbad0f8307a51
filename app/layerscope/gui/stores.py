"""Which store the window shows: the one that was chosen last, and how to choose another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QFileDialog

from layerscope.gui.plain import display

if TYPE_CHECKING:
    from layerscope.gui.settings import Settings
    from layerscope.gui.window import MainWindow

_KEY = "store.folder"


class Stores(QObject):
    """For one window.  The choice is remembered; ``--store`` goes before it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def choose(self) -> None:
        """Ask for a folder and show the store in it; an empty folder becomes one."""
        if self._window.transfers.active:
            words = self.tr("Transfers are running. Cancel them or wait, then choose a store.")
            self._window.toast(words, tone="err")
            return
        title = self.tr("Choose an image store, or an empty folder for a new one")
        folder = QFileDialog.getExistingDirectory(self._window, title)
        if folder:
            self.show(Path(folder))

    def show(self, folder: Path) -> None:
        """Leave the present store and read this one."""
        window = self._window
        window.settings.put(_KEY, str(folder))
        window.toasts.end_undo()
        window.jobs.change_store(folder)
        window.places.start_over()
        window.images.start_over()


def remembered(settings: Settings) -> tuple[Path | None, str]:
    """The store that was chosen last, None for the one of this user; and a sentence if the folder
    that was chosen is gone.  That one is not forgotten: its disk may be back the next time."""
    kept = settings.value(_KEY, "")
    if not kept:
        return None, ""
    folder = Path(kept)
    if folder.is_dir():
        return folder, ""
    words = "The store %s is not there. This is the one of your user."
    return None, QCoreApplication.translate("Stores", words) % display(kept)

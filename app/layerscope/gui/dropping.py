"""Archives and layout folders that are dropped onto the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from layerscope.gui.plain import display

if TYPE_CHECKING:
    from layerscope.gui.changes import Changes
    from layerscope.gui.statusbar import StatusBar


class Dropping(QObject):
    """Says in the status bar what a drop would do, and loads what was dropped."""

    def __init__(self, changes: Changes, status: StatusBar, parent: QObject) -> None:
        super().__init__(parent)
        self._changes = changes
        self._status = status

    def enter(self, event: QDragEnterEvent) -> None:
        paths = _local_paths(event)
        if not paths:
            self._status.say(self.tr("Only archives and OCI layout folders can be dropped here."))
            event.ignore()
            return
        event.acceptProposedAction()
        if len(paths) == 1:
            name = display(paths[0].rstrip("/").rpartition("/")[2])
            self._status.say(self.tr("Drop to load %s into the store.") % name)
        else:
            self._status.say(self.tr("Drop to load %n archive(s).", "", len(paths)))

    def leave(self) -> None:
        self._status.say("")

    def drop(self, event: QDropEvent) -> None:
        self._status.say("")
        self._changes.load(_local_paths(event))
        event.acceptProposedAction()


def _local_paths(event: QDragEnterEvent | QDropEvent) -> list[str]:
    return [one.toLocalFile() for one in event.mimeData().urls() if one.isLocalFile()]

"""The filter of the file list: typed text and change chips become one question to the reader."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from layerscope.engine.errors import BadInput
from layerscope.engine.rootfs import Matches, Query, Timeline, View
from layerscope.gui.image.reader import Reader

LIMIT = 500  #: matches that get rows: more would keep a keystroke waiting


class FileFilter(QObject):
    """``found`` tells the Matches of the newest filter, or None when there is none any more;
    ``refused`` why a filter cannot be read, empty once it can."""

    found = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.changes: frozenset[str] = frozenset()
        self._reader: Reader | None = None
        self._view = View(0)

    @property
    def active(self) -> bool:
        return bool(self.text.strip() or self.changes)

    def look_into(self, reader: Reader | None, view: View) -> None:
        """Use another timeline or view; asks again if a filter is set."""
        self._reader = reader
        self._view = view
        if self.active:
            self._ask()

    def set_text(self, text: str) -> None:
        self.text = text
        self._ask()

    def set_changes(self, letters: frozenset[str]) -> None:
        self.changes = letters
        self._ask()

    def _ask(self) -> None:
        reader = self._reader
        if not self.active or reader is None:
            if reader is not None:
                reader.forget("filter")
            self.refused.emit("")
            self.found.emit(None)
            return
        try:
            query = Query.parse(self._written())
        except BadInput as error:
            reader.forget("filter")
            self.refused.emit(" ".join(filter(None, (str(error), error.hint))))
            return
        self.refused.emit("")
        reader.ask("filter", partial(_matching, query, self._view), self.found.emit)

    def _written(self) -> str:
        letters = "".join(sorted(self.changes))
        return " ".join(filter(None, (f"change:{letters}" if letters else "", self.text.strip())))


def _matching(query: Query, view: View, timeline: Timeline) -> Matches:
    return timeline.matching(query, view, LIMIT)

"""Lets the palette ask the page of the open image: for its files, its layers, and to go there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import BadInput
from layerscope.engine.library.values import LayerRow
from layerscope.engine.rootfs import Query, Timeline, View
from layerscope.gui.image.page import ImagePage
from layerscope.gui.image.reader import Reader
from layerscope.gui.listing import title

_CHOICE = 20  #: how many times as many files are looked at as are shown


@dataclass(frozen=True, slots=True)
class _Wish:
    reader: Reader
    text: str
    limit: int
    view: View


@dataclass(frozen=True, slots=True)
class _Known:
    wish: _Wish
    files: Sequence[tuple[bytes, int]]


class PageOfImage(QObject):
    """The open image as ``palette.entries.OpenImage``; finds nothing while it is being read."""

    changed = Signal()  #: more can be found than before, or ``waiting`` says something else

    def __init__(self, page: ImagePage, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._share: float | None = None
        self._asked: _Wish | None = None
        self._known: _Known | None = None
        browsing = page.files.browsing
        browsing.progressed.connect(self._note)
        browsing.failed.connect(self._failed)
        for signal in (browsing.ready, browsing.stopped):
            signal.connect(self.changed)

    @property
    def title(self) -> str:
        return title(self._page.row) if self._page.row is not None else self._page.name

    @property
    def waiting(self) -> str:
        browsing = self._page.files.browsing
        if browsing.timeline is not None or (self._page.row is not None and not browsing.busy):
            return ""
        return self.tr("a moment…") if self._share is None else f"{self._share * 100:.0f} %"

    def _note(self, _words: str, share: float | None) -> None:
        before, self._share = self.waiting, share
        if self.waiting != before:
            self.changed.emit()

    @property
    def searching(self) -> bool:
        """Whether ``changed`` will tell that what was asked for last has been found."""
        return self._asked is not None

    def find_files(self, text: str, limit: int) -> Sequence[tuple[bytes, int]]:
        """None at first; they are looked for beside the window, and then ``changed``."""
        reader = self._page.files.browsing.reader
        if reader is None or self._page.files.browsing.timeline is None:
            self._asked = None
            return ()
        view = self._page.files.view
        wish = _Wish(reader, text, limit, View(view.as_of, view.baseline))
        if self._known is not None and self._known.wish == wish:
            return self._known.files
        if wish != self._asked:
            self._asked = wish
            reader.ask("palette", partial(_found, text, limit, wish.view), self._arrived)
        return ()

    def _arrived(self, files: object) -> None:
        wish, self._asked = self._asked, None
        if wish is not None:
            self._known = _Known(wish, files if isinstance(files, list) else [])
            self.changed.emit()

    def _failed(self) -> None:
        """Nobody knows which question it was, and no answer to it will come."""
        if self._asked is None:
            self.changed.emit()
        else:
            self._arrived([])

    def reveal(self, path: bytes) -> None:
        self._page.show_path(path)

    def layer_rows(self) -> Sequence[LayerRow]:
        return self._page.detail.layers if self._page.detail is not None else ()

    def select_layer(self, number: int) -> None:
        self._page.show_layer(number)


def _found(text: str, limit: int, view: View, timeline: Timeline) -> list[tuple[bytes, int]]:
    try:
        matches = timeline.matching(Query.parse(text), view, limit * _CHOICE)
    except BadInput:  # half a word of the filter's language: nothing to find yet
        return []
    wanted = text.encode("utf-8", "surrogateescape").lower()
    found = [
        (timeline.path(row.node), row.origin) for row in matches.rows if row.node in matches.found
    ]
    return sorted(found, key=lambda one: _distance(one[0], wanted))[:limit]


def _distance(path: bytes, wanted: bytes) -> tuple[int, int, bytes]:
    """Names that are what was typed come first, then those that begin so; short paths first."""
    name = path.rpartition(b"/")[2].lower()
    rank = 0 if name == wanted else 1 if name.startswith(wanted) else 2
    return rank, len(path), path

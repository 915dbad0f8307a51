"""The left side before a search: what was searched for lately, and six official bases."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from layerscope.gui import paint, sizes
from layerscope.gui.plain import button, display, in_menu, plain, tooltip

#: Small, official, and what most images are built on.
BASES = ("debian", "ubuntu", "alpine", "python", "node", "nginx")
_COLUMNS = 3
_WIDEST = 112  #: of the text on a button, in pixels
_MIDDLE = Qt.TextElideMode.ElideMiddle


class StartPanel(QWidget):
    """Cards that search when pressed."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._searched = _Recent(self.tr("Recent searches"), "history")
        self._pulled = _Recent(self.tr("Recently pulled"), "download")
        self._searched.chosen.connect(self.chosen)
        self._pulled.chosen.connect(self.chosen)
        bases = QGridLayout()
        bases.setSpacing(sizes.GAP_S)
        for place, name in enumerate(BASES):
            card = button(name, "package")
            card.setMinimumHeight(44)
            card.setAccessibleName(self.tr("Search for {0}").format(name))
            card.clicked.connect(partial(self.chosen.emit, name))
            bases.addWidget(card, place // 3, place % 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, sizes.GAP_S, 2, 0)
        column.setSpacing(sizes.GAP_S)
        column.addWidget(self._searched)
        column.addWidget(self._pulled)
        column.addWidget(plain(self.tr("Official bases on Docker Hub"), 11.5, 600, "tx3"))
        column.addLayout(bases)
        column.addStretch(1)

    def show_recent(self, searched: Sequence[str], pulled: Sequence[str]) -> None:
        """What was searched for lately, and references that were pulled."""
        self._searched.show_texts(searched)
        self._pulled.show_texts(pulled)


class _Recent(QWidget):
    """A heading and buttons below it, three to a line; hidden while there are none."""

    chosen = Signal(str)

    def __init__(self, heading: str, icon: str) -> None:
        super().__init__()
        self._icon = icon
        self._grid = QGridLayout()
        self._grid.setSpacing(sizes.GAP_S)
        for number in range(_COLUMNS):
            self._grid.setColumnStretch(number, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, sizes.GAP_S)
        column.setSpacing(sizes.GAP_S)
        column.addWidget(plain(heading, 11.5, 600, "tx3"))
        column.addLayout(self._grid)
        self.hide()

    def show_texts(self, texts: Sequence[str]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if isinstance(widget, QPushButton):
                widget.hide()
                widget.deleteLater()
        for place, text in enumerate(texts):
            words = paint.elided(display(text), paint.font(13, 500), _WIDEST, _MIDDLE)
            one = button(in_menu(words), self._icon)
            one.setAccessibleName(display(text))
            one.setToolTip(tooltip(display(text)))
            one.clicked.connect(partial(self.chosen.emit, text))
            self._grid.addWidget(one, place // _COLUMNS, place % _COLUMNS)
        self.setVisible(bool(texts))


class NothingChosen(QWidget):
    """The right side before anything is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = plain(
            self.tr("Choose a repository to see its tags, and what a pull would fetch."),
            13,
            tone="tx3",
            wrap=True,
        )
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.addWidget(words)

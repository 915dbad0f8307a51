"""The left side before a search: what was searched for lately, and six official bases."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from layerscope.gui import sizes
from layerscope.gui.plain import button, display, in_menu, plain

#: Small, official, and what most images are built on.
BASES = ("debian", "ubuntu", "alpine", "python", "node", "nginx")


class StartPanel(QWidget):
    """Cards that search when pressed."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recent_title = plain(self.tr("Recent searches"), 11.5, 600, "tx3")
        self._recent = QHBoxLayout()
        self._recent.setSpacing(sizes.GAP_S)
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
        column.addWidget(self._recent_title)
        column.addLayout(self._recent)
        column.addSpacing(sizes.GAP_S)
        column.addWidget(plain(self.tr("Official bases on Docker Hub"), 11.5, 600, "tx3"))
        column.addLayout(bases)
        column.addStretch(1)

    def show_recent(self, texts: Sequence[str]) -> None:
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if isinstance(widget, QPushButton):
                widget.deleteLater()
        for text in texts:
            one = button(in_menu(display(text)), "history")
            one.clicked.connect(partial(self.chosen.emit, text))
            self._recent.addWidget(one)
        self._recent.addStretch(1)
        self._recent_title.setVisible(bool(texts))


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

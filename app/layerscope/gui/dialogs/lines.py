"""The list of a sheet: lines one below the other, which scroll when there are many."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from layerscope.gui.dialogs.sheet import scroll_upright

_EDGE = 4  #: so that the last line is not cut


class Lines(QScrollArea):
    """As high as what is in it at its width, up to ``highest``; hidden while there is nothing.
    ``right`` is the room that is left free for the scroll bar."""

    def __init__(self, highest: int, spacing: int, right: int = 0) -> None:
        super().__init__()
        self._highest = highest
        self._inner = QWidget()
        self._column = QVBoxLayout(self._inner)
        self._column.setContentsMargins(0, 0, right, 0)
        self._column.setSpacing(spacing)
        scroll_upright(self, self._inner)
        self.hide()

    def take(self, lines: Sequence[QWidget]) -> None:
        """Show these in place of those that were there."""
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.setParent(None)
                old.deleteLater()
        for line in lines:
            self._column.addWidget(line)
            line.show()  # or the layout would leave it out of the height for now
        self._column.addStretch(1)
        self.setVisible(bool(lines))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        # The hint of a label that wraps is for some width that it would like.
        column, width = self._column, self.viewport().width()
        wraps = column.hasHeightForWidth()
        needed = column.heightForWidth(width) if wraps else column.sizeHint().height()
        self.setFixedHeight(min(self._highest, needed + _EDGE))

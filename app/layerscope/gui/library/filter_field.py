"""The field above the library that keeps only images whose name or ID contains a text."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from layerscope.gui import icons


class FilterField(QLineEdit):
    """Escape empties it and goes back to the list; Down and Enter go to the list."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText(self.tr("Filter images  ( / )"))
        self.setAccessibleName(self.tr("Filter images"))
        self.setClearButtonEnabled(True)
        self.setMaxLength(1024)
        self.setFixedHeight(30)
        self.setMinimumWidth(150)
        self.setMaximumWidth(280)
        leading = QLineEdit.ActionPosition.LeadingPosition
        self.addAction(icons.icon("list-filter", "tx3"), leading)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape:
                self.clear()
                self.left.emit()
            case Qt.Key.Key_Down | Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.left.emit()
            case _:
                super().keyPressEvent(event)

"""The palette's field: what is typed, and beside it which first letters mean what."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from layerscope.gui import icons, paint
from layerscope.gui.plain import plain


class PaletteField(QLineEdit):
    """The hint gives way when the text needs its room."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setFixedHeight(42)
        self.setFont(paint.font(15))
        self.setMaxLength(1024)
        self.setPlaceholderText(self.tr("Search images, files, tags or run a command"))
        self.setAccessibleName(self.tr("Command palette"))
        self.addAction(icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._kinds = plain(
            self.tr(">  commands   #  layers   @  images   /  files   ?  help"),
            11.5,
            tone="tx3",
            parent=self,
        )
        self._kinds.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleDescription(self._kinds.text())
        self.textChanged.connect(self._make_room)

    @property
    def at_start(self) -> bool:
        """Whether Home has nowhere to go inside the text."""
        return self.cursorPosition() == 0

    @property
    def at_end(self) -> bool:
        return self.cursorPosition() == len(self.text())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        hint = self._kinds.sizeHint()
        left = self.width() - hint.width() - 14
        text = self.text() or self.placeholderText()
        self._kinds.setGeometry(left, (self.height() - hint.height()) // 2, *hint.toTuple())
        self._kinds.setVisible(paint.text_width(text, self.font()) + 56 < left)

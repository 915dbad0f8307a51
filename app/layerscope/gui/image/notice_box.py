"""What a pane shows in place of its content: waiting, empty, or an error with what to do."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from layerscope.gui import paint, theme
from layerscope.gui.plain import button, plain, retone


class NoticeBox(QWidget):
    """A title, a sentence, perhaps a bar of progress, and at most two buttons.

    ``pressed`` tells the number of the button, 0 for the first.
    """

    pressed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = Picture()
        self._title = plain("", 14, 600, wrap=True)
        self._words = plain("", 12.5, tone="tx2", wrap=True)
        self._bar = Bar()
        self._buttons: tuple[QPushButton, QPushButton] = (button(""), button(""))
        for number, one in enumerate(self._buttons):
            one.setProperty("number", number)
            one.clicked.connect(self._clicked)
        self._lay_out()
        for one in self._buttons:
            one.hide()

    @property
    def text(self) -> str:
        """Title and sentence, as a person reads them."""
        return f"{self._title.text()} {self._words.text()}".strip()

    def tell(
        self,
        title: str,
        words: str = "",
        buttons: tuple[str, ...] = (),
        icon: str = "",
        tone: str = "tx",
    ) -> None:
        """Show this and no progress."""
        self._title.setText(title)
        retone(self._title, tone)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._icon.show_icon(icon, tone)
        self._bar.hide()
        for number, one in enumerate(self._buttons):
            one.setVisible(number < len(buttons))
            if number < len(buttons):
                one.setText(buttons[number])
        self.setAccessibleName(self.text)

    def show_progress(self, share: float | None) -> None:
        """``share`` is 0 to 1, None where nobody knows."""
        self._bar.show_share(share)
        self._bar.show()

    def _clicked(self) -> None:
        sender = self.sender()
        self.pressed.emit(int(sender.property("number")))

    def _lay_out(self) -> None:
        lines = QVBoxLayout(self)
        lines.setContentsMargins(40, 24, 40, 40)
        lines.setSpacing(10)
        lines.addStretch(2)
        lines.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            lines.addWidget(label)
        lines.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.addStretch(1)
        for one in self._buttons:
            row.addWidget(one)
        row.addStretch(1)
        lines.addSpacing(4)
        lines.addLayout(row)
        lines.addStretch(3)


class Picture(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._tone = "tx3"
        self.setFixedSize(32, 32)
        theme.changed.connect(self.update)

    def show_icon(self, name: str, tone: str) -> None:
        self._name = name
        self._tone = tone if tone in ("err", "warn") else "tx3"
        self.setVisible(bool(name))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._name:
            painter = QPainter(self)
            colour = theme.current().colour(self._tone)
            paint.draw_icon(painter, self._name, QRectF(self.rect()), colour, 1.5)


class Bar(QWidget):
    """A bar of progress; hatched while nobody knows how far it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share: float | None = None
        self.setFixedSize(280, 6)
        theme.changed.connect(self.update)

    def show_share(self, share: float | None) -> None:
        self._share = share
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(280, 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(self.rect())
        paint.draw_bar(painter, box, self._share or 0.0, look.acc)
        if self._share is None:
            paint.draw_hatch(painter, box, look.acc)

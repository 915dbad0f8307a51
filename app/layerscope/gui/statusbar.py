"""The bar at the bottom: where the store is, what it holds, what is moving right now."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from layerscope.engine.library.values import Listing, size_text
from layerscope.gui import paint, sizes, theme
from layerscope.gui.plain import display, plain, tooltip


class StatusBar(QWidget):
    """``activity`` is the button at the right; the window decides what its click does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(sizes.STATUSBAR)
        self.setAccessibleName(self.tr("Status"))
        self._store = plain(self.tr("Store"), 12, tone="tx2")
        self._counts = plain("", 12, tone="tx2")
        self._message = plain("", 12, 500, tone="tx")
        self._passing = QTimer(self)
        self._passing.setSingleShot(True)
        self._passing.timeout.connect(self._say_no_more)
        self.activity = Activity()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(32, 1, 12, 0)
        layout.setSpacing(18)
        layout.addWidget(self._store)
        layout.addWidget(self._counts)
        layout.addWidget(self._message)
        layout.addStretch(1)
        layout.addWidget(self.activity)
        theme.changed.connect(self.update)

    def show_listing(self, listing: Listing | None) -> None:
        """Where the store is and what it holds; nothing while that is not known."""
        if listing is None:
            self._store.setText(self.tr("Store"))
            self._store.setToolTip("")
            self._counts.setText("")
            return
        disk = listing.disk
        path = _at_home(disk.path)
        self._store.setText(self.tr("Store  %s") % display(path))
        self._store.setToolTip(tooltip(display(disk.path)))
        saved = max(0, disk.if_not_shared - disk.on_disk)
        parts = [
            self.tr("%n image(s)", "", len(listing.images)),
            self.tr("%n layer(s)", "", disk.layers),
            self.tr("%s on disk") % size_text(disk.on_disk),
        ]
        if saved:
            parts.append(self.tr("%s saved by sharing") % size_text(saved))
        self._counts.setText(" · ".join(parts))

    def say(self, text: str) -> None:
        """Words in place of the counts, such as what a drop would do; empty takes them away."""
        self._passing.stop()
        self._message.setText(text)
        self._counts.setVisible(not text)

    def remark(self, text: str) -> None:
        """``say`` it for as long as a toast would stay."""
        self.say(text)
        self._passing.start(sizes.TOAST)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.win)
        painter.fillRect(0, 0, self.width(), 1, look.line)
        paint.draw_icon(painter, "hard-drive", QRectF(12, 7, 14, 14), look.tx3)

    def _say_no_more(self) -> None:
        self.say("")


class Activity(QAbstractButton):
    """The newest running transfer in one line; a click opens the drawer."""

    def __init__(self) -> None:
        super().__init__()
        self._title = ""
        self._detail = ""
        self._fraction: float | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(sizes.STATUSBAR - 3)
        self.hide()

    def tell(self, title: str, fraction: float | None, detail: str) -> None:
        """``fraction`` is 0 to 1, None while it is not known."""
        self._title, self._fraction, self._detail = title, fraction, detail
        self.setAccessibleName(f"{title} {detail}".strip())
        self.setToolTip(tooltip(self.tr("Show transfers")))
        self.updateGeometry()
        self.setVisible(bool(title))
        self.update()

    def sizeHint(self) -> QSize:
        title = paint.text_width(self._title, paint.font(12, 500))
        detail = paint.text_width(self._detail, paint.font(12))
        return QSize(int(min(title, 320) + detail + 162), sizes.STATUSBAR - 3)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        height = self.height()
        paint.draw_icon(painter, "download", QRectF(2, (height - 14) / 2, 14, 14), look.acc)
        used = paint.font(12, 500)
        wide = min(320.0, paint.text_width(self._title, used) + 2)
        paint.draw_text(painter, QRectF(22, 0, wide, height), self._title, used, look.tx)
        bar = QRectF(22 + wide + 12, height / 2 - 2.5, 110, 5)
        if self._fraction is None:
            paint.draw_bar(painter, bar, 0, look.acc, look.line2)
            paint.draw_hatch(painter, bar, look.acc, 5)
        else:
            paint.draw_bar(painter, bar, self._fraction, look.acc, look.line2)
        rest = QRectF(bar.right() + 10, 0, self.width() - bar.right() - 10, height)
        paint.draw_text(painter, rest, self._detail, paint.font(12), look.tx2)
        if self.hasFocus():
            paint.draw_round(painter, QRectF(self.rect()), 5, None, look.acc, sizes.FOCUS_RING)


def _at_home(path: str) -> str:
    home = str(Path.home())
    return f"~{path[len(home) :]}" if home != "/" and path.startswith(f"{home}/") else path

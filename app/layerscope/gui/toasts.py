"""Toasts: one sentence about what has just happened, with one thing to do about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QEnterEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from layerscope.gui import paint, sizes, theme
from layerscope.gui.plain import button, icon_button, plain

_MOST = 3
_MOVED = (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Move, QEvent.Type.Resize)


class Toast(QWidget):
    """One sentence for 8 s; the clock stands while the pointer or the focus is on it."""

    def __init__(
        self,
        text: str,
        action: str,
        act: Callable[[], None] | None,
        tone: str,
        parent: QWidget,
        icon: str = "",
    ) -> None:
        super().__init__(parent)
        self._act = act
        self._does: QPushButton | None = None
        self._label = plain(text, 13, 500, wrap=True)
        self._label.setMaximumWidth(520)
        wide = paint.text_width(text, paint.font(13, 500)) + 4
        self._label.setMinimumWidth(int(min(400, wide)))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 9, 8, 9)
        layout.setSpacing(10)
        mark = _Mark({"ok": "circle-check", "err": "circle-alert"}.get(tone, "info"), tone, self)
        layout.addWidget(mark)
        layout.addWidget(self._label, 1)
        if action and act is not None:
            self._does = button(action, icon)
            self._does.clicked.connect(self._do)
            layout.addWidget(self._does)
        close = icon_button("x", self.tr("Close this message"), side=28)
        close.clicked.connect(self.leave)
        layout.addWidget(close)
        self.setAccessibleName(text)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._maybe_leave)
        self._clock.start(sizes.TOAST)

    @property
    def text(self) -> str:
        return self._label.text()

    def forget_action(self) -> None:
        """Only the sentence stays: what could be done about it cannot be done any more."""
        self._act = None
        if self._does is not None:
            self._does.hide()

    def leave(self) -> None:
        self._clock.stop()
        self.hide()
        self.setParent(None)
        self.deleteLater()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._clock.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._clock.start(sizes.TOAST)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(self.rect()).adjusted(0, 0, 0, 0)
        paint.draw_round(painter, box, sizes.RADIUS_CARD, look.surf, look.line2)

    def _maybe_leave(self) -> None:
        focus = self.focusWidget()
        if focus is not None and focus.hasFocus():
            self._clock.start(sizes.TOAST)
        else:
            self.leave()

    def _do(self) -> None:
        act, self._act = self._act, None
        self.leave()
        if act is not None:
            act()


class Toasts(QWidget):
    """The pile of toasts at the bottom left of its parent, newest lowest.

    The parent calls ``place`` when it is resized.
    """

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(sizes.GAP_S)
        self.log: list[str] = []
        self._below: QWidget | None = None
        self._undoable: Toast | None = None
        self.hide()

    def add_undoable(self, text: str, undo: Callable[[], None], tone: str = "ok") -> Toast:
        """A toast with Undo.  Undo takes the newest change back, so older offers end."""
        self.end_undo()
        toast = self.add(text, self.tr("Undo"), undo, tone, "undo-2")
        self._undoable = toast
        return toast

    def end_undo(self) -> None:
        """Nothing that is on the screen can be undone any more."""
        if self._undoable is not None and isValid(self._undoable):
            self._undoable.forget_action()
        self._undoable = None

    def add(
        self,
        text: str,
        action: str = "",
        act: Callable[[], None] | None = None,
        tone: str = "ok",
        icon: str = "",
    ) -> Toast:
        self.log = [*self.log[-199:], text]
        while self._layout.count() >= _MOST:
            oldest = self._layout.itemAt(0)
            widget = oldest.widget() if oldest else None
            if not isinstance(widget, Toast):
                break
            widget.leave()
        toast = Toast(text, action, act, tone, self, icon)
        self._layout.addWidget(toast)
        toast.show()
        self.show()
        self.raise_()
        self.place()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(toast, text))
        return toast

    def keep_above(self, widget: QWidget) -> None:
        """Leave this part of the host free while it is shown."""
        self._below = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._below and event.type() in _MOVED:
            QTimer.singleShot(0, self, self.place)
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.place()
        return super().event(event)

    def place(self) -> None:
        """Take the size that the toasts need, above the status bar."""
        if not any(isinstance(one, Toast) for one in self.children()):
            self.hide()
            return
        host, hint = self._host, self._layout.sizeHint()
        width = min(hint.width(), host.width() - 2 * sizes.GAP_L - sizes.RAIL)
        self.resize(width, max(hint.height(), self._layout.heightForWidth(width)))
        below = host.height() - sizes.STATUSBAR - sizes.GAP_L
        if self._below is not None and self._below.isVisible():
            below = self._below.mapTo(host, QPoint(0, 0)).y() - sizes.GAP_S
        self.move(QPoint(sizes.RAIL + sizes.GAP_L, below - self.height()))


class _Mark(QWidget):
    def __init__(self, icon: str, tone: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = icon
        self._tone = tone if tone in ("ok", "warn", "err") else "tx2"
        self.setFixedSize(18, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colour = theme.current().colour(self._tone)
        paint.draw_icon(painter, self._icon, QRectF(self.rect()), colour)

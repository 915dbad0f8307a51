"""The sheet every dialog is: a card over the dimmed window that keeps the focus inside."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from layerscope.gui import icons, paint, sizes, theme
from layerscope.gui.plain import plain

_SHADOW = 14


class Sheet(QWidget):
    """Fill ``body`` and ``footer``, set ``default`` and ``first``, then call ``appear``.

    Escape dismisses it; Enter presses ``default``, which is never a destructive button.
    """

    closed = Signal()

    def __init__(self, window: QWidget, icon: str, title: str, subtitle: str, width: int) -> None:
        super().__init__(window)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        self.setAccessibleDescription(subtitle)
        self.default: QPushButton | None = None
        self.first: QWidget | None = None
        self._window = window
        self._came_from = QApplication.focusWidget()
        self._width = width
        self._card = QWidget(self)
        outer = self._outer = QVBoxLayout(self._card)
        outer.setContentsMargins(sizes.GAP_XL, 18, sizes.GAP_XL, 18)
        outer.setSpacing(0)
        self.title = plain(title, 17, 600)
        self.subtitle = plain(subtitle, 12.5, tone="tx2", wrap=True)
        if not subtitle:
            self.subtitle.hide()
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        head = QHBoxLayout()
        head.setSpacing(sizes.GAP_M)
        picture = _Picture(icon)
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        outer.addLayout(head)
        outer.addSpacing(sizes.GAP_L)
        self.body = QVBoxLayout()
        self.body.setSpacing(sizes.GAP_M)
        outer.addLayout(self.body, 1)
        outer.addSpacing(sizes.GAP_L)
        self.footer = QHBoxLayout()
        self.footer.setSpacing(10)
        outer.addLayout(self.footer)
        window.installEventFilter(self)
        theme.changed.connect(self.update)
        self.hide()

    def appear(self) -> None:
        """Show the sheet and move the focus into it."""
        self.setGeometry(self._window.rect())
        self._place()
        self.show()
        self.raise_()
        first = self.first or self.default or self
        first.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Close without doing anything, and give the focus back."""
        if self.isHidden() and self.parent() is None:
            return
        self._window.removeEventFilter(self)
        self.hide()
        self.closed.emit()
        if self._came_from is not None and self._came_from.isVisible():
            self._came_from.setFocus(Qt.FocusReason.PopupFocusReason)
        self.setParent(None)
        self.deleteLater()

    def refit(self) -> None:
        """The contents have changed: take the height they need."""
        self._place()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parent():
            self.setGeometry(self._window.rect())
            self._place()
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        elif event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # no shortcut of the window answers while a sheet is open
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round inside the sheet."""
        inside = [one for one in self._chain() if _takes_tab(one)]
        if not inside:
            return True
        now = QApplication.focusWidget()
        step = 1 if forward else -1
        place = inside.index(now) + step if now in inside else (0 if forward else -1)
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        inside[place % len(inside)].setFocus(reason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focus = QApplication.focusWidget()
            pressed = focus if isinstance(focus, QPushButton) else self.default
            if pressed is not None and pressed.isEnabled():
                pressed.click()
        else:
            event.accept()  # nothing under the sheet hears a key

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        painter.fillRect(self.rect(), look.scrim)
        card = QRectF(self._card.geometry())
        shade = paint.faded(theme.current().shadow, 0.22)
        for spread in range(_SHADOW):
            box = card.adjusted(-spread, 6 - spread, spread, 6 + spread)
            paint.draw_round(painter, box, sizes.RADIUS_DIALOG + spread, shade)
        paint.draw_round(painter, card, sizes.RADIUS_DIALOG, look.surf, look.line2)

    def _place(self) -> None:
        width = min(self._width, self.width() - 2 * sizes.GAP_XL)
        hint = self._outer.sizeHint().height()
        height = self._outer.heightForWidth(width) if self._outer.hasHeightForWidth() else hint
        height = min(height, self.height() - 2 * sizes.GAP_XL)
        self._card.setGeometry(
            (self.width() - width) // 2, (self.height() - height) // 2, width, height
        )

    def _chain(self) -> list[QWidget]:
        found: list[QWidget] = []
        one = self.nextInFocusChain()
        while one is not None and one is not self:
            if self.isAncestorOf(one):
                found.append(one)
            one = one.nextInFocusChain()
        return found


def scrolling(inner: QWidget) -> QScrollArea:
    """A frameless area that scrolls ``inner`` up and down only."""
    area = QScrollArea()
    scroll_upright(area, inner)
    return area


def scroll_upright(area: QScrollArea, inner: QWidget) -> None:
    """Let ``area`` scroll ``inner`` up and down only, without a frame."""
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    inner.setObjectName("scrolled")
    inner.setAutoFillBackground(False)
    area.setStyleSheet("QScrollArea, QWidget#scrolled { background: transparent; }")
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)


def _takes_tab(widget: QWidget) -> bool:
    policy = widget.focusPolicy()
    return (
        bool(policy & Qt.FocusPolicy.TabFocus)
        and widget.isVisible()
        and widget.isEnabled()
        and not widget.isWindow()
    )


class _Picture(QWidget):
    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon = icon
        icons.icon(icon)
        self.setFixedSize(22, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.draw_icon(painter, self._icon, QRectF(0, 4, 22, 22), theme.current().tx, stroke=1.75)

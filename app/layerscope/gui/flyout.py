"""A pane that lies over the others for as long as it is needed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from layerscope.gui import theme

_EDGE = 8  #: pixels of shadow at its free side


class Flyout(QWidget):
    """Lies at the left of ``over``, as high as that, and takes the focus while it is open.

    It closes on Esc, when the focus goes elsewhere in the window, and on a click beside it.
    """

    closed = Signal()

    def __init__(self, over: QWidget, width: int) -> None:
        super().__init__(over.window())
        self._over = over
        self._wide = width
        self._before: QWidget | None = None
        self._beside = _Beside(self)
        self._beside.pressed.connect(self.close_)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, _EDGE, 0)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.close_)
        over.installEventFilter(self)
        self.hide()

    def open_with(self, content: QWidget, focus: QWidget) -> None:
        """Show ``content`` in it and give the focus to ``focus``, a part of that."""
        layout = self.layout()
        assert layout is not None
        layout.addWidget(content)
        content.show()
        self._before = QApplication.focusWidget()
        self._place()
        for one in (self._beside, self):
            one.show()
            one.raise_()
        focus.setFocus(Qt.FocusReason.PopupFocusReason)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._focus_moved, Qt.ConnectionType.UniqueConnection)

    def close_(self) -> None:
        """Put it away; the focus goes back to where it came from, if it was in here."""
        if self.isHidden():
            return
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.disconnect(self._focus_moved)
        focus = QApplication.focusWidget()
        inside = focus is None or self.isAncestorOf(focus)
        self._beside.hide()
        self.hide()
        if inside and self._before is not None:
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._before = None
        self.closed.emit()

    def _focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        # None: another program has the keyboard; a menu or sheet of ours gives it back.
        if now is None or now is self or self.isAncestorOf(now):
            return
        if QApplication.activePopupWidget() is None and now.window() is self.window():
            self.close_()

    def _place(self) -> None:
        corner = self._over.mapTo(self.window(), self._over.rect().topLeft())
        height = self._over.height()
        self._beside.setGeometry(corner.x(), corner.y(), self._over.width(), height)
        self.setGeometry(corner.x(), corner.y(), self._wide + _EDGE, height)

    # Qt's overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and not self.isHidden():
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        wide = self.width() - _EDGE
        painter.fillRect(0, 0, wide, self.height(), look.win)
        painter.fillRect(wide, 0, 1, self.height(), look.line)
        shade = QColor(look.shadow)
        for step in range(1, _EDGE):
            shade.setAlphaF(0.07 * (1 - step / _EDGE))
            painter.fillRect(wide + step, 0, 1, self.height(), shade)


class _Beside(QWidget):
    """Covers what the flyout lies over, unseen, so that a click there only closes it."""

    pressed = Signal()

    def __init__(self, flyout: Flyout) -> None:
        super().__init__(flyout.parentWidget())
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()

"""The ground of a row in any list: how selection, pointer and keyboard focus are drawn."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF
from PySide6.QtGui import QFocusEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle

from layerscope.gui import paint, sizes, theme

_BY_KEY = {"TabFocusReason", "BacktabFocusReason", "ShortcutFocusReason"}


class KeyFocus(QObject):
    """Whether a list shows a focus ring: after a key brought the focus or moved in the list, and
    not after a click."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self.shown = False
        self._view = view
        view.installEventFilter(self)
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.FocusIn if isinstance(event, QFocusEvent) and watched is self._view:
                self._show(event.reason().name in _BY_KEY)
            case QEvent.Type.KeyPress if watched is self._view:
                self._show(True)
            case QEvent.Type.MouseButtonPress:
                self._show(False)
        return False

    def _show(self, shown: bool) -> None:
        if shown != self.shown:
            self.shown = shown
            self._view.viewport().update()


def draw_ground(
    painter: QPainter,
    ground: QRectF,
    state: QStyle.StateFlag,
    focus: KeyFocus | None = None,
    *,
    edge: bool = False,
) -> bool:
    """Fill ``ground`` as the row's ``state`` wants it; tells whether anything was drawn.

    ``edge`` is a bar in ink at the left of the selected row, for lists that never take the focus.
    """
    look = theme.current()
    selected = bool(state & QStyle.StateFlag.State_Selected)
    fill = None
    if selected:
        fill = look.sel
    elif state & QStyle.StateFlag.State_MouseOver:
        fill = look.hover
    if fill is not None:
        paint.draw_round(painter, ground, sizes.RADIUS_ROW, fill)
    if selected and edge:
        bar = QRectF(ground.x(), ground.y() + 7, 3, ground.height() - 14)
        paint.draw_round(painter, bar, 1.5, look.acc)
    ringed = focus is not None and focus.shown and bool(state & QStyle.StateFlag.State_HasFocus)
    if ringed:
        paint.draw_round(painter, ground, sizes.RADIUS_ROW, None, look.acc, sizes.FOCUS_RING)
    return fill is not None or ringed

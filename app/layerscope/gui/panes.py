"""Panes: lines between them, and moving the focus from one to the next."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from layerscope.gui import sizes, theme


class Line(QWidget):
    """A hairline between two regions."""

    def __init__(self, horizontal: bool = False) -> None:
        super().__init__()
        if horizontal:
            self.setFixedHeight(1)
        else:
            self.setFixedWidth(1)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.current().line)


def first_size() -> tuple[int, int]:
    """How large a window is that nobody has sized yet: the mockups' size, or what fits."""
    width, height = sizes.FIRST_WINDOW
    screen = QGuiApplication.primaryScreen()
    room = screen.availableSize() if screen else None
    if room is not None and (room.width() < width or room.height() < height):
        width = max(sizes.MIN_WINDOW[0], min(width, int(room.width() * 0.94)))
        height = max(sizes.MIN_WINDOW[1], min(height, int(room.height() * 0.92)))
    return width, height


def go_to_next(window: QWidget, forward: bool = True) -> None:
    """Focus the next pane: any visible widget with a "pane" property, in reading order."""
    panes = [one for one in _panes(window) if _first(one) is not None]
    if not panes:
        return
    focus = QApplication.focusWidget()
    inside = [place for place, one in enumerate(panes) if one is focus or _holds(one, focus)]
    now = inside[-1] if inside else (-1 if forward else 0)
    target = panes[(now + (1 if forward else -1)) % len(panes)]
    first = _first(target)
    if first is not None:
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        first.setFocus(reason)


def _panes(window: QWidget) -> list[QWidget]:
    found = [
        one for one in window.findChildren(QWidget) if one.property("pane") and one.isVisible()
    ]

    def corner(pane: QWidget) -> tuple[bool, int, int]:
        at = pane.mapTo(window, QPoint(0, 0))
        return (at.y() > 60, at.x(), at.y())

    return sorted(found, key=corner)


def _holds(pane: QWidget, focus: QWidget | None) -> bool:
    return focus is not None and pane.isAncestorOf(focus)


def _first(pane: QWidget) -> QWidget | None:
    """Where the focus goes in a pane: its list if it has the focus policy, else the first."""
    if _takes_focus(pane):
        return pane
    one = pane.nextInFocusChain()
    while one is not None and one is not pane:
        if pane.isAncestorOf(one) and _takes_focus(one):
            return one
        one = one.nextInFocusChain()
    return None


def _takes_focus(widget: QWidget) -> bool:
    return (
        bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and widget.isVisible()
        and widget.isEnabled()
    )

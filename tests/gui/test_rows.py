"""Rows of every list show selection, pointer and keyboard focus in the same way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyle

from layerscope.gui import rows, theme
from support.windows import Open

SELECTED = QStyle.StateFlag.State_Selected
HOVER = QStyle.StateFlag.State_MouseOver


def ground(state: QStyle.StateFlag) -> QImage:
    image = QImage(80, 30, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    rows.draw_ground(painter, QRectF(0, 0, 80, 30), state)
    painter.end()
    return image


@pytest.mark.parametrize(
    ("state", "token"), [(SELECTED, "sel"), (HOVER, "hover"), (SELECTED | HOVER, "sel")]
)
def test_a_selected_row_looks_selected_with_and_without_the_pointer(
    state: QStyle.StateFlag, token: str
) -> None:
    assert ground(state).pixelColor(40, 15) == theme.current().colour(token)


def test_an_idle_row_has_no_ground() -> None:
    assert ground(QStyle.StateFlag.State_None).pixelColor(40, 15).alpha() == 0


def test_the_focus_shows_after_a_key_and_not_after_a_click(open_window: Open) -> None:
    table = open_window().library.table
    focus = table.findChild(rows.KeyFocus)
    assert focus is not None
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.rect().center())
    assert not focus.shown
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert focus.shown
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.rect().center())
    assert not focus.shown
    table.clearFocus()
    table.setFocus(Qt.FocusReason.TabFocusReason)
    assert focus.shown

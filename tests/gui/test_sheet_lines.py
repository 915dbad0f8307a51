"""The list of a sheet is as high as its lines, however they wrap."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from layerscope.gui.dialogs.lines import Lines
from layerscope.gui.plain import plain

SHORT = "85c69575ac29 · linux/amd64"
LONG = "A sentence that is too long for one line of a narrow sheet, but not of a wide one."
HIGHEST = 300
EDGE = 4


class Card(QWidget):
    """A list with something below it, as sheets have."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        self.lines = Lines(HIGHEST, 10)
        column.addWidget(self.lines)
        column.addWidget(plain("Below"))
        column.addStretch(1)

    def shows(self, *words: str) -> None:
        self.labels = [plain(each, 12, wrap=True) for each in words]
        self.lines.take(self.labels)

    @property
    def gap(self) -> int:
        """Pixels below the last line, inside the list."""
        last = self.labels[-1]
        end = last.mapTo(self.lines, last.rect().bottomLeft()).y() + 1
        return self.lines.height() - end

    @property
    def whole(self) -> bool:
        needed = [each.heightForWidth(each.width()) for each in self.labels]
        return [each.height() for each in self.labels] == needed


@pytest.fixture
def card(qtbot: QtBot) -> Card:
    made = Card()
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


@pytest.mark.parametrize("width", [700, 300])
def test_nothing_is_left_free_below_the_last_line(card: Card, qtbot: QtBot, width: int) -> None:
    card.resize(width, 500)
    card.shows(SHORT, LONG, SHORT, SHORT)
    qtbot.waitUntil(lambda: card.gap == EDGE)
    assert card.whole


def test_the_height_follows_the_width(card: Card, qtbot: QtBot) -> None:
    card.shows(*[LONG] * 4)
    qtbot.waitUntil(lambda: card.gap == EDGE)
    wide = card.lines.height()
    card.resize(300, 500)
    qtbot.waitUntil(lambda: card.lines.height() > wide and card.gap == EDGE)
    assert card.whole
    card.resize(700, 500)
    qtbot.waitUntil(lambda: card.lines.height() == wide)


def test_many_lines_scroll(card: Card, qtbot: QtBot) -> None:
    card.shows(*[SHORT] * 40)
    qtbot.waitUntil(lambda: card.lines.height() == HIGHEST)
    assert card.lines.verticalScrollBar().maximum() > 0

"""Finding words in the text of a file: what is found, how one goes on, what Esc closes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from layerscope.gui.image.find_bar import FindBar
from layerscope.gui.image.text_search import MOST, SearchedText
from layerscope.gui.image.text_view import TextView

_LETTERS = st.text(st.sampled_from("aAbß \nİ\U0001f600"), max_size=40)


@given(_LETTERS, st.text(st.sampled_from("aAbß\U0001f600"), min_size=1, max_size=3))
def test_places_are_those_of_the_document_that_qt_shows(text: str, wanted: str) -> None:
    document = QTextDocument()
    document.setPlainText(text)
    units = document.toPlainText().encode("utf-16-le")
    found = SearchedText(text).find(wanted)
    assert len(found) == len(re.findall(re.escape(wanted), text, re.IGNORECASE))
    for start, end in found:
        piece = units[start * 2 : end * 2].decode("utf-16-le")
        assert re.fullmatch(re.escape(wanted), piece, re.IGNORECASE)


def test_a_search_for_nothing_finds_nothing() -> None:
    assert SearchedText("abc").find("") == []


def test_signs_of_patterns_are_letters_like_others() -> None:
    assert SearchedText("a.c abc").find("a.c") == [(0, 3)]


def test_places_without_number_are_not_all_kept() -> None:
    assert len(SearchedText("a" * (MOST + 5)).find("a")) == MOST


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[FindBar]:
    whole = QWidget()
    view = TextView("Text")
    made = FindBar(view)
    lines = QVBoxLayout(whole)
    lines.addWidget(made)
    lines.addWidget(view)
    qtbot.addWidget(whole)
    view.show_lines(("one two", "Two three", "two"))
    whole.resize(400, 300)
    whole.show()
    whole.activateWindow()
    qtbot.waitUntil(whole.isActiveWindow)
    yield made
    whole.close()


def selected(bar: FindBar) -> tuple[int, str]:
    cursor = bar._view.textCursor()
    return cursor.selectionStart(), cursor.selectedText()


def test_typing_goes_to_the_first_place_and_counts_all(bar: FindBar) -> None:
    bar.begin()
    QTest.keyClicks(bar.field, "two")
    assert selected(bar) == (4, "two")
    assert bar.count.text() == "1 of 3"
    assert len(bar._view.extraSelections()) == 3


def test_enter_goes_on_and_round_and_shift_enter_back(bar: FindBar) -> None:
    bar.begin()
    QTest.keyClicks(bar.field, "two")
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert selected(bar) == (8, "Two")
    QTest.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert selected(bar) == (18, "two")
    assert bar.count.text() == "3 of 3"


def test_what_is_not_there_is_said_and_nothing_is_selected(bar: FindBar) -> None:
    bar.begin()
    QTest.keyClicks(bar.field, "twx")
    assert bar.count.text() == "Nothing found"
    assert selected(bar)[1] == ""
    assert not bar.next.isEnabled()


def test_escape_closes_the_bar_and_takes_its_marks_away(bar: FindBar) -> None:
    bar.begin()
    QTest.keyClicks(bar.field, "two")
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert bar._view.extraSelections() == []
    assert selected(bar) == (4, "two")


def test_a_selected_word_is_looked_for(bar: FindBar) -> None:
    cursor = bar._view.textCursor()
    cursor.setPosition(12)
    cursor.setPosition(17, cursor.MoveMode.KeepAnchor)
    bar._view.setTextCursor(cursor)
    bar.begin()
    assert bar.field.text() == "three"
    assert bar.count.text() == "1 of 1"


def test_another_text_is_searched_for_the_same_words(bar: FindBar) -> None:
    bar.begin()
    QTest.keyClicks(bar.field, "two")
    bar._view.show_lines(("no such thing", "two"))
    assert bar.count.text() == "1 of 1"

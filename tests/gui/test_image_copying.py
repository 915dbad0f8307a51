"""What a selection in a table or a label puts on the clipboard: the exact text, nothing shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from layerscope.gui.image.config import VariableRow
from layerscope.gui.image.copying import CopyButton
from layerscope.gui.image.exact_label import ExactLabel
from layerscope.gui.image.facts_table import Fact, FactsTable

DIGEST = "sha256:" + "0123456789abcdef" * 4
PATH = "/usr/lib/python3.12/site-packages/a,b;c=d/e&f/" + "long" * 20
STRANGE = "caf\udce9/\u202egpj.exe\n\U0001f600 end/of:it"


def on_clipboard() -> str:
    data = QGuiApplication.clipboard().mimeData()
    return bytes(data.data("text/plain").data()).decode("utf-8", "surrogateescape")


def shown(bot: QtBot, table: FactsTable) -> ExactLabel:
    bot.addWidget(table)
    table.resize(300, 200)
    table.show()
    table.activateWindow()
    bot.waitUntil(table.isActiveWindow)
    found = table.findChildren(ExactLabel)
    return found[0]


@pytest.fixture(autouse=True)
def _empty() -> None:
    QGuiApplication.clipboard().clear()


@pytest.mark.parametrize("value", [DIGEST, PATH, STRANGE])
def test_all_of_a_value_selected_by_mouse_and_copied_is_the_value(qtbot: QtBot, value: str) -> None:
    table = FactsTable()
    table.show_facts([Fact("Value", value, mono=True)])
    label = shown(qtbot, table)
    end = QPoint(label.width() - 1, label.height() - 1)
    QTest.mousePress(label, Qt.MouseButton.LeftButton, pos=QPoint(0, 2))
    QTest.mouseMove(label, end)
    QTest.mouseRelease(label, Qt.MouseButton.LeftButton, pos=end)
    assert "\u200b" in label.selectedText()
    QTest.keyClick(label, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert on_clipboard() == value


def test_a_part_selected_by_mouse_is_a_part_of_the_value(qtbot: QtBot) -> None:
    table = FactsTable()
    table.show_facts([Fact("Value", PATH, mono=True)])
    label = shown(qtbot, table)
    QTest.mousePress(label, Qt.MouseButton.LeftButton, pos=QPoint(20, 6))
    QTest.mouseMove(label, QPoint(70, 20))
    QTest.mouseRelease(label, Qt.MouseButton.LeftButton, pos=QPoint(70, 20))
    QTest.keyClick(label, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert 10 < len(on_clipboard()) < len(PATH)
    assert on_clipboard() in PATH


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.sampled_from("ab/=,: \n\u202e\U0001f600\udce9é"), min_size=1, max_size=70),
    st.data(),
)
def test_any_part_of_any_value_is_given_away_as_it_is(value: str, data: st.DataObject) -> None:
    label = ExactLabel(value, most=60)
    units = len(label.text().encode("utf-16-le", "surrogatepass")) // 2
    start = data.draw(st.integers(0, units - 1))
    length = data.draw(st.integers(1, units - start))
    label.setSelection(start, length)
    given_away = label.selected()
    assert given_away in value
    if (start, length) == (0, units):
        assert given_away == value
    assert "\u200b" not in given_away


def test_the_menu_copies_the_selection_or_everything(qtbot: QtBot) -> None:
    label = ExactLabel(PATH, most=20)
    qtbot.addWidget(label)
    label.setSelection(0, 5)  # one is a place for a break
    copy, every = label.menu().actions()
    copy.trigger()
    assert on_clipboard() == "/usr"
    every.trigger()
    assert on_clipboard() == PATH
    label.setSelection(0, 0)
    assert not label.menu().actions()[0].isEnabled()


def test_a_press_on_what_is_selected_lets_it_go_so_that_nothing_is_dragged(qtbot: QtBot) -> None:
    table = FactsTable()
    table.show_facts([Fact("Value", PATH)])
    label = shown(qtbot, table)
    label.setSelection(0, 30)
    QTest.mousePress(label, Qt.MouseButton.LeftButton, pos=QPoint(10, 6))
    assert not label.hasSelectedText()


def test_the_button_of_a_fact_copies_the_value(qtbot: QtBot) -> None:
    table = FactsTable()
    table.show_facts([Fact("Content", DIGEST, copied=DIGEST)])
    shown(qtbot, table)
    table.findChildren(CopyButton)[0].click()
    assert on_clipboard() == DIGEST


def test_a_long_name_of_a_variable_has_no_escapes_of_ours(qtbot: QtBot) -> None:
    name = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT_MODE"
    variable = VariableRow(name, "1")
    qtbot.addWidget(variable)
    texts = [label.text().replace("\u200b", "") for label in variable.findChildren(QLabel)]
    assert name in texts


def test_the_selection_of_x11_is_the_exact_text_too(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, object]] = []

    def note(text: str, mode: object) -> None:
        told.append((text, mode))

    monkeypatch.setattr("layerscope.gui.image.exact_label.copy_text", note)
    label = ExactLabel(DIGEST)
    qtbot.addWidget(label)
    label.show()
    label.setSelection(0, 7)
    QTest.mouseRelease(label, Qt.MouseButton.LeftButton)
    assert told == [("sha256:", QClipboard.Mode.Selection)]

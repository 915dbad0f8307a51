"""The trash sheet: what is in it, bringing back, and deleting for good only when asked twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import NothingToUndo
from layerscope.engine.library.values import Emptied, Removal, TrashRow
from layerscope.gui.dialogs.trash import TrashSheet
from layerscope.gui.toasts import Toast
from layerscope.gui.window import MainWindow
from support.windows import Open, fake

NOW = datetime.now(UTC)
ONE = TrashRow(
    operation="20261121T101010.000001-aa",
    what="Removing <b>web:1</b> and 1 more",
    names=("web:1", "web:2"),
    when=NOW - timedelta(minutes=5),
    until=NOW + timedelta(hours=23, minutes=55),
    blobs=8,
    bytes=118_000_000,
    restorable=True,
)
TWO = replace(ONE, operation="20261121T091010.000001-bb", what="Pruning untagged images", blobs=1)


def opened(window: MainWindow, qtbot: QtBot) -> TrashSheet:
    window.actions_["tools.trash"].trigger()
    (sheet,) = window.findChildren(TrashSheet)
    qtbot.waitUntil(lambda: bool(sheet.lines) or sheet.nothing.isVisible())
    return sheet


def press(sheet: TrashSheet, qtbot: QtBot, text: str) -> None:
    """One of the buttons that the banner offers."""

    def offered() -> list[QPushButton]:
        buttons = sheet.banner.findChildren(QPushButton)
        return [one for one in buttons if one.text() == text and one.isVisible()]

    qtbot.waitUntil(lambda: len(offered()) == 1)
    offered()[0].click()


def test_every_operation_is_told_with_its_bytes_and_its_time(
    open_window: Open, qtbot: QtBot
) -> None:
    sheet = opened(open_window(trash=(ONE, replace(TWO, restorable=False))), qtbot)
    assert [line.row.operation for line in sheet.lines] == [ONE.operation, TWO.operation]
    assert sheet.empty.text() == "Empty trash, 236.0 MB…"
    assert [line.restore.isEnabled() for line in sheet.lines] == [True, False]
    assert sheet.default is sheet.close_


def test_an_empty_trash_says_so(open_window: Open, qtbot: QtBot) -> None:
    sheet = opened(open_window(trash=()), qtbot)
    assert sheet.nothing.text() == "The trash is empty."
    assert not sheet.empty.isEnabled()


def test_any_operation_can_be_restored(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(trash=(ONE, TWO), restore=Removal("9", (), (), -118_000_000))
    sheet = opened(window, qtbot)
    sheet.lines[1].restore.click()
    qtbot.waitUntil(lambda: bool(window.findChildren(Toast)))
    assert fake(window).calls("restore") == [((TWO.operation,), {})]
    assert len(fake(window).calls("trash")) == 2


def test_one_press_deletes_nothing_and_the_second_only_what_was_named(
    open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(trash=(ONE, TWO), empty_trash=Emptied((ONE.operation,), 118_000_000))
    sheet = opened(window, qtbot)
    sheet.lines[0].delete.click()
    assert sheet.banner.title == "Delete 8 blobs, 118.0 MB, for good?"
    assert fake(window).calls("empty_trash") == []
    press(sheet, qtbot, "Keep")
    assert not sheet.banner.isVisible()
    sheet.lines[0].delete.click()
    press(sheet, qtbot, "Delete for good")
    qtbot.waitUntil(lambda: bool(window.findChildren(Toast)))
    assert fake(window).calls("empty_trash") == [(((ONE.operation,),), {})]
    assert window.findChildren(Toast)[0].text == "118.0 MB given back to the disk."


def test_emptying_names_the_operations_that_are_on_the_screen(
    open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(trash=(ONE, TWO), empty_trash=Emptied((), 0))
    sheet = opened(window, qtbot)
    sheet.empty.click()
    assert sheet.banner.title == "Delete 9 blobs, 236.0 MB, for good?"
    press(sheet, qtbot, "Delete for good")
    qtbot.waitUntil(lambda: bool(fake(window).calls("empty_trash")))
    assert fake(window).calls("empty_trash") == [(((ONE.operation, TWO.operation),), {})]


def test_what_cannot_be_restored_says_why_and_the_list_can_be_read_again(
    open_window: Open, qtbot: QtBot
) -> None:
    gone = NothingToUndo("What was removed is no longer in the trash.", hint="Pull it again.")
    window = open_window(trash=(ONE,), restore=gone)
    sheet = opened(window, qtbot)
    sheet.lines[0].restore.click()
    qtbot.waitUntil(lambda: sheet.banner.title == "What was removed is no longer in the trash.")
    press(sheet, qtbot, "Look again")
    assert len(fake(window).calls("trash")) == 2

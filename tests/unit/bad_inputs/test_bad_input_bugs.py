"""Bugs of the window's own, and a disk that goes away: it says so once, and goes on."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QListView, QWidget
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.task import Task
from layerscope.gui.app import catch_everything
from layerscope.gui.dialogs.trouble import TroublePanel
from layerscope.gui.troubles import Troubles
from layerscope.gui.window import MainWindow
from support.bad_inputs import Door
from support.nasty_texts import nothing_hidden, opened_page, window_on


@pytest.fixture
def window(door: Door, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(door, qtbot) as opened:
        yield opened


class BadModel(QAbstractListModel):
    """``data`` raises."""

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:
        return 2

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            raise ZeroDivisionError("in data")
        return None


class BadPainter(QWidget):
    """``paintEvent`` raises."""

    def paintEvent(self, event: QPaintEvent) -> None:
        raise ZeroDivisionError("in paint")


@pytest.fixture
def _hooks() -> Iterator[None]:
    kept = sys.excepthook, threading.excepthook, sys.unraisablehook
    handler = qInstallMessageHandler(None)
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook = kept
    qInstallMessageHandler(handler)


def in_a_slot(window: MainWindow) -> None:
    def slot() -> None:
        raise ZeroDivisionError("in slot")

    QTimer.singleShot(0, window, slot)


def in_data(window: MainWindow) -> None:
    view = QListView(window)
    view.setModel(BadModel(view))
    QTimer.singleShot(0, view.show)


def in_paint(window: MainWindow) -> None:
    widget = BadPainter(window)
    widget.resize(20, 20)
    QTimer.singleShot(0, widget.show)


def in_a_thread(window: MainWindow) -> None:
    def work() -> None:
        raise ZeroDivisionError("in thread")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


BUGS = {
    "G06-slot": in_a_slot,
    "G06-data": in_data,
    "G06-paint": in_paint,
    "G06-thread": in_a_thread,
}


@pytest.mark.usefixtures("_hooks")
@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_bug_is_reported_once_in_one_panel_and_the_window_goes_on(
    window: MainWindow, qtbot: QtBot, bug: Callable[[MainWindow], None]
) -> None:
    troubles = Troubles()
    window.watch(troubles)
    catch_everything(troubles)
    with qtbot.captureExceptions():
        catch_everything(troubles)  # pytest-qt has put its own hook there
        for _ in range(2):
            bug(window)
        qtbot.waitUntil(lambda: len(window.findChildren(TroublePanel)) == 1)
        qtbot.wait(50)
    (panel,) = window.findChildren(TroublePanel)
    report = panel.report.toPlainText()
    assert 1 <= report.count("ZeroDivisionError: ") <= 2  # Qt may ask in two ways
    assert "Layerscope" in report
    copy = next(one for one in panel.findChildren(QAbstractButton) if one.text() == "Copy report")
    copy.click()
    assert QGuiApplication.clipboard().text() == report
    panel.dismiss()
    assert window.isEnabled()
    assert window.images.listing is not None


def test_a_disk_that_is_unplugged_is_told_and_comes_back(
    window: MainWindow, door: Door, qtbot: QtBot
) -> None:
    """G06: the store goes away while the window shows it."""
    away = door.store.with_name("unplugged")
    page = opened_page(window, qtbot)
    door.store.rename(away)
    window.jobs.store_changed.emit()
    window.open_image("good:1")
    qtbot.wait(100)
    nothing_hidden(window)
    window.grab()
    with pytest.raises((LayerscopeError, OSError)):
        door.library.browse("good:1", task=Task())
    if door.store.exists():  # nothing was lost, whatever was made meanwhile
        _empty(door.store)
    away.rename(door.store)
    window.jobs.store_changed.emit()
    window.open_image("good:1")
    qtbot.waitUntil(lambda: page.detail is not None and "good:1" in page.detail.row.familiar)


def _empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        assert not path.is_file(), f"{path} was made in the place of the store"
        path.rmdir()
    folder.rmdir()

"""What the panes of an image do in windows that have no room for all of them, and what Esc does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from layerscope.engine.library.values import Browsable
from layerscope.engine.oci import Digest
from layerscope.gui.actions import Actions
from layerscope.gui.image.arrangement import STRIP, Form, box_height, form, track_rows
from layerscope.gui.image.arranging import FILES, LAYERS
from layerscope.gui.image.files_tab import FilesTab
from layerscope.gui.image.fitting import fitted, refit
from layerscope.gui.jobs import Jobs
from layerscope.gui.plain import plain
from layerscope.gui.settings import Settings
from support.fake_images import shop_web
from support.fake_jobs import FakeJobs
from support.shop_stack import shop_timeline


@pytest.mark.parametrize(
    ("window", "room", "wanted"),
    [
        (1600, 1287, Form.BESIDE),
        (1366, 1053, Form.OVERLAID),
        (1366, 1293, Form.BESIDE),
        (1200, 887, Form.OVERLAID),
        (1199, 1126, Form.TABBED),
        (960, 887, Form.TABBED),
    ],
)
def test_the_form_follows_the_window_and_the_room(window: int, room: int, wanted: Form) -> None:
    assert form(window, room) is wanted


def test_the_cards_of_a_stack_get_what_they_need_first() -> None:
    assert box_height(900, 300) == 600
    assert box_height(600, 550) == 200
    assert box_height(300, 550) == 150


def test_a_track_is_never_less_than_two_stations_and_never_more_than_nine() -> None:
    assert track_rows(300, 260) == 2
    assert track_rows(2_000, 260) == 9


class Shown:
    """The files tab in a window, with a strip that takes room as a sidebar does."""

    def __init__(self, bot: QtBot, window: QWidget, tab: FilesTab, actions: Actions) -> None:
        self.bot = bot
        self.window = window
        self.tab = tab
        self.actions = actions

    def sized(self, width: int, height: int) -> FilesTab:
        self.window.resize(width, height)
        QCoreApplication.processEvents()
        return self.tab

    def chooses(self, path: bytes) -> None:
        self.tab.show_path(path)
        shown = f"/{path.decode()}"
        head = self.tab.inspector.head
        self.bot.waitUntil(lambda: head.accessibleName().startswith(shown))

    def presses(self, key: Qt.Key) -> None:
        focus = self.window.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, key)

    @property
    def inspected(self) -> bool:
        return self.tab.inspector.isVisible()


@pytest.fixture
def shown(qtbot: QtBot, tmp_path: Path) -> Iterator[Shown]:
    shop_timeline(tmp_path).close()
    browsable = Browsable(str(next(tmp_path.glob("timeline-*"))), Digest.of(b"chain"), 3)
    detail = shop_web()
    detail = replace(detail, layers=detail.layers[:3], base_layers=1)
    jobs = FakeJobs(browse=browsable, read_file=lambda *_wish: b"root:x:0:0\n")
    actions = Actions()
    window = QWidget()
    beside = QWidget()
    beside.setFixedWidth(240)
    tab = FilesTab(cast("Jobs", jobs), actions, Settings(None))
    line = QHBoxLayout(window)
    line.setContentsMargins(0, 0, 0, 0)
    line.addWidget(beside)
    line.addWidget(tab)
    qtbot.addWidget(window)
    window.resize(1600, 900)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    tab.show_image(detail, "acme/shop-web:1.4")
    qtbot.waitUntil(lambda: tab.files.view.files.rowCount() > 0)
    yield Shown(qtbot, window, tab, actions)
    tab.close_image()
    window.close()


def test_a_wide_window_shows_all_three_panes(shown: Shown) -> None:
    tab = shown.sized(1600, 900)
    panes = (tab.stack, tab.files, tab.inspector)
    assert all(pane.isVisible() for pane in panes)
    assert not tab.arranging.tabs.isVisible()


def test_a_narrow_window_makes_tabs_of_stack_and_files(shown: Shown) -> None:
    tab = shown.sized(1000, 600)
    assert (tab.files.isVisible(), tab.stack.isVisible(), shown.inspected) == (True, False, True)
    assert tab.arranging.tabs.isVisible()
    tab.arranging.tabs.setCurrentIndex(LAYERS)
    assert (tab.files.isVisible(), tab.stack.isVisible()) == (False, True)
    shown.sized(1600, 900)
    assert tab.files.isVisible()
    assert tab.stack.isVisible()


def test_in_a_narrow_window_a_way_to_a_layer_or_a_file_leads_to_its_tab(shown: Shown) -> None:
    tab = shown.sized(1000, 600)
    tab.go_to_layer(2)
    assert tab.arranging.tabs.currentIndex() == LAYERS
    tab.show_only(2)
    assert tab.arranging.tabs.currentIndex() == FILES
    tab.arranging.show_stack()
    shown.chooses(b"etc/passwd")
    assert tab.arranging.tabs.currentIndex() == FILES


def test_the_focus_moves_with_the_tab(shown: Shown) -> None:
    tab = shown.sized(1000, 600)
    tab.files.view.setFocus()
    tab.go_to_layer(1)
    assert tab.stack.view.hasFocus()
    shown.presses(Qt.Key.Key_Escape)
    assert tab.files.view.hasFocus()


def test_between_the_inspector_lies_over_the_files_and_comes_with_a_selection(
    shown: Shown,
) -> None:
    tab = shown.sized(1300, 800)
    assert not shown.inspected
    tab.files.view.setFocus()
    shown.chooses(b"etc/passwd")
    shown.bot.waitUntil(lambda: shown.inspected)
    assert tab.arranging.overlaid
    assert tab.stack.isVisible()
    assert tab.files.width() > 500


def test_escape_closes_the_overlay_until_another_file_is_selected(shown: Shown) -> None:
    tab = shown.sized(1300, 800)
    tab.files.view.setFocus()
    shown.chooses(b"etc/passwd")
    shown.bot.waitUntil(lambda: shown.inspected)
    shown.presses(Qt.Key.Key_Escape)
    assert not shown.inspected
    assert tab.actions_.inspector_wanted
    with shown.bot.waitSignal(tab.current.rested):
        tab.look_from(2)
    assert not shown.inspected
    shown.chooses(b"etc/hostname")
    shown.bot.waitUntil(lambda: shown.inspected)


def test_who_closes_the_inspector_keeps_it_closed(shown: Shown) -> None:
    tab = shown.sized(1300, 800)
    tab.files.view.setFocus()
    shown.chooses(b"etc/passwd")
    shown.bot.waitUntil(lambda: shown.inspected)
    tab.inspector.head.close_button.click()
    assert not tab.actions_.inspector_wanted
    with shown.bot.waitSignal(tab.current.rested):
        tab.show_path(b"etc/hostname")
    assert not shown.inspected
    shown.sized(1600, 900)
    assert not shown.inspected


def test_a_wide_window_has_the_inspector_beside_the_files_again(shown: Shown) -> None:
    tab = shown.sized(1300, 800)
    shown.sized(1600, 900)
    assert shown.inspected
    assert not tab.arranging.overlaid
    assert tab.inspector.mapTo(tab, tab.inspector.rect().topLeft()).x() >= tab.width() - 400


def test_in_a_low_window_the_box_under_the_stack_is_only_its_name(shown: Shown) -> None:
    tab = shown.sized(1000, 600)
    tab.arranging.show_stack()
    box = tab.stack.detail_box
    shown.sized(1000, 400)
    shown.bot.waitUntil(lambda: box.height() == STRIP)
    assert not box.facts.isVisible()
    assert box.strip.accessibleName() == "Details of layer 3, hidden"
    QTest.mouseClick(box.strip, Qt.MouseButton.LeftButton)
    assert box.facts.isVisible()
    assert tab.stack.view.height() > 100
    QTest.keyClick(box.strip, Qt.Key.Key_Space)
    assert not box.facts.isVisible()
    shown.sized(1000, 900)
    shown.bot.waitUntil(box.facts.isVisible)


def test_escape_goes_out_one_level_at_a_time(shown: Shown) -> None:
    tab = shown.sized(1600, 900)
    shown.chooses(b"etc/passwd")
    shown.bot.waitUntil(lambda: "root" in tab.inspector.preview.text.toPlainText())
    tab.files.filter_bar.field.setText("passwd")
    shown.bot.waitUntil(lambda: tab.files.view.files.matches is not None)
    tab.inspector.preview.text.setFocus()
    tab.inspector.preview.begin_find()
    assert tab.inspector.preview.find_bar.isVisible()
    shown.presses(Qt.Key.Key_Escape)
    assert not tab.inspector.preview.find_bar.isVisible()
    tab.inspector.lookup.start()
    shown.presses(Qt.Key.Key_Escape)
    assert not tab.inspector.lookup.player.active
    assert tab.filter.active
    shown.presses(Qt.Key.Key_Escape)
    assert not tab.filter.active
    assert tab.files.view.hasFocus()
    tab.stack.view.setFocus()
    shown.presses(Qt.Key.Key_Escape)
    assert tab.files.view.hasFocus()


def test_a_label_is_as_high_as_its_text_when_that_becomes_shorter(qtbot: QtBot) -> None:
    label = fitted(plain("many words that need a number of lines " * 4, wrap=True))
    qtbot.addWidget(label)
    label.resize(150, 30)
    label.show()
    high = label.height()
    label.setText("few words")
    refit(label)
    assert label.height() < high / 3


def test_the_focus_of_an_inspector_that_goes_is_the_files_own(shown: Shown) -> None:
    tab = shown.sized(1600, 900)
    shown.chooses(b"etc/passwd")
    tab.inspector.preview.tabs.setFocus()
    shown.sized(1300, 800)
    assert tab.files.view.hasFocus()
    shown.sized(1600, 900)
    tab.inspector.preview.tabs.setFocus()
    shown.actions["view.inspector"].setChecked(False)
    assert tab.files.view.hasFocus()

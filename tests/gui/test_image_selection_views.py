"""The selected file while the viewing line moves, or one layer is shown alone, and back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from layerscope.engine.library.values import Browsable
from layerscope.engine.oci import Digest
from layerscope.gui.actions import Actions
from layerscope.gui.image.files_tab import FilesTab
from layerscope.gui.image.page import ImagePage
from layerscope.gui.jobs import Jobs
from layerscope.gui.settings import Settings
from support.fake_images import shop_web
from support.fake_jobs import FakeJobs
from support.shop_stack import shop_timeline


class Window:
    def open_image(self, name: str) -> None:
        """Never asked for here."""


class Viewer:
    """Looks at one file from several layers."""

    def __init__(self, bot: QtBot, tab: FilesTab) -> None:
        self.bot = bot
        self.tab = tab
        self.view = tab.files.view

    @property
    def current(self) -> str:
        row, timeline = self.view.current, self.tab.browsing.timeline
        return timeline.path(row.node).decode() if row is not None and timeline is not None else ""

    @property
    def told(self) -> str:
        """What the inspector is about."""
        return self.tab.inspector.head.accessibleName().partition(",")[0]

    @property
    def sees_current(self) -> bool:
        return self.view.in_sight

    def chooses(self, path: str) -> None:
        self.tab.show_path(path.encode())
        self.waits_for(path)
        self.bot.waitUntil(lambda: self.told == f"/{path}")

    def waits_for(self, path: str) -> None:
        self.bot.waitUntil(lambda: self.current == path)

    def explains(self, words: str) -> None:
        box = self.tab.inspector.lookup.explanation
        self.bot.waitUntil(lambda: words in box.text)

    @property
    def selected(self) -> list[str]:
        return [row.name.decode() for row in self.view.chosen()]


Opened = Callable[[Path, int], Viewer]


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Opened]:
    """Opens the page of an image with a timeline of so many layers."""
    pages: list[ImagePage] = []

    def show(timeline: Path, layers: int) -> Viewer:
        detail = shop_web()
        jobs = FakeJobs(
            image=replace(detail, layers=detail.layers[:layers], base_layers=1),
            browse=Browsable(str(timeline), Digest.of(b"chain"), layers),
            read_file=b"",
        )
        page = ImagePage(cast("Jobs", jobs), Actions(), Settings(None), Window())
        qtbot.addWidget(page)
        page.resize(1288, 700)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow)
        page.show_image("acme/shop-web:1.4")
        qtbot.waitUntil(lambda: page.files.files.view.files.rowCount() > 0)
        pages.append(page)
        return Viewer(qtbot, page.files)

    yield show
    for page in pages:
        page.files.close_image()


@pytest.fixture
def wide(opened: Opened, wide_place: Path) -> Viewer:
    return opened(wide_place, 2)


@pytest.fixture
def shop(opened: Opened, tmp_path: Path) -> Viewer:
    shop_timeline(tmp_path).close()
    return opened(next(tmp_path.glob("timeline-*")), 3)


def test_deep_in_a_large_folder_it_stays_when_the_line_moves(wide: Viewer) -> None:
    wide.chooses("wide/f6500")
    for line in (1, 2):
        wide.tab.look_from(line)
        wide.waits_for("wide/f6500")
        assert wide.sees_current
    assert wide.tab.files.found.isHidden()


def test_a_layer_that_lacks_it_selects_its_folder_and_the_whole_selects_it_again(
    wide: Viewer,
) -> None:
    wide.chooses("wide/f4000/d2999")
    wide.tab.show_only(2)
    wide.waits_for("wide")
    assert wide.selected == ["wide"]
    wide.tab.show_layer_only(False)
    wide.waits_for("wide/f4000/d2999")
    assert wide.sees_current
    assert wide.selected == ["d2999"]


def test_a_line_that_moves_on_and_on_ends_at_the_same_file(wide: Viewer) -> None:
    wide.chooses("wide/f6500")
    wide.tab.look_from(1)
    wide.tab.show_only(2)
    wide.tab.look_from(2)
    wide.tab.look_from(1)
    wide.waits_for("wide/f6500")
    assert wide.tab.files.found.isHidden()


def test_a_file_that_is_being_looked_for_is_found_in_the_newer_view(wide: Viewer) -> None:
    wide.chooses("a")
    wide.tab.show_path(b"wide/f6500")
    wide.bot.waitUntil(lambda: wide.view.files.seeking.busy)
    wide.tab.look_from(1)
    wide.waits_for("wide/f6500")


def test_the_story_stays_with_the_file_while_its_folder_stands_in(shop: Viewer) -> None:
    shop.tab.look_from(2)
    shop.chooses("usr/share/doc/copyright")
    shop.tab.look_from(3)
    shop.waits_for("usr/share")
    shop.explains("Deleted in layer 3")
    assert shop.told == "/usr/share/doc/copyright"
    shop.tab.look_from(2)
    shop.waits_for("usr/share/doc/copyright")


def test_who_takes_the_folder_that_stands_in_gets_its_story(shop: Viewer) -> None:
    shop.tab.look_from(2)
    shop.chooses("usr/share/doc/copyright")
    shop.tab.look_from(3)
    shop.waits_for("usr/share")
    place = shop.view.visualRect(shop.view.currentIndex()).center()
    QTest.mouseClick(shop.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    shop.bot.waitUntil(lambda: shop.told == "/usr/share")
    shop.tab.look_from(2)
    shop.waits_for("usr/share")
    assert shop.selected == ["share"]


def test_who_looks_into_the_folder_that_stands_in_gets_its_story(shop: Viewer) -> None:
    shop.tab.look_from(2)
    shop.chooses("usr/share/doc/copyright")
    shop.tab.look_from(3)
    shop.waits_for("usr/share")
    QTest.keyClick(shop.view, Qt.Key.Key_Space)
    shop.bot.waitUntil(lambda: shop.told == "/usr/share")


def test_where_not_even_a_folder_is_left_nothing_is_selected(shop: Viewer) -> None:
    shop.chooses("app/main.py")
    shop.tab.look_from(1)
    shop.explains("Not there yet")
    assert shop.current == ""
    assert shop.selected == []
    shop.tab.look_from(3)
    shop.waits_for("app/main.py")


def test_a_filter_that_is_set_keeps_the_file_as_well(shop: Viewer) -> None:
    shop.tab.files.filter_bar.field.setText("s")
    shop.bot.waitUntil(lambda: shop.view.files.matches is not None)
    before = shop.view.files.matches
    assert before is not None
    shop.view.choose(next(row.node for row in before.rows if row.name == b"shadow"))
    shop.waits_for("etc/shadow")
    shop.tab.look_from(1)
    shop.bot.waitUntil(lambda: shop.view.files.matches not in (None, before))
    shop.waits_for("etc/shadow")


def test_escape_ends_a_search_for_the_next_change_first(wide: Viewer) -> None:
    wide.chooses("a")
    reader = wide.tab.browsing.reader
    assert reader is not None
    held = threading.Event()
    reader.ask("busy", lambda timeline: held.wait(30), lambda _answer: None)
    wide.view.setFocus()
    QTest.keyClick(wide.view, Qt.Key.Key_F3)
    assert wide.view.files.seeking.busy
    QTest.keyClick(wide.view, Qt.Key.Key_Escape)
    assert not wide.view.files.seeking.busy
    held.set()
    assert wide.current == "a"
    QTest.keyClick(wide.view, Qt.Key.Key_F3)
    wide.waits_for("wide/f0000")

"""One field that finds files, commands, layers and images."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerscope.engine.library.values import LayerRow
from layerscope.gui.actions import Actions
from layerscope.gui.palette import Palette
from layerscope.gui.palette.entries import Entry, Sources, entries
from layerscope.gui.rail import Section
from layerscope.gui.window import MainWindow
from support import shelf
from support.fake_images import shop_web
from support.windows import Open, fake


class Page:
    """An open image with three files."""

    title = "shop-web:1.4"

    def __init__(self) -> None:
        self.waiting = ""
        self.searching = False
        self.revealed: list[bytes] = []
        self.selected: list[int] = []

    def find_files(self, text: str, limit: int) -> Sequence[tuple[bytes, int]]:
        paths = ((b"etc/passwd", 6), (b"etc/passwd-", 6), (b"usr/lib/passlib", 3))
        return [one for one in paths if text.encode() in one[0]][:limit]

    def reveal(self, path: bytes) -> None:
        self.revealed.append(path)

    def layer_rows(self) -> Sequence[LayerRow]:
        return shop_web().layers

    def select_layer(self, number: int) -> None:
        self.selected.append(number)


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def typed() -> list[str]:
    return []


@pytest.fixture
def sources(page: Page, typed: list[str], qapp: QApplication) -> Sources:
    return Sources(
        Actions(qapp), shelf.images(), page, lambda _name: None, lambda _text: None, typed.append
    )


def groups(found: list[Entry]) -> list[str]:
    return list(dict.fromkeys(entry.group for entry in found))


def test_plain_text_finds_files_then_commands_then_images(sources: Sources) -> None:
    found = entries("pas", sources)
    assert groups(found)[0] == "Files in shop-web:1.4"
    assert [entry.name for entry in found[:3]] == ["passwd", "passwd-", "passlib"]
    assert found[0].layer == 6


def test_a_first_character_asks_for_one_kind(sources: Sources) -> None:
    assert groups(entries(">", sources)) == ["Commands"]
    assert groups(entries("#", sources)) == ["Layers of the open image"]
    assert groups(entries("@", sources)) == ["Images"]
    assert groups(entries("/etc", sources)) == ["Files in shop-web:1.4"]


def test_a_command_that_cannot_be_run_says_why(sources: Sources) -> None:
    sources.actions.enable("image.tag", False, "Select an image first.")
    (found,) = [one for one in entries("> tag", sources) if "tag" in one.name.lower()][:1]
    assert found.reason == "Select an image first."
    assert found.act is None


def test_choosing_a_file_reveals_it(sources: Sources, page: Page) -> None:
    found = entries("passwd", sources)[0]
    assert found.act is not None
    found.act()
    assert page.revealed == [b"etc/passwd"]


def test_hex_digits_find_objects_by_digest(sources: Sources, page: Page) -> None:
    layer = page.layer_rows()[2]
    found = entries(str(layer.digest), sources)
    assert found[0].group == "Objects with this digest"
    assert found[0].act is not None
    found[0].act()
    assert page.selected == [3]


def test_a_reference_that_is_not_here_can_be_pulled(sources: Sources) -> None:
    assert entries("ghcr.io/acme/new:2", sources)[-1].name == "Pull ghcr.io/acme/new:2"
    here = shelf.images()[0].familiar[0]
    assert not any(one.name.startswith("Pull ") for one in entries(here, sources))


def test_names_of_an_image_are_data(sources: Sources, page: Page) -> None:
    page.find_files = lambda text, limit: [(b"a\n<b>\xe2\x80\xaetxt.exe", 1)]  # type: ignore[method-assign]  # one hostile name
    found = entries("txt", sources)[0]
    assert "\n" not in found.name
    assert "\u202e" not in found.name


@pytest.fixture
def window(open_window: Open) -> MainWindow:
    return open_window()


def test_the_palette_opens_runs_a_command_and_is_gone(window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = window.findChild(Palette)
    assert palette is not None
    QTest.keyClicks(palette.field, "> search")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.section is Section.SEARCH)
    qtbot.waitUntil(lambda: window.findChild(Palette) is None)


def test_arrows_step_over_headings(window: MainWindow) -> None:
    window.open_palette("a")
    palette = window.findChild(Palette)
    assert palette is not None
    rows = palette.model.rowCount()
    seen = set()
    for _ in range(rows + 2):
        row = palette.view.currentIndex().row()
        assert palette.model.entry(row) is not None
        seen.add(row)
        QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert len(seen) == sum(palette.model.entry(row) is not None for row in range(rows))
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_files_that_are_still_being_read_are_announced(sources: Sources, page: Page) -> None:
    page.waiting = "62 %"
    found = entries("pas", sources)[0]
    assert (found.name, found.reason) == ("Files are still being read", "62 %")
    assert found.act is None


def test_a_question_mark_lists_what_can_be_typed(sources: Sources, typed: list[str]) -> None:
    found = entries("?", sources)
    assert groups(found) == ["What can be typed", "Help"]
    (layers,) = [entry for entry in found if entry.detail == "#"]
    assert layers.act is not None
    layers.act()
    assert typed == ["#"]
    assert layers.stays


def opened(window: MainWindow, text: str = "") -> Palette:
    window.open_palette(text)
    palettes = [one for one in window.findChildren(Palette) if one.isVisible()]
    return palettes[-1]


def chosen(palette: Palette) -> str:
    entry = palette.model.entry(palette.view.currentIndex().row())
    assert entry is not None
    return entry.name


def names(palette: Palette) -> list[str]:
    rows = map(palette.model.entry, range(palette.model.rowCount()))
    return [entry.name for entry in rows if entry is not None]


def test_what_was_chosen_last_comes_first_the_next_time(window: MainWindow, qtbot: QtBot) -> None:
    palette = opened(window, ">")
    assert names(palette)[0] != "Search"
    QTest.keyClicks(palette.field, " search")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert names(opened(window, ">"))[0] == "Search"


def test_images_that_arrive_are_found_without_another_key(window: MainWindow, qtbot: QtBot) -> None:
    palette = opened(window, "@ ")
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    before = chosen(palette)
    new = shelf.image(["brand-new:1"], "aaaabbbbcccc", 1, 1, 0, timedelta(hours=1), ())
    fake(window).answers["images"] = shelf.listing((new, *shelf.images()))
    fake(window).store_changed.emit()
    qtbot.waitUntil(lambda: "brand-new:1" in names(palette))
    assert chosen(palette) == before


def test_files_that_arrive_are_found_without_another_key(
    window: MainWindow, qtbot: QtBot, page: Page
) -> None:
    class Arriving(QObject):
        changed = Signal()

    palette = opened(window, "passwd")
    arriving = Arriving(palette)
    page.waiting = "10 %"
    arriving.changed.connect(palette._search_again)
    palette._image = page  # type: ignore[assignment]  # has all that the palette asks
    arriving.changed.emit()
    assert "Files are still being read" in names(palette)
    page.waiting = ""
    arriving.changed.emit()
    assert names(palette)[:2] == ["passwd", "passwd-"]


def test_home_end_and_pages_stop_at_the_ends(window: MainWindow) -> None:
    palette = opened(window, "> ")
    every = names(palette)
    assert len(every) > 20
    QTest.keyClick(palette.field, Qt.Key.Key_End)
    assert chosen(palette) == every[-1]
    QTest.keyClick(palette.field, Qt.Key.Key_PageDown)
    assert chosen(palette) == every[-1]
    QTest.keyClick(palette.field, Qt.Key.Key_PageUp)
    assert chosen(palette) not in (every[0], every[-1])
    QTest.keyClick(palette.field, Qt.Key.Key_Home)
    assert palette.field.cursorPosition() == 0, "first to the start of the text"
    QTest.keyClick(palette.field, Qt.Key.Key_Home)
    able = next(one for one in every if one == chosen(palette))
    QTest.keyClick(palette.field, Qt.Key.Key_PageUp)
    assert every.index(chosen(palette)) <= every.index(able)


def test_tab_goes_on_and_the_field_keeps_the_focus(window: MainWindow) -> None:
    palette = opened(window, "@ ")
    every = names(palette)
    QTest.keyClick(palette.field, Qt.Key.Key_Tab)
    assert chosen(palette) == every[1]
    QTest.keyClick(palette.field, Qt.Key.Key_Backtab)
    QTest.keyClick(palette.field, Qt.Key.Key_Backtab)
    assert chosen(palette) == every[-1], "round the end"
    assert palette.field.hasFocus()

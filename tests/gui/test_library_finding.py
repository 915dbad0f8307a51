"""Finding an image in the library, what is remembered of that, and names to copy and paste."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from layerscope.gui.library.columns import Column
from layerscope.gui.library.menu import image_menu
from layerscope.gui.library.model import Filter
from layerscope.gui.rail import Section
from layerscope.gui.search.page import SearchPage
from layerscope.gui.settings import Settings
from layerscope.gui.window import MainWindow
from support import shelf
from support.windows import Open, fake

CONTROL = Qt.KeyboardModifier.ControlModifier


def names(window: MainWindow) -> list[str]:
    model = window.library.model
    return [str(model.data(model.index(place))) for place in range(model.rowCount())]


def searched(window: MainWindow) -> str:
    assert window.section is Section.SEARCH
    page = window.pages.currentWidget()
    assert isinstance(page, SearchPage)
    return page.field.text()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NGINX", ["nginx:latest", "nginx:1.27-alpine"]),
        ("1.27", ["nginx:latest", "nginx:1.27-alpine"]),
        ("docker.io/library/node", ["node:22"]),
        ("c0de51f", ["postgres:16"]),
        ("sha256:c0de51f", ["postgres:16"]),
    ],
)
def test_typing_keeps_what_has_the_text_in_a_name_or_id(
    open_window: Open, text: str, found: list[str]
) -> None:
    window = open_window()
    QTest.keyClick(window.library.table, Qt.Key.Key_Slash)
    assert window.library.filter.hasFocus()
    QTest.keyClicks(window.library.filter, text)
    assert names(window) == found
    assert window.library.chips.chip(Filter.ALL).count == len(found)
    QTest.keyClick(window.library.filter, Qt.Key.Key_Escape)
    assert len(names(window)) == 12
    assert window.library.table.hasFocus()


def test_what_matches_nothing_can_be_looked_for_in_a_registry(open_window: Open) -> None:
    window = open_window()
    window.library.filter.setText("reds")
    page = window.library.no_match
    assert page.isVisible()
    assert page.words.text() == "No image matches “reds”."
    assert page.search.text() == "Search registries for “reds”"
    page.search.click()
    assert searched(window) == "reds"


def test_order_and_filter_are_remembered(open_window: Open) -> None:
    settings = Settings(None)
    first = open_window(settings=settings)
    first.library.header.cell(Column.SIZE).click()
    first.library.chips.chip(Filter.DANGLING).click()
    second = open_window(settings=settings)
    assert names(second) == names(first)
    assert len(names(second)) == 2
    assert second.library.header.cell(Column.SIZE).order is True
    assert second.library.chips.chip(Filter.DANGLING).isChecked()


def test_a_remembered_order_that_makes_no_sense_is_forgotten(open_window: Open) -> None:
    settings = Settings(None)
    settings.put("library.order", "nonsense down")
    settings.put("library.filter", "nonsense")
    assert len(names(open_window(settings=settings))) == 12


def test_copying_takes_the_names_of_what_is_selected(open_window: Open) -> None:
    table = open_window().library.table
    table.select_again([0, 2, 5], 0)
    QTest.keyClick(table, Qt.Key.Key_C, CONTROL)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[:2] == ["shop-web:1.4", "sha256:9f3c1a7be204" + "0" * 52]
    assert len(lines) == 3


def test_a_pasted_reference_is_looked_up(open_window: Open) -> None:
    window = open_window()
    QGuiApplication.clipboard().setText("  ghcr.io/acme/app:2\n")
    QTest.keyClick(window.library.table, Qt.Key.Key_V, CONTROL)
    assert searched(window) == "ghcr.io/acme/app:2"


@pytest.mark.parametrize("text", ["", "two\nlines", "x" * 5000])
def test_what_is_no_reference_is_not_pasted(open_window: Open, text: str) -> None:
    window = open_window()
    QGuiApplication.clipboard().setText(text)
    QTest.keyClick(window.library.table, Qt.Key.Key_V, CONTROL)
    assert window.section is Section.LIBRARY


def test_missing_layers_can_be_pulled_from_the_menu(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    row = replace(shelf.images()[1], missing=2)
    menu = image_menu(window, row)
    next(one for one in menu.actions() if one.text() == "Pull missing layers").trigger()
    (asked,) = (args for args, _ in fake(window).calls("pull"))
    assert asked == (row.references[0],)
    menu.deleteLater()


def test_a_newer_image_is_previewed_before_it_is_pulled(open_window: Open) -> None:
    window = open_window()
    menu = image_menu(window, shelf.images()[1])
    assert "Pull missing layers" not in [one.text() for one in menu.actions()]
    next(one for one in menu.actions() if one.text() == "Pull newer…").trigger()
    assert searched(window) == "docker.io/library/shop-web:1.3"
    assert fake(window).calls("pull") == []
    menu.deleteLater()


def test_the_disk_card_names_the_images_of_a_block(open_window: Open) -> None:
    card = open_window().library.card
    (debian,) = (piece for piece in card._pieces() if piece.text.startswith("debian"))
    assert debian.users[0].startswith("Used by shop-web:1.4, shop-web:1.3")
    assert debian.users[1] == "and 1 more"

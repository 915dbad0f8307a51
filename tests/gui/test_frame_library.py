"""The Library page: rows, order, filters, selection, and what it says when empty or broken."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import StoreUnreadable
from layerscope.gui.library.columns import Column
from layerscope.gui.library.menu import image_menu
from layerscope.gui.library.model import Filter, LibraryModel
from layerscope.gui.window import MainWindow
from support import shelf
from support.windows import Open, fake


def names(window: MainWindow) -> list[str]:
    model = window.library.model
    return [str(model.data(model.index(place))) for place in range(model.rowCount())]


def test_there_is_one_row_per_image(open_window: Open) -> None:
    window = open_window()
    assert window.library.model.rowCount() == 12
    assert names(window)[0] == "shop-web:1.4"


def test_the_model_is_sound(qtbot: QtBot) -> None:
    model = LibraryModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning, model)
    model.take(shelf.images())
    model.sort_by(Column.SIZE, True)
    model.show_only(Filter.DANGLING)
    model.take(())


@pytest.mark.parametrize("column", list(Column))
def test_every_column_sorts_both_ways(column: Column) -> None:
    model = LibraryModel()
    model.take(shelf.images())
    model.sort_by(column, False)
    up = [model.row(place).digest for place in range(model.rowCount())]
    model.sort_by(column, True)
    down = [model.row(place).digest for place in range(model.rowCount())]
    assert sorted(up, key=str) == sorted(down, key=str)
    assert up != down


def test_images_of_unknown_size_and_age_sort_too() -> None:
    from dataclasses import replace

    rows = [replace(row, size=None, created=None) for row in shelf.images()]
    model = LibraryModel()
    model.take(rows)
    for column in Column:
        model.sort_by(column, True)
        assert model.rowCount() == len(rows)
    assert "…" in str(model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole))


def test_a_click_on_a_header_sorts_and_says_so(open_window: Open) -> None:
    window = open_window()
    cell = window.library.header.cell(Column.SIZE)
    cell.click()
    assert names(window)[0] == "node:22"
    assert cell.accessibleDescription() == "sorted descending"
    cell.click()
    assert names(window)[0] == "alpine:3.20"


def test_sorting_keeps_the_selection(open_window: Open) -> None:
    window = open_window()
    window.library.table.selectRow(4)
    chosen = window.library.selected()[0].digest
    window.library.header.cell(Column.NAME).click()
    assert [row.digest for row in window.library.selected()] == [chosen]


def test_a_new_listing_keeps_the_selection(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    window.library.table.selectRow(2)
    chosen = window.library.selected()[0].digest
    fake(window).answers["images"] = shelf.listing(shelf.images()[1:], generation="2")
    fake(window).store_changed.emit()
    qtbot.waitUntil(lambda: window.library.model.rowCount() == 11)
    assert [row.digest for row in window.library.selected()] == [chosen]


def test_chips_count_and_filter(open_window: Open) -> None:
    window = open_window()
    chips = window.library.chips
    assert chips.chip(Filter.DANGLING).count == 2
    assert not chips.chip(Filter.INCOMPLETE).isVisible()
    chips.chip(Filter.DANGLING).click()
    assert window.library.model.rowCount() == 2
    assert all(row.dangling for row in window.library.model._rows)


def test_a_filter_without_match_offers_the_way_back(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    window.library.chips.chip(Filter.DANGLING).click()
    fake(window).answers["images"] = shelf.listing(shelf.images()[:3], generation="2")
    fake(window).store_changed.emit()
    qtbot.waitUntil(window.library.no_match.isVisible)
    window.library.no_match.clear.click()
    assert window.library.model.rowCount() == 3


def test_several_selected_images_free_what_they_free_together(
    open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(
        plan_removal=lambda names, force: shelf.plan(
            [row for row in shelf.images() if str(row.digest) in names]
        )
    )
    window.library.table.selectRow(0)
    assert not window.library.bar.isVisible()
    window.library.table.selectAll()
    assert window.library.bar.isVisible()
    qtbot.waitUntil(lambda: "deleting them frees" in window.library.bar.words)
    assert window.library.bar.words.startswith("12 selected · ")


def test_only_the_last_selection_is_planned(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(plan_removal=lambda names, force: shelf.plan(()))
    for _again in range(5):
        window.library.table.selectAll()
        window.library.table.clearSelection()
    window.library.table.selectAll()
    qtbot.waitUntil(lambda: "frees" in window.library.bar.words)
    assert len(fake(window).calls("plan_removal")) == 1


def test_letters_jump_to_a_name(open_window: Open) -> None:
    window = open_window()
    window.library.table.setFocus()
    QTest.keyClicks(window.library.table, "post")
    assert names(window)[window.library.table.currentIndex().row()] == "postgres:16"


def test_enter_opens_the_image(open_window: Open) -> None:
    window = open_window()
    window.library.opened.disconnect(window.open_image)
    opened: list[str] = []
    window.library.opened.connect(opened.append)
    window.library.table.selectRow(3)
    window.library.table.setCurrentIndex(window.library.model.index(3))
    QTest.keyClick(window.library.table, Qt.Key.Key_Return)
    row = window.library.model.row(3)
    assert opened == [row.references[0] if row.references else str(row.digest)]


def test_a_row_is_read_out_as_one_sentence() -> None:
    model = LibraryModel()
    model.take(shelf.images())
    model.sort_by(Column.CREATED, True)
    spoken = str(model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole))
    assert spoken == (
        "shop-web:1.4, shop-web:latest, image 7c41e9d02b5f, 5 layers, 226.9 MB unpacked, "
        "98.7 MB unique, 128.2 MB shared, created 3 h ago"
    )


def test_the_menu_of_an_image_with_two_tags_can_remove_one(open_window: Open) -> None:
    window = open_window()
    menu = image_menu(window, shelf.images()[0])
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts == [
        "Open",
        "Copy reference",
        "Copy image ID",
        "Copy digest",
        "Pull newer…",
        "Tag…",
        "Remove tag",
        "Push…",
        "Save…",
        "Export files…",
        "Remove image…",
    ]
    tags = menu.findChildren(QMenu)[0]
    tags.actions()[1].trigger()
    assert fake(window).calls("untag") == [(("docker.io/library/shop-web:latest",), {})]
    menu.deleteLater()


def test_an_empty_store_says_how_to_begin(open_window: Open) -> None:
    window = open_window(images=shelf.listing(()))
    page = window.library
    assert page.first_run.isVisible()
    assert not page.card.isVisible()
    page.first_run.sample.click()
    assert fake(window).calls("load_sample") == [((), {})]


def test_a_store_that_cannot_be_read_is_told_with_a_way_on(open_window: Open, qtbot: QtBot) -> None:
    from support.fake_jobs import FakeJobs

    jobs = FakeJobs(images=StoreUnreadable("The store at /x cannot be read.", hint="It is a file."))
    window = open_window(jobs)
    qtbot.waitUntil(window.library.banner.isVisible)
    assert window.library.banner.title == "The store at /x cannot be read."
    jobs.answers["images"] = shelf.listing()
    window.library.banner._buttons[0].click()
    qtbot.waitUntil(lambda: window.library.model.rowCount() == 12)
    assert not window.library.banner.isVisible()


def test_a_store_that_can_only_be_read_offers_no_change(open_window: Open) -> None:
    window = open_window(images=shelf.listing(writable=False))
    window.library.table.selectRow(0)
    assert window.library.banner.isVisible()
    for identity in ("image.prune", "image.remove", "image.tag", "image.pull", "file.load"):
        assert not window.actions_[identity].isEnabled(), identity
    assert window.actions_["image.open"].isEnabled()


def test_hostile_names_stay_on_their_row(open_window: Open) -> None:
    from dataclasses import replace

    row = replace(
        shelf.images()[0],
        references=(),
        familiar=(),
        dangling=True,
        invalid_name="<img src=/dev/zero>\n\x1b[31m\u202e" * 200,
        unreadable="<b>bad</b>\x00" * 100,
    )
    window = open_window(images=shelf.listing([row]))
    assert not window.grab().isNull()
    tip = str(window.library.model.data(window.library.model.index(0), Qt.ItemDataRole.ToolTipRole))
    assert "<img" not in tip
    assert "\x1b" not in tip


def test_five_hundred_images_are_shown_at_once(open_window: Open) -> None:
    rows = [
        shelf.image(
            [f"repo-{number}/app:{number}"],
            f"{number:012x}",
            number + 1,
            1,
            2,
            timedelta(hours=number),
            (shelf.DEBIAN,),
        )
        for number in range(500)
    ]
    window = open_window()
    listing = shelf.listing(rows)
    start = time.perf_counter()
    window.images._take(listing)
    window.library.table.viewport().grab()
    assert time.perf_counter() - start < 0.3
    start = time.perf_counter()
    window.library.header.cell(Column.NAME).click()
    window.library.table.viewport().grab()
    assert time.perf_counter() - start < 0.2

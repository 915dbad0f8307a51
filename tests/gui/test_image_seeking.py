"""Going to a file in a folder that is not held whole: it is looked for beside the window."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtTest import QTest

from layerscope.engine.rootfs import Query, Sort, View
from layerscope.gui.image.file_tree import SMALL, Order
from layerscope.gui.image.outline import PAGE
from support.wide_folder import DEEP, VIEW, WIDE, Lister


def test_a_file_on_a_page_that_was_not_fetched_is_shown(lister: Lister) -> None:
    lister.goes_to("wide/f6500")
    assert lister.arrives_at("wide/f6500")
    wide = lister.view.files.parent_number(lister.view.currentIndex().row())
    assert lister.view.files.row(wide + 1 + PAGE) is None, "pages nobody looks at are not fetched"


def test_the_row_that_gets_the_focus_first_was_not_chosen(lister: Lister) -> None:
    lister.goes_to("wide/f6500")
    lister.view.activateWindow()
    lister.view.setFocus()
    lister.bot.waitUntil(lambda: lister.view.currentIndex().isValid())
    assert lister.view.hasFocus()
    assert lister.arrives_at("wide/f6500")


def test_large_folders_in_large_folders_are_opened_on_the_way(lister: Lister) -> None:
    assert PAGE < DEEP < SMALL < WIDE
    lister.goes_to("wide/f4000/d2999")
    assert lister.arrives_at("wide/f4000/d2999")
    lister.goes_to("wide/f4001")
    assert lister.arrives_at("wide/f4001")


@pytest.mark.parametrize("order", [Order(Sort.NAME, True), Order(Sort.SIZE, True)])
def test_it_is_found_in_any_order(lister: Lister, order: Order) -> None:
    lister.view.files.sort_by(order)
    for path in ("wide/f3456", "wide/f4000/d1500"):
        lister.goes_to(path)
        assert lister.arrives_at(path)


def test_an_order_chosen_meanwhile_does_not_lead_astray(lister: Lister) -> None:
    lister.goes_to("wide/f6500")
    lister.view.files.sort_by(Order(Sort.SIZE, True))
    assert lister.arrives_at("wide/f6500")


def test_of_two_choices_the_second_wins(lister: Lister) -> None:
    chosen: list[str] = []
    lister.view.row_chosen.connect(lambda row: chosen.append(lister.current))
    lister.goes_to("wide/f6500")
    lister.goes_to("wide/f2500")
    assert lister.arrives_at("wide/f2500")
    lister.goes_to("wide/f6600")
    lister.goes_to("a")
    lister.goes_to("wide/f4500")
    assert lister.arrives_at("wide/f4500")
    assert chosen == ["wide/f2500", "a", "wide/f4500"]


def test_a_row_chosen_by_key_meanwhile_stays_current(lister: Lister) -> None:
    lister.goes_to("a")
    lister.goes_to("wide/f6500")
    QTest.keyClicks(lister.view, "w")
    assert lister.current == "wide"
    assert not lister.view.files.seeking.busy
    heard: list[object] = []
    reader = lister.view.files.seeking.reader
    assert reader is not None
    reader.ask("last", lambda timeline: True, heard.append)
    lister.bot.waitUntil(lambda: heard == [True])
    assert lister.current == "wide"


def test_a_long_search_is_told_above_the_list_and_then_no_more(lister: Lister) -> None:
    reader = lister.view.files.seeking.reader
    assert reader is not None
    held = threading.Event()
    reader.ask("busy", lambda timeline: held.wait(30), lambda _answer: None)
    lister.goes_to("wide/f6500")
    assert lister.files.found.isHidden(), "what takes a blink is not told"
    lister.bot.waitUntil(lambda: not lister.files.found.isHidden())
    assert "Looking for it" in lister.files.found.text()
    held.set()
    assert lister.arrives_at("wide/f6500")
    assert lister.files.found.isHidden()


def test_what_a_newer_view_does_not_show_is_told(lister: Lister) -> None:
    lister.goes_to("wide/f6500")
    lister.view.files.show_view(View(2, layer=2))
    lister.bot.waitUntil(lambda: lister.files.found.text() == "This view has no such path.")
    assert lister.current == ""


def test_what_a_filter_hides_is_not_looked_for(lister: Lister) -> None:
    lister.goes_to("wide/f6500")
    matches = lister.timeline.matching(Query.parse("f0001"), VIEW, 10)
    lister.view.files.show_matches(matches)
    assert not lister.view.files.seeking.busy
    assert not lister.view.choose(lister.node("wide/f6500"))
    assert lister.view.choose(lister.node("wide/f0001"))
    assert lister.arrives_at("wide/f0001")

"""F3: the next row that differs from the baseline, also where nothing was fetched yet."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from layerscope.engine.rootfs import ROOT, Kind, Query, Row, Sort, Timeline, View
from layerscope.gui.image.changes import way_to_change
from layerscope.gui.image.file_tree import FileTree, Order
from support.shop_stack import shop_timeline
from support.wide_folder import VIEW, Lister


def test_the_next_change_is_found_beyond_the_pages_that_were_fetched(lister: Lister) -> None:
    lister.view.next_change()
    assert lister.arrives_at("wide/f0000")
    lister.view.next_change()
    assert lister.arrives_at("wide/f6900")
    lister.goes_to("zebra")
    lister.view.next_change(backwards=True)
    assert lister.arrives_at("wide/f6900")
    lister.view.next_change(backwards=True)
    assert lister.arrives_at("wide/f0000")


def test_the_end_is_told_until_another_row_is_chosen(lister: Lister) -> None:
    lister.goes_to("wide/f6900")
    assert lister.arrives_at("wide/f6900")
    lister.view.next_change()
    lister.bot.waitUntil(lambda: lister.files.found.text() == "There is no change below.")
    assert lister.current == "wide/f6900"
    QTest.keyClick(lister.view, Qt.Key.Key_Up)
    assert lister.files.found.isHidden()
    lister.goes_to("a")
    lister.view.next_change(backwards=True)
    lister.bot.waitUntil(lambda: lister.files.found.text() == "There is no change above.")


def test_a_search_for_a_change_does_not_hold_the_window_and_can_be_stopped(lister: Lister) -> None:
    reader = lister.view.files.seeking.reader
    assert reader is not None
    held = threading.Event()
    reader.ask("busy", lambda timeline: held.wait(30), lambda _answer: None)
    lister.goes_to("wide/f6500")
    lister.view.next_change()
    lister.bot.waitUntil(lambda: "Looking for the next change" in lister.files.found.text())
    lister.view.files.seeking.stop()
    held.set()
    heard: list[object] = []
    reader.ask("last", lambda timeline: True, heard.append)
    lister.bot.waitUntil(lambda: heard == [True])
    assert lister.current == ""
    assert lister.files.found.isHidden()


def test_a_newer_search_replaces_one_for_a_change(lister: Lister) -> None:
    lister.view.next_change()
    lister.goes_to("wide/f6500")
    assert lister.arrives_at("wide/f6500")
    lister.view.next_change()
    lister.view.next_change(backwards=True)
    assert lister.arrives_at("wide/f0000")


def test_a_key_that_is_held_down_does_not_begin_again(lister: Lister) -> None:
    began: list[object] = []
    lister.view.files.seeking.began.connect(began.append)
    for _press in range(5):
        lister.view.next_change()
    assert lister.arrives_at("wide/f0000")
    assert len(began) == 1


def test_another_order_ends_the_search_and_keeps_the_selection(lister: Lister) -> None:
    lister.goes_to("wide/f6900")
    assert lister.arrives_at("wide/f6900")
    lister.view.next_change()
    lister.files.header.choose(4)
    assert lister.arrives_at("wide/f6900")


def test_what_a_filter_found_is_gone_through_as_well(lister: Lister) -> None:
    matches = lister.timeline.matching(Query.parse("f"), VIEW, 50)
    lister.view.files.show_matches(matches)
    lister.goes_to("wide/f0030")
    lister.view.next_change(backwards=True)
    assert lister.current == "wide/f0000"
    lister.view.next_change()
    assert lister.current == "wide/f0000"


def test_a_question_that_is_stopped_reads_no_further(lister: Lister) -> None:
    stopped = threading.Event()
    tree = FileTree(lister.timeline, VIEW, Order())
    ask = way_to_change(tree, lister.node("wide/f0001"), False, stopped.is_set)
    assert ask(lister.timeline) is not None
    stopped.set()
    assert ask(lister.timeline) is None


ORDERS = [Order(), Order(Sort.NAME, True), Order(Sort.SIZE, True), Order(Sort.CHANGE, False)]
VIEWS = [View(3, 1), View(3, 0), View(2, 1), View(3, 1, show_deleted=True), View(3, layer=3)]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("view", VIEWS)
def test_each_change_comes_once_in_the_order_of_the_list(
    tmp_path: Path, view: View, order: Order
) -> None:
    with shop_timeline(tmp_path) as timeline:
        tree = FileTree(timeline, view, order)
        changed = [row.node for row in _all(timeline, tree, ROOT) if row.badge]
        assert changed
        assert _found(timeline, tree, backwards=False) == changed
        assert _found(timeline, tree, backwards=True) == changed[::-1]


def _all(timeline: Timeline, tree: FileTree, folder: int) -> list[Row]:
    """All rows of the list with every folder open that has changes inside."""
    rows: list[Row] = []
    first = tree.order.sort is Sort.NAME
    for row in timeline.children(
        folder, tree.view, tree.order.sort, tree.order.descending, folders_first=first
    ):
        rows.append(row)
        if row.inside_changed and row.kind is Kind.DIR:
            rows += _all(timeline, tree, row.node)
    return rows


def _found(timeline: Timeline, tree: FileTree, *, backwards: bool) -> list[int]:
    found: list[int] = []
    node = ROOT
    while True:
        steps = way_to_change(tree, node, backwards, lambda: False)(timeline)
        if steps is None:
            return found
        node = steps[-1].rows[steps[-1].index].node
        found.append(node)

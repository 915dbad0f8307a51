"""What is selected in the list of files stays that while the list is shown otherwise."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from layerscope.engine.rootfs import Query, Sort
from layerscope.gui.image import file_tree
from support.wide_folder import VIEW, WIDE, Lister


@pytest.mark.parametrize("path", ["a", "wide", "wide/f6500", "wide/f4000/d2999"])
def test_another_order_keeps_the_selection_in_view(lister: Lister, path: str) -> None:
    lister.goes_to(path)
    assert lister.arrives_at(path)
    for column in (4, 4, 1, 1):
        lister.files.header.choose(column)
        assert lister.view.files.order == lister.files.header.order
        assert lister.arrives_at(path)


def test_another_order_keeps_what_was_forgotten_while_it_was_out_of_sight(
    lister: Lister, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_tree, "_KEPT", 1)
    lister.goes_to("wide/f0100")
    assert lister.arrives_at("wide/f0100")
    lister.view.scrollToBottom()
    number = lister.view.currentIndex().row()
    lister.bot.waitUntil(lambda: lister.view.files.row(number) is None)
    lister.files.header.choose(4)
    assert lister.arrives_at("wide/f0100")


def test_a_row_that_comes_after_it_was_made_current_is_told(lister: Lister) -> None:
    chosen: list[object] = []
    lister.goes_to("wide")
    lister.view.files.expand(lister.view.currentIndex().row())
    QTest.keyClick(lister.view, Qt.Key.Key_End)
    lister.view.row_chosen.connect(chosen.append)
    QTest.keyClick(lister.view, Qt.Key.Key_Up)
    assert chosen == [None]
    lister.bot.waitUntil(lambda: len(chosen) == 2)
    assert chosen[1] == lister.view.current
    assert lister.current == f"wide/f{WIDE - 1:04}"


def test_a_large_folder_that_is_opened_again_pushes_nothing_out_of_sight(lister: Lister) -> None:
    lister.goes_to("wide")
    lister.view.files.expand(lister.view.currentIndex().row())
    lister.goes_to("zebra")
    lister.files.header.choose(4)
    assert lister.view.files.rowCount() < WIDE, "it is not open yet"
    lister.bot.waitUntil(lambda: lister.view.files.rowCount() > WIDE)
    assert lister.arrives_at("zebra")


def test_another_order_lists_what_a_filter_found_as_before(lister: Lister) -> None:
    matches = lister.timeline.matching(Query.parse("f65"), VIEW, 50)
    lister.view.files.show_matches(matches)
    lister.goes_to("wide/f6512")
    lister.files.header.choose(4)
    assert lister.view.files.matches is matches
    assert lister.arrives_at("wide/f6512")
    lister.view.files.show_matches(None)
    assert lister.view.files.order.sort is Sort.SIZE

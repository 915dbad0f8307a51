"""The file list: opening folders, other views, filters, folders too large to hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from layerscope.engine.rootfs import Query, Sort, View
from layerscope.gui.image.expanding import expand_below
from layerscope.gui.image.file_tree import Order
from layerscope.gui.image.files_model import FilesModel, Role
from layerscope.gui.image.reader import Reader
from support.shop_stack import shop_timeline, wide_timeline

TOP = View(3, baseline=1)


@pytest.fixture
def model(tmp_path: Path) -> FilesModel:
    model = FilesModel()
    model.open(shop_timeline(tmp_path), None, TOP)
    return model


def names(model: FilesModel) -> list[str]:
    return [
        "  " * model.index(number, 0).data(Role.DEPTH) + str(model.index(number, 0).data())
        for number in range(model.rowCount())
    ]


def number(model: FilesModel, name: str) -> int:
    return [name.strip() for name in names(model)].index(name)


def test_folders_come_first_and_open_in_place(model: FilesModel) -> None:
    assert names(model) == ["app", "etc", "usr", "bin"]
    model.expand(1)
    assert names(model) == ["app", "etc", "  hostname", "  passwd", "  shadow", "usr", "bin"]
    model.collapse(1)
    assert names(model) == ["app", "etc", "usr", "bin"]


def test_qt_finds_nothing_wrong_while_it_changes(model: FilesModel) -> None:
    warn = QAbstractItemModelTester.FailureReportingMode.Warning
    QAbstractItemModelTester(model, warn, model)
    assert model.timeline is not None
    model.expand(number(model, "usr"))
    model.expand(number(model, "share"))
    expand_below(model, 0)
    model.show_view(View(1))
    model.sort_by(Order(Sort.SIZE, True))
    model.show_matches(model.timeline.matching(Query.parse("1"), model.view, 10))
    model.show_matches(None)
    model.collapse(number(model, "usr"))


def test_open_folders_stay_open_in_another_view(model: FilesModel) -> None:
    model.expand(number(model, "usr"))
    model.expand(number(model, "share"))
    assert "doc" not in [name.strip() for name in names(model)]
    model.show_view(View(2, baseline=1))
    assert [name.strip() for name in names(model)] == [
        "app", "etc", "usr", "share", "doc", "man", "bin",
    ]  # fmt: skip


def test_a_folder_that_is_gone_opens_again_when_it_is_back(model: FilesModel) -> None:
    model.expand(0)
    model.show_view(View(1))
    assert names(model) == ["etc", "usr", "bin"]
    model.show_view(TOP)
    assert "  main.py" in names(model)


def test_a_filter_lists_matches_with_their_folders(model: FilesModel) -> None:
    assert model.timeline is not None
    model.expand(number(model, "etc"))
    model.show_matches(model.timeline.matching(Query.parse("new"), TOP, 10))
    assert names(model) == ["usr", "  share", "    man", "      new.1"]
    assert model.index(3, 0).data(Role.FOUND) is True
    assert model.index(0, 0).data(Role.FOUND) is False
    model.show_matches(None)
    assert "  passwd" in names(model)


def test_revealing_a_file_opens_the_folders_above_it(model: FilesModel) -> None:
    assert model.timeline is not None
    row = model.timeline.find(b"usr/share/man/new.1", TOP)
    assert row is not None
    shown = model.reveal(row.node)
    assert names(model)[shown].strip() == "new.1"
    assert model.number_of(row.node) == shown
    assert names(model)[model.parent_number(shown)].strip() == "man"


def test_rows_say_in_one_sentence_what_they_are(model: FilesModel) -> None:
    model.expand(number(model, "etc"))
    index = model.index(number(model, "passwd"), 0)
    said = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == ("passwd, file, level 2, from layer 2, modified, 21 B, older copy in layer 1")
    said = model.index(number(model, "etc"), 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("etc, folder, expanded, level 1, from layer 2, contains changes")


def test_hostile_names_are_shown_with_visible_escapes(model: FilesModel) -> None:
    model.expand(0)
    assert "  \\u202egpj.exe" in names(model)
    for name in names(model):
        assert "\u202e" not in name


def test_a_folder_too_large_is_read_by_the_reader_page_by_page(
    qtbot: QtBot, tmp_path: Path
) -> None:
    timeline = wide_timeline(tmp_path, 12_000)
    reader = Reader(next(tmp_path.glob("timeline-*")))
    model = FilesModel()
    model.open(timeline, reader, View(1))
    model.expand(0)
    assert model.rowCount() == 12_002
    assert model.row(9_000) is None
    assert model.index(9_000, 0).data() is None
    with qtbot.waitSignal(model.refetched):
        pass
    qtbot.waitUntil(lambda: model.row(9_000) is not None)
    assert model.index(9_000, 0).data() == "008999"
    assert model.index(12_001, 0).data() == "zebra"
    assert model.row(5_000) is None, "only pages that were asked for are held"
    reader.close()


def test_only_the_newest_question_is_answered(qtbot: QtBot, tmp_path: Path) -> None:
    wide_timeline(tmp_path, 10)
    reader = Reader(next(tmp_path.glob("timeline-*")))
    heard: list[object] = []
    reader.ask("x", lambda timeline: "first", heard.append)
    reader.ask("x", lambda timeline: "second", heard.append)
    reader.ask("y", lambda timeline: "other", heard.append)
    qtbot.waitUntil(lambda: "other" in heard)
    assert heard == ["second", "other"]
    reader.close()


def test_a_question_that_fails_is_told_and_the_next_is_answered(
    qtbot: QtBot, tmp_path: Path
) -> None:
    wide_timeline(tmp_path, 10)
    reader = Reader(next(tmp_path.glob("timeline-*")))
    heard: list[object] = []
    with qtbot.waitSignal(reader.failed):
        reader.ask("x", lambda timeline: timeline.row(99_999, View(1)), heard.append)
    reader.ask("y", lambda timeline: len(timeline), heard.append)
    qtbot.waitUntil(lambda: heard == [13])
    reader.close()

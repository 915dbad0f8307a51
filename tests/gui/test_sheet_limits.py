"""The limits sheet shows every limit, and what is typed there is written to the settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from layerscope.cli.main import main
from layerscope.engine.content.limits import Limits
from layerscope.engine.errors import StoreError
from layerscope.engine.library.values import Limit
from layerscope.gui.dialogs.limits import LimitsSheet, limit_text
from layerscope.gui.jobs import Jobs
from layerscope.gui.window import MainWindow
from support.fake_jobs import FakeJobs
from support.surroundings import live_in
from support.windows import Open, fake

LIMITS = Limits().changed({"depth": 9}).described()


class Kept:
    """The limits of a made-up settings file."""

    def __init__(self) -> None:
        self.values = {"depth": 9}
        self.changes: list[dict[str, int]] = []

    def change(self, values: dict[str, int]) -> tuple[Limit, ...]:
        self.changes.append(values)
        self.values |= values
        return Limits().changed(self.values).described()


def opened(window: MainWindow, qtbot: QtBot) -> LimitsSheet:
    window.actions_["tools.limits"].trigger()
    (sheet,) = window.findChildren(LimitsSheet)
    qtbot.waitUntil(lambda: bool(sheet.lines))
    return sheet


def typed(sheet: LimitsSheet, name: str, text: str) -> None:
    field = sheet.lines[name].field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Tab)


def test_every_limit_is_there_with_its_value(open_window: Open, qtbot: QtBot) -> None:
    sheet = opened(open_window(limits=LIMITS), qtbot)
    assert list(sheet.lines) == [each.name for each in LIMITS if each.stops] + [
        each.name for each in LIMITS if not each.stops
    ]
    assert sheet.lines["layer_bytes"].field.text() == "50 GiB"
    assert sheet.lines["depth"].field.text() == "9"
    assert sheet.lines["depth"].reset.isVisible()
    assert not sheet.lines["layer_bytes"].reset.isVisible()


def test_a_value_is_written_alone(open_window: Open, qtbot: QtBot) -> None:
    kept = Kept()
    window = open_window(limits=LIMITS, change_limits=kept.change)
    sheet = opened(window, qtbot)
    typed(sheet, "layer_bytes", "1.000")
    assert sheet.lines["layer_bytes"].complaint.isVisible()
    typed(sheet, "layer_bytes", "60 GiB")
    assert not sheet.lines["layer_bytes"].complaint.isVisible()
    qtbot.waitUntil(sheet.lines["layer_bytes"].reset.isVisible)
    assert kept.changes == [{"layer_bytes": 60 * 1024**3}]
    assert not fake(window).calls("settings"), "nothing is read first, which could be old by then"


def test_two_changes_at_once_are_both_made_and_shown(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(limits=LIMITS)
    sheet = opened(window, qtbot)
    typed(sheet, "archive_members", "300k")
    typed(sheet, "path_bytes", "2,000,000")
    first, second = fake(window).open("change_limits")
    kept = Kept()
    assert first.args == ({"archive_members": 300_000},)
    first.succeed(kept.change({"archive_members": 300_000}))
    assert sheet.lines["path_bytes"].field.text() == "2 MB", "the older answer does not know it"
    assert second.args == ({"path_bytes": 2_000_000},)
    second.succeed(kept.change({"path_bytes": 2_000_000}))
    assert sheet.lines["archive_members"].field.text() == "300,000"
    assert sheet.lines["path_bytes"].reset.isVisible()


def test_the_defaults_come_back(open_window: Open, qtbot: QtBot) -> None:
    kept = Kept()
    sheet = opened(open_window(limits=LIMITS, change_limits=kept.change), qtbot)
    sheet.restore.click()
    qtbot.waitUntil(lambda: not sheet.restore.isEnabled())
    assert kept.changes == [{each.name: each.default for each in LIMITS}]


def test_an_answer_does_not_overwrite_what_is_being_typed(open_window: Open, qtbot: QtBot) -> None:
    sheet = opened(open_window(limits=LIMITS), qtbot)
    line = sheet.lines["path_bytes"]
    line.field.setFocus()
    QTest.keyClicks(line.field, "7")
    typing = line.field.text()
    line.take(line.limit)
    assert line.field.text() == typing


def test_a_disk_that_refuses_is_told(open_window: Open, qtbot: QtBot) -> None:
    refused = StoreError("The settings cannot be written.", hint="Free some space.")
    window = open_window(limits=LIMITS, change_limits=refused)
    sheet = opened(window, qtbot)
    typed(sheet, "path_bytes", "5k")
    qtbot.waitUntil(sheet.banner.isVisible)
    assert sheet.banner.title == "The limits were not changed."


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (50 * 1024**3, "bytes", "50 GiB"),
        (2_000_000_000, "bytes", "2 GB"),
        (4096, "bytes", "4 KiB"),
        (255, "bytes", "255"),
        (0, "bytes", "0"),
        (2_000_000, "entries", "2,000,000"),
    ],
)
def test_a_limit_is_written_without_rounding(value: int, unit: str, text: str) -> None:
    assert limit_text(value, unit) == text


def test_worker_and_command_line_obey_what_the_window_wrote(
    open_window: Open,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in live_in(tmp_path).items():
        monkeypatch.setenv(name, value)
    store = tmp_path / "store"
    sheet = opened(open_window(cast("FakeJobs", Jobs(store))), qtbot)
    typed(sheet, "depth", "77")
    qtbot.waitUntil(lambda: sheet.lines["depth"].limit.value == 77, timeout=15_000)
    assert main(lambda _store: 2, ["--store", str(store), "limits", "--json"]) == 0
    told = {each["name"]: each["value"] for each in json.loads(capsys.readouterr().out)}
    assert told["depth"] == 77

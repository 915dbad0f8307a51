"""The prune sheet: the list is the command, and nothing goes by accident."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import StoreChanged
from layerscope.engine.library.values import (
    Removal,
    RemovalPlan,
)
from layerscope.engine.oci import Digest
from layerscope.gui.dialogs.prune import PruneSheet
from layerscope.gui.dialogs.summary import Summary
from layerscope.gui.toasts import Toast
from layerscope.gui.window import MainWindow
from support import shelf
from support.windows import Open, fake

IMAGES = shelf.images()
DANGLING = IMAGES[10:]


def plan_prune(
    all_unused: bool, older_than_days: int | None, unchecked: frozenset[Digest]
) -> RemovalPlan:
    return shelf.plan(IMAGES if all_unused else DANGLING, unchecked)


def prune_sheet(window: MainWindow, qtbot: QtBot) -> PruneSheet:
    window.changes.prune()
    sheet = window.findChildren(PruneSheet)[0]
    qtbot.waitUntil(lambda: sheet.plan is not None)
    return sheet


def test_the_list_is_the_command(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(plan_prune=plan_prune)
    sheet = prune_sheet(window, qtbot)
    assert sheet.delete.text() == "Delete 2 images"
    sheet.list.rows[0].click()
    qtbot.waitUntil(lambda: sheet.delete.text() == "Delete 1 image")
    asked = fake(window).calls("plan_prune")[-1][1]
    assert asked["unchecked"] == frozenset({DANGLING[0].digest})
    assert sheet.summary.frees() == "Frees 10.8 MB"


def test_delete_carries_out_the_plan_on_the_screen(open_window: Open, qtbot: QtBot) -> None:
    done = Removal("8", (), (DANGLING[0].digest,), 101_600_000)
    window = open_window(plan_prune=plan_prune, apply=done)
    sheet = prune_sheet(window, qtbot)
    plan = sheet.plan
    sheet.delete.click()
    qtbot.waitUntil(lambda: bool(window.findChildren(Toast)))
    assert fake(window).calls("apply") == [((plan,), {})]
    assert window.findChildren(Toast)[0].text == "Freed 101.6 MB. The trash keeps it for 24 hours."


def test_enter_never_deletes(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(plan_prune=plan_prune)
    sheet = prune_sheet(window, qtbot)
    assert sheet.default is sheet.cancel
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert fake(window).calls("apply") == []
    assert not sheet.isVisible()


def test_a_changed_store_keeps_the_sheet_and_asks_again(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(plan_prune=plan_prune, apply=StoreChanged("The store changed."))
    sheet = prune_sheet(window, qtbot)
    fake(window).answers["plan_prune"] = lambda **_how: shelf.plan(IMAGES[9:], generation="2")
    sheet.delete.click()
    qtbot.waitUntil(sheet.banner.isVisible)
    assert sheet.isVisible()
    assert sheet.banner.title == "The store changed. 1 image added to the list."
    assert sheet.plan is not None
    assert sheet.plan.generation == "2"


def test_another_question_makes_another_list(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(plan_prune=plan_prune)
    sheet = prune_sheet(window, qtbot)
    sheet.unused.click()
    qtbot.waitUntil(lambda: sheet.delete.text() == "Delete 12 images")
    sheet.older.click()
    sheet.days.setValue(90)
    qtbot.waitUntil(lambda: fake(window).calls("plan_prune")[-1][1]["older_than_days"] == 90)
    assert fake(window).calls("plan_prune")[-1][1]["all_unused"] is True


def test_delete_waits_for_the_newest_plan(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(plan_prune=plan_prune)
    sheet = prune_sheet(window, qtbot)
    del fake(window).answers["plan_prune"]
    sheet.list.rows[0].click()
    assert not sheet.delete.isEnabled()


def test_kept_images_cannot_be_chosen_and_say_why(open_window: Open, qtbot: QtBot) -> None:
    kept = {DANGLING[1].digest: "in use by container layer “web-1”"}
    window = open_window(plan_prune=lambda **how: shelf.plan(DANGLING, how["unchecked"], kept=kept))
    sheet = prune_sheet(window, qtbot)
    row = sheet.list.rows[1]
    assert not row.isEnabled()
    assert "web-1" in row.accessibleName()
    assert sheet.delete.text() == "Delete 1 image"


def test_nothing_to_prune_is_said(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(plan_prune=lambda **_how: shelf.plan(()))
    sheet = prune_sheet(window, qtbot)
    assert sheet.nothing.text() == "Nothing to prune. All images are tagged."
    assert not sheet.delete.isEnabled()


def summary_of(frees: int, on_disk: int) -> Summary:
    summary = Summary()
    plan = shelf.plan(IMAGES[1:2])
    summary.take(replace(plan, reclaimed=frees, on_disk=on_disk, stays_shared=0))
    return summary


@pytest.mark.parametrize(
    ("frees", "words"),
    [
        (812, "812 B of 6.7 MB on disk."),
        (0, "0 B of 6.7 MB on disk."),
        (700_000, "6.7 MB → 6.0 MB on disk."),
        (6_700_000, "6.7 MB → 0 B on disk."),
    ],
)
def test_what_changes_on_the_disk_can_be_seen(qapp: QApplication, frees: int, words: str) -> None:
    assert summary_of(frees, 6_700_000).rest() == words

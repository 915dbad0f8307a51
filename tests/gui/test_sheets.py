"""What all sheets share, and the small ones: verify, keys, about."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from layerscope.engine.library.values import (
    Finding,
    RemovalPlan,
    Repaired,
    Verified,
)
from layerscope.engine.oci import Digest
from layerscope.gui.dialogs.about import AboutSheet
from layerscope.gui.dialogs.keys import KeysSheet
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.dialogs.verify import VerifySheet
from layerscope.gui.window import MainWindow
from support import shelf
from support.windows import Open, fake

IMAGES = shelf.images()
DANGLING = IMAGES[10:]


def plan_prune(
    all_unused: bool, older_than_days: int | None, unchecked: frozenset[Digest]
) -> RemovalPlan:
    return shelf.plan(IMAGES if all_unused else DANGLING, unchecked)


def plan_removal(names: list[str], **_how: object) -> RemovalPlan:
    rows = [row for row in IMAGES if str(row.digest) in names or set(names) & set(row.references)]
    return shelf.plan(rows)


def test_verify_tells_that_the_store_is_sound(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(verify=Verified(61, 3_800_000_000, ()))
    window.changes.verify()
    sheet = window.findChildren(VerifySheet)[0]
    qtbot.waitUntil(sheet.banner.isVisible)
    assert sheet.words.text() == "61 blobs, 3.8 GB read."
    assert sheet.banner.title == "The store is sound."


def test_verify_lists_what_it_found(open_window: Open, qtbot: QtBot) -> None:
    found = Finding("sha256:0", "Blob sha256:0 is <b>damaged</b>.", "Pull it again.")
    window = open_window(verify=Verified(61, 1, (found,)))
    window.changes.verify()
    sheet = window.findChildren(VerifySheet)[0]
    qtbot.waitUntil(sheet.findings.isVisible)
    assert sheet.findings.toPlainText() == "Blob sha256:0 is <b>damaged</b>. Pull it again."


def test_a_damaged_list_of_images_can_be_repaired_from_there(
    open_window: Open, qtbot: QtBot
) -> None:
    found = Finding("index.json", "index.json is not valid JSON.", "A repair helps.")
    answers = [Verified(0, 0, (found,), repairable=True), Verified(61, 1, ())]
    window = open_window(verify=lambda: answers.pop(0), repair=Repaired(("app:1",), ()))
    window.changes.verify()
    sheet = window.findChildren(VerifySheet)[0]
    qtbot.waitUntil(sheet.repair.isVisible)
    sheet.repair.click()
    qtbot.waitUntil(lambda: sheet.banner.title == "The store is sound.")
    assert not sheet.repair.isVisible()


def test_closing_verify_stops_it(open_window: Open) -> None:
    window = open_window()
    window.changes.verify()
    job = fake(window).open("verify")[0]
    window.findChildren(VerifySheet)[0].dismiss()
    assert job.unwanted


def test_the_keyboard_map_names_every_key(open_window: Open) -> None:
    window = open_window()
    window.actions_["help.keys"].trigger()
    words = {label.text() for label in window.findChildren(KeysSheet)[0].findChildren(QLabel)}
    for identity in window.actions_:
        for key in window.actions_[identity].shortcuts():
            assert any(key.toString() in word for word in words), key.toString()


def test_about_carries_the_licences(open_window: Open) -> None:
    window = open_window()
    window.actions_["help.about"].trigger()
    text = window.findChildren(AboutSheet)[0].text.toPlainText()
    assert "ISC License" in text
    assert "SIL OPEN FONT LICENSE" in text


@pytest.fixture(params=["tag", "prune", "remove", "verify", "keys", "about"])
def any_sheet(request: pytest.FixtureRequest, open_window: Open, qtbot: QtBot) -> Sheet:
    window = open_window(
        plan_prune=plan_prune, plan_removal=plan_removal, verify=Verified(1, 1, ())
    )
    match request.param:
        case "tag":
            window.changes.tag(IMAGES[0])
        case "prune":
            window.changes.prune()
        case "remove":
            window.changes.remove(list(IMAGES[:5]))
        case "verify":
            window.changes.verify()
        case name:
            window.actions_[f"help.{name}"].trigger()
    sheet = window.findChildren(Sheet)[0]
    qtbot.waitUntil(lambda: not fake(window).busy)
    return sheet


def test_escape_closes_and_gives_the_focus_back(any_sheet: Sheet, qtbot: QtBot) -> None:
    window = any_sheet.window()
    QTest.keyClick(QApplication.focusWidget() or any_sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(Sheet))


def test_tab_stays_inside(any_sheet: Sheet) -> None:
    for _step in range(30):
        QTest.keyClick(QApplication.focusWidget() or any_sheet, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus is not None
        assert focus is any_sheet or any_sheet.isAncestorOf(focus)


def test_no_shortcut_of_the_window_answers_under_a_sheet(any_sheet: Sheet) -> None:
    window = any_sheet.window()
    assert isinstance(window, MainWindow)
    before = window.section
    focus = QApplication.focusWidget() or any_sheet
    QTest.keyClick(focus, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(focus, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert window.section is before
    assert len(window.findChildren(Sheet)) == 1


@pytest.mark.parametrize("size", [(960, 600), (1600, 960)])
def test_no_text_is_cut(any_sheet: Sheet, size: tuple[int, int]) -> None:
    any_sheet.window().resize(*size)
    QApplication.processEvents()
    assert cut_texts(any_sheet) == []


def test_everything_has_a_name(any_sheet: Sheet) -> None:
    nameless = [
        one
        for one in any_sheet.findChildren(QWidget)
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and one.isVisible()
        and not one.accessibleName()
        and not (isinstance(one, QAbstractButton) and one.text())
    ]
    assert nameless == []


def cut_texts(root: QWidget) -> list[str]:
    found = []
    for one in root.findChildren(QWidget):
        if not one.isVisible():
            continue
        if isinstance(one, QLabel) and one.text():
            need = one.heightForWidth(one.width()) if one.wordWrap() else one.sizeHint().height()
            too_wide = not one.wordWrap() and one.sizeHint().width() > one.width() + 1
            if too_wide or need > one.height() + 1:
                found.append(one.text())
        elif isinstance(one, QAbstractButton) and one.minimumSizeHint().width() > one.width() + 1:
            found.append(one.text())
    return found


def test_nothing_flashes_up_as_a_window_of_its_own(any_sheet: Sheet) -> None:
    window = any_sheet.window()
    assert window.isActiveWindow()
    assert [one for one in QApplication.topLevelWidgets() if one.isVisible()] == [window]

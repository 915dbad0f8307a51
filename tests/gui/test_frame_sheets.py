"""The sheets: what they say, what they start, and that nothing happens by accident."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import StoreChanged
from layerscope.engine.library.values import (
    Finding,
    ImageRow,
    Removal,
    RemovalPlan,
    Repaired,
    TagChange,
    Verified,
)
from layerscope.engine.oci import Digest
from layerscope.gui.dialogs.about import AboutSheet
from layerscope.gui.dialogs.keys import KeysSheet
from layerscope.gui.dialogs.prune import PruneSheet
from layerscope.gui.dialogs.remove import RemoveSheet
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.dialogs.tag import TagSheet
from layerscope.gui.dialogs.verify import VerifySheet
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


def plan_removal(names: list[str], **_how: object) -> RemovalPlan:
    rows = [row for row in IMAGES if str(row.digest) in names or set(names) & set(row.references)]
    return shelf.plan(rows)


def tag_sheet(window: MainWindow, row: ImageRow = IMAGES[0]) -> TagSheet:
    window.changes.tag(row)
    return window.findChildren(TagSheet)[0]


def prune_sheet(window: MainWindow, qtbot: QtBot) -> PruneSheet:
    window.changes.prune()
    sheet = window.findChildren(PruneSheet)[0]
    qtbot.waitUntil(lambda: sheet.plan is not None)
    return sheet


# Tag


def test_a_reference_is_taken_apart_while_it_is_typed(open_window: Open) -> None:
    sheet = tag_sheet(open_window())
    sheet.field.setText("registry.acme.dev/shop/web:2026-05")
    parts = (sheet.registry.value, sheet.repository.value, sheet.tag_card.value)
    assert parts == ("registry.acme.dev", "shop/web", "2026-05")
    assert sheet.accept.isEnabled()


def test_it_starts_in_the_repository_of_the_image(open_window: Open) -> None:
    sheet = tag_sheet(open_window())
    assert sheet.field.text() == "shop-web:"
    assert not sheet.accept.isEnabled()
    assert not sheet.complaint.isVisible()


def test_a_wrong_name_is_explained_after_a_pause_with_a_fix(
    open_window: Open, qtbot: QtBot
) -> None:
    sheet = tag_sheet(open_window())
    sheet.field.setText("Shop/Web")
    assert not sheet.complaint.isVisible()
    assert not sheet.accept.isEnabled()
    qtbot.waitUntil(sheet.complaint.isVisible)
    assert "Did you mean shop/web?" in sheet.complaint.text()
    assert sheet.field.accessibleDescription() == sheet.complaint.text()
    sheet.fix.click()
    assert sheet.field.text() == "shop/web"
    assert sheet.accept.isEnabled()
    assert not sheet.complaint.isVisible()


@pytest.mark.parametrize(
    "text", ["a b", "x@sha256:" + "0" * 64, "shop-web:1.4", "", "a" * 1000, "<b>&amp;"]
)
def test_what_is_no_new_tag_cannot_be_added(open_window: Open, text: str) -> None:
    sheet = tag_sheet(open_window())
    sheet.field.setText(text)
    assert not sheet.accept.isEnabled()


def test_moving_a_tag_says_what_it_leaves(open_window: Open) -> None:
    sheet = tag_sheet(open_window())
    sheet.field.setText("nginx:1.27")
    assert sheet.accept.text() == "Move tag"
    assert "nginx:1.27 now points to b2c9d83e0f17" in sheet.complaint.text()
    assert "keeps the tag nginx:latest" in sheet.complaint.text()
    sheet.field.setText("postgres:16")
    assert "becomes untagged" in sheet.complaint.text()
    sheet.field.setText("postgres:17")
    assert sheet.accept.text() == "Add tag"


def test_enter_adds_the_tag_and_a_toast_offers_undo(open_window: Open, qtbot: QtBot) -> None:
    change = TagChange("7", "docker.io/library/shop-web:2", IMAGES[0].digest)
    window = open_window(tag=change)
    sheet = tag_sheet(window)
    sheet.field.setText("shop-web:2")
    QTest.keyClick(sheet.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.findChildren(Toast)))
    asked: object = (("docker.io/library/shop-web:1.4", "docker.io/library/shop-web:2"), {})
    assert fake(window).calls("tag") == [asked]
    assert window.findChildren(Toast)[0].text == "Added tag shop-web:2."


# Prune


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
    assert window.findChildren(Toast)[0].text == "Freed 101.6 MB."


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


# Remove


def test_removing_one_image_says_what_it_frees_and_what_stays(
    open_window: Open, qtbot: QtBot
) -> None:
    window = open_window(plan_removal=plan_removal, apply=Removal("9", (), (), 93_200_000))
    window.changes.remove([IMAGES[1]])
    sheet = window.findChildren(RemoveSheet)[0]
    qtbot.waitUntil(sheet.delete.isEnabled)
    assert sheet.title.text() == "Remove shop-web:1.3?"
    assert sheet.words.text() == "Frees 93.2 MB. 312.9 MB stay because 4 other images use them."
    assert sheet.keep.isVisible()
    assert sheet.default is sheet.cancel
    sheet.delete.click()
    qtbot.waitUntil(lambda: bool(window.findChildren(Toast)))
    assert len(fake(window).calls("apply")) == 1


def test_the_last_tag_can_go_alone(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(
        plan_removal=plan_removal, apply=Removal("9", ("docker.io/library/shop-web:1.3",), (), 0)
    )
    window.changes.remove([IMAGES[1]])
    window.findChildren(RemoveSheet)[0].keep.click()
    qtbot.waitUntil(lambda: bool(window.findChildren(Toast)))
    asked = ((["docker.io/library/shop-web:1.3"],), {"keep_untagged": True})
    assert fake(window).calls("plan_removal")[-1] == asked
    assert window.findChildren(Toast)[0].text == "Removed tag shop-web:1.3."


def test_an_image_with_two_tags_names_both(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(plan_removal=plan_removal)
    window.changes.remove([IMAGES[0]])
    sheet = window.findChildren(RemoveSheet)[0]
    qtbot.waitUntil(sheet.delete.isEnabled)
    assert sheet.names.text() == "All 2 tags go with it: shop-web:1.4, shop-web:latest."
    assert not sheet.keep.isVisible()


def test_several_images_are_listed_and_can_be_unchecked(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(plan_removal=plan_removal)
    window.changes.remove(list(IMAGES[1:4]))
    sheet = window.findChildren(RemoveSheet)[0]
    qtbot.waitUntil(sheet.delete.isEnabled)
    assert sheet.delete.text() == "Remove 3 images"
    sheet.list.rows[0].click()
    qtbot.waitUntil(lambda: sheet.delete.text() == "Remove 2 images")
    assert len(sheet.list.rows) == 3


# Others


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

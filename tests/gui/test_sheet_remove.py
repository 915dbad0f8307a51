"""The remove sheet: what goes, what stays, and a tag that goes alone."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from layerscope.engine.library.values import (
    Removal,
    RemovalPlan,
)
from layerscope.gui.dialogs.remove import RemoveSheet
from layerscope.gui.toasts import Toast
from support import shelf
from support.windows import Open, fake

IMAGES = shelf.images()


def plan_removal(names: list[str], **_how: object) -> RemovalPlan:
    rows = [row for row in IMAGES if str(row.digest) in names or set(names) & set(row.references)]
    return shelf.plan(rows)


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

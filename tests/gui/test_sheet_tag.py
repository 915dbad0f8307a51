"""The tag sheet: a name is taken apart, explained, and set."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from layerscope.engine.library.values import (
    ImageRow,
    TagChange,
)
from layerscope.gui.dialogs.tag import TagSheet
from layerscope.gui.toasts import Toast
from layerscope.gui.window import MainWindow
from support import shelf
from support.windows import Open, fake

IMAGES = shelf.images()


def tag_sheet(window: MainWindow, row: ImageRow = IMAGES[0]) -> TagSheet:
    window.changes.tag(row)
    return window.findChildren(TagSheet)[0]


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

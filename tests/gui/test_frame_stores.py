"""A store that cannot be used is told, what cannot be done says why, and another can be chosen."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QToolTip
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import StoreUnreadable
from layerscope.gui.jobs import Jobs
from layerscope.gui.menus import Menu
from layerscope.gui.settings import Settings
from layerscope.gui.stores import remembered
from layerscope.gui.window import MainWindow
from support import shelf
from support.fake_jobs import FakeJobs
from support.surroundings import live_in
from support.windows import Open, fake

BROKEN = StoreUnreadable("/x is not an image store.", hint="Choose an empty folder.")
CHANGES = ("image.pull", "image.prune", "file.load", "file.load-folder", "file.sample")


def offers(window: MainWindow) -> list[str]:
    found = window.library.banner.findChildren(QPushButton)
    return [one.text() for one in found if one.isVisible()]


def test_a_store_that_cannot_be_opened_offers_another(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(FakeJobs(images=BROKEN))
    qtbot.waitUntil(window.library.banner.isVisible)
    qtbot.waitUntil(lambda: offers(window) == ["Try again", "Choose another store…"])
    for identity in CHANGES:
        assert not window.actions_[identity].isEnabled(), identity
        assert window.actions_.reasons[identity] == "The store cannot be read now."
    assert window.actions_["file.store"].isEnabled()


def test_buttons_say_why_they_cannot_be_pressed(open_window: Open, qtbot: QtBot) -> None:
    jobs = FakeJobs(images=BROKEN)
    window = open_window(jobs)
    qtbot.waitUntil(window.library.banner.isVisible)
    (pull,) = (one for one in window.library.findChildren(QPushButton) if one.text() == "Pull…")
    assert not pull.isEnabled()
    assert pull.toolTip() == "<span>The store cannot be read now.</span>"
    jobs.answers["images"] = shelf.listing()
    window.images.refresh()
    qtbot.waitUntil(pull.isEnabled)
    assert pull.toolTip() == ""


def test_the_banner_keeps_its_buttons_apart(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(images=shelf.listing(writable=False))
    qtbot.waitUntil(lambda: offers(window) == ["Verify store…", "Choose another store…"])
    for _ in range(3):
        window.images.failed.emit(BROKEN)
    qtbot.waitUntil(lambda: offers(window) == ["Try again", "Choose another store…"])


def test_nothing_of_the_old_store_is_told_of_the_new_one(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    assert "images" in window.status._counts.text()
    fake(window).answers["images"] = BROKEN
    window.images.start_over()
    qtbot.waitUntil(window.library.banner.isVisible)
    assert window.status._counts.text() == ""
    assert window.library.model.rowCount() == 0


def test_a_menu_says_why_an_entry_cannot_be_chosen(
    open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _where, text, _menu: said.append(text))
    window = open_window(images=shelf.listing(writable=False))
    (menu,) = (one for one in window.findChildren(Menu) if one.title() == "Image")
    menu.resize(menu.sizeHint())
    for identity in ("image.prune", "image.push"):
        where = menu.actionGeometry(window.actions_[identity]).center()
        QApplication.sendEvent(menu, QHelpEvent(QHelpEvent.Type.ToolTip, where, where))
    assert said == [
        "<span>This store can only be read.</span>",
        "<span>Select an image first.</span>",
    ]


def test_another_store_is_shown_and_remembered(
    open_window: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in live_in(tmp_path).items():
        monkeypatch.setenv(name, value)
    broken, other = tmp_path / "broken", tmp_path / "other"
    for folder in (broken, other):
        folder.mkdir()
    (broken / "letter.txt").write_text("no image")
    settings = Settings(tmp_path / "window.json")
    window = open_window(cast("FakeJobs", Jobs(broken)), settings)
    qtbot.waitUntil(window.library.banner.isVisible, timeout=15_000)
    assert "not an image store" in window.library.banner.title
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_asked: str(other))
    (choose,) = (
        one
        for one in window.library.banner.findChildren(QPushButton)
        if one.text() == "Choose another store…"
    )
    choose.click()
    qtbot.waitUntil(window.library.first_run.isVisible, timeout=15_000)
    assert not window.library.banner.isVisible()
    window.library.first_run.sample.click()
    qtbot.waitUntil(lambda: len(window.images.rows) == 2, timeout=15_000)
    assert (broken / "letter.txt").read_text() == "no image"
    assert not (broken / "index.json").exists()
    assert remembered(settings) == (other, "")


def test_a_remembered_store_that_is_gone_is_told_and_kept_in_mind(
    qtbot: QtBot, tmp_path: Path
) -> None:
    settings = Settings(None)
    assert remembered(settings) == (None, "")
    settings.put("store.folder", str(tmp_path / "disk"))
    folder, words = remembered(settings)
    assert folder is None
    assert str(tmp_path / "disk") in words
    (tmp_path / "disk").mkdir()
    assert remembered(settings) == (tmp_path / "disk", "")


def test_no_other_store_while_something_travels(
    open_window: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    window.transfers.start_load("/x/image.tar")
    asked: list[object] = []

    def ask(*how: object) -> str:
        asked.append(how)
        return ""

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", ask)
    window.actions_["file.store"].trigger()
    assert asked == []

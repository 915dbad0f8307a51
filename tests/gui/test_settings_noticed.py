"""An open window notices settings that another program has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from layerscope.engine.library import open_library
from layerscope.engine.library.values import (
    ConnectionTest,
    RegistryRow,
    RegistryState,
    Searching,
    Settings,
)
from layerscope.engine.task import Task
from layerscope.gui.jobs import Jobs
from layerscope.gui.rail import Section
from layerscope.gui.search.page import SearchPage
from layerscope.gui.shipping.registries import RegistriesSheet
from support import shelf
from support.fake_jobs import FakeJobs
from support.windows import Open

PATIENCE = 20_000  #: milliseconds; a process starts on a busy machine
HUB = RegistryRow("docker.io", "Docker Hub", Searching.SEARCH, "Searches by name.")
OWN = RegistryRow("own.example", "own.example", Searching.LIST, "Lists by name only.")
NEW = RegistryRow("new.example", "new.example", Searching.LIST, "Lists by name only.")


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    made = Jobs(tmp_path / "store")
    yield made
    made.close()


def test_a_window_hears_of_it_and_its_next_question_obeys(
    qtbot: QtBot, jobs: Jobs, tmp_path: Path
) -> None:
    with qtbot.waitSignal(jobs.start("images").finished, timeout=PATIENCE):
        pass
    with qtbot.waitSignal(jobs.settings_changed, timeout=PATIENCE):
        elsewhere = open_library(tmp_path / "other")
        changed = elsewhere.configure_registry("new.example", task=Task())
    heard: list[Settings] = []
    job = jobs.start("settings")
    job.succeeded.connect(heard.append)
    with qtbot.waitSignal(job.finished, timeout=PATIENCE):
        pass
    assert heard == [changed]
    assert "new.example" in changed.registries


def test_the_chooser_of_the_search_lists_a_registry_that_was_added_elsewhere(
    open_window: Open, qtbot: QtBot
) -> None:
    fake = FakeJobs(registries=(HUB, OWN), images=shelf.listing(), search=())
    window = open_window(fake)
    window.open_section(Section.SEARCH)
    page = window.pages.currentWidget()
    assert isinstance(page, SearchPage)
    qtbot.waitUntil(lambda: page.chooser.findData(OWN.host) >= 0)
    page.chooser.choose(OWN.host)
    fake.answers["registries"] = (HUB, OWN, NEW)
    fake.settings_changed.emit()
    qtbot.waitUntil(lambda: page.chooser.findData(NEW.host) >= 0)
    assert page.chooser.registry == OWN


def test_the_sheet_of_registries_shows_what_is_new_and_keeps_what_was_tested(
    open_window: Open, qtbot: QtBot
) -> None:
    answer = ConnectionTest(OWN.host, RegistryState.ANONYMOUS, "", encrypted=True)
    fake = FakeJobs(registries=(HUB, OWN), images=shelf.listing(), test_registry=answer)
    window = open_window(fake)
    window.actions_["tools.registries"].trigger()
    (sheet,) = window.findChildren(RegistriesSheet)
    qtbot.waitUntil(lambda: len(sheet.rows) == 2)
    sheet.rows[1].test.click()
    words = "Answers, and lets anybody read."
    qtbot.waitUntil(lambda: sheet.rows[1].state.text() == words)
    asked = len(fake.calls("registries"))
    fake.settings_changed.emit()  # something that registries have nothing to do with
    qtbot.waitUntil(lambda: len(fake.calls("registries")) > asked and not fake.open("registries"))
    assert sheet.rows[1].state.text() == words
    fake.answers["registries"] = (HUB, replace(OWN, plain_http=True), NEW)
    fake.settings_changed.emit()
    qtbot.waitUntil(lambda: len(sheet.rows) == 3)
    assert sheet.rows[1].row.plain_http

"""The dressed application, and a window on a made-up library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerscope.engine.rootfs import Timeline, View
from layerscope.gui import paint, theme
from layerscope.gui.image.files_pane import FilesPane
from layerscope.gui.image.notices import FilesNotices
from layerscope.gui.image.reader import Reader
from layerscope.gui.jobs import Jobs
from layerscope.gui.language import English
from layerscope.gui.rail import Section
from layerscope.gui.search.page import SearchPage
from layerscope.gui.settings import Settings
from layerscope.gui.window import MainWindow
from support import shelf
from support.fake_jobs import FakeJobs
from support.wide_folder import VIEW, Lister, large_timeline
from support.windows import Open


@pytest.fixture(scope="session", autouse=True)
def dressed(qapp: QApplication) -> Iterator[QApplication]:
    """Fonts, plurals and the light theme, as the program has them."""
    qapp.installTranslator(English(qapp))
    paint.load_fonts()
    qapp.setFont(paint.font(13))
    theme.apply(qapp, "light")
    yield qapp
    qapp.aboutToQuit.emit()  # which is how the program ends


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication) -> Iterator[Open]:
    """A function that opens a window on fake jobs; its answers are keyword arguments."""
    opened: list[MainWindow] = []

    def make(
        jobs: FakeJobs | None = None, settings: Settings | None = None, **answers: object
    ) -> MainWindow:
        answers.setdefault("images", shelf.listing())
        answered = jobs is None
        jobs = jobs or FakeJobs(**answers)
        window = MainWindow(cast("Jobs", jobs), settings or Settings(None))
        jobs.setParent(window)
        window.resize(1280, 800)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        qtbot.waitUntil(lambda: window.images.listing is not None or not answered)
        opened.append(window)
        return window

    yield make
    for window in opened:
        window.leave_now()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    qapp.processEvents()
    theme.apply(qapp, "light")


@pytest.fixture(scope="session")
def wide_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return large_timeline(tmp_path_factory.mktemp("wide"))


@pytest.fixture
def lister(qtbot: QtBot, wide_place: Path) -> Iterator[Lister]:
    """A person at the list of files alone, which has a large folder."""
    files = FilesPane()
    qtbot.addWidget(files)
    FilesNotices(files, files)
    files.resize(600, 500)
    files.show()
    timeline = Timeline.open(wide_place)
    reader = Reader(wide_place)
    files.view.files.open(timeline, reader, VIEW)
    yield Lister(qtbot, files, timeline)
    files.view.files.open(None, None, View(0))
    reader.close()
    timeline.close()


@pytest.fixture
def search_page(open_window: Open, jobs: FakeJobs, qtbot: QtBot) -> SearchPage:
    """The search of a window on the module's own jobs, which knows its registries."""
    window = open_window(jobs)
    window.open_section(Section.SEARCH)
    found = window.pages.currentWidget()
    assert isinstance(found, SearchPage)
    qtbot.waitUntil(lambda: found.chooser.count() > 1)
    return found

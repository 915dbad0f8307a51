"""The dressed application, and a window on a made-up library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from layerscope.gui import paint, theme
from layerscope.gui.jobs import Jobs
from layerscope.gui.language import English
from layerscope.gui.settings import Settings
from layerscope.gui.window import MainWindow
from support import shelf
from support.fake_jobs import FakeJobs
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

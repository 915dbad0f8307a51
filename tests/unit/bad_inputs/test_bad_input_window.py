"""The window before hostile texts: it shows them as what they are, and answers."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from layerscope.gui.image.config import ConfigTab
from layerscope.gui.image.files_view import FilesView
from layerscope.gui.image.page import CONFIG, FILES, HISTORY, RAW, ImagePage
from layerscope.gui.window import MainWindow
from support.bad_inputs import Door
from support.nasty_texts import MIB, NASTY, nothing_hidden, opened_page, window_on


@pytest.fixture
def window(door: Door, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(door, qtbot) as opened:
        yield opened


def longest_gap(qtbot: QtBot, act: Callable[[], object], done: Callable[[], bool]) -> float:
    """Seconds for which the event loop did not turn."""
    beats: list[float] = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(2)
    beats.append(time.perf_counter())
    act()
    qtbot.waitUntil(done, timeout=20_000)
    qtbot.wait(30)
    timer.stop()
    beats.append(time.perf_counter())
    return max(later - earlier for earlier, later in itertools.pairwise(beats))


def _is_current(view: FilesView, name: bytes) -> bool:
    return view.current is not None and view.current.name == name


def _is_at(page: ImagePage, tab: int) -> bool:
    return page.header.tabs.currentIndex() == tab


def test_nasty_names_are_one_line_with_nothing_hidden_in_the_library(
    window: MainWindow, qtbot: QtBot
) -> None:
    """G05, M07: names of other programs."""
    nothing_hidden(window)
    window.grab()
    listing = window.images.listing
    assert listing is not None
    assert sum(not row.familiar for row in listing.images) >= len(NASTY) - 1
    for action in ("image.prune",):
        if action in window.actions_:
            window.actions_[action].trigger()
            qtbot.wait(50)
            nothing_hidden(window)
            window.grab()


def test_nasty_names_are_one_line_in_the_files_and_the_inspector(
    window: MainWindow, qtbot: QtBot
) -> None:
    """G05"""
    page = opened_page(window, qtbot)
    view = page.files.files.view
    for name in NASTY.values():
        page.show_path(name)
        qtbot.waitUntil(partial(_is_current, view, name))
        qtbot.wait(20)
        nothing_hidden(window)
        window.grab()
    page.show_path(b"link")
    qtbot.waitUntil(lambda: view.current is not None and view.current.name == b"link")
    nothing_hidden(window)


def test_a_copy_gives_the_real_bytes(window: MainWindow, qtbot: QtBot) -> None:
    """G05"""
    page = opened_page(window, qtbot)
    view = page.files.files.view
    for name in NASTY.values():
        page.show_path(name)
        qtbot.waitUntil(partial(_is_current, view, name))
        page.files.verbs.copy_chosen()
        data = QGuiApplication.clipboard().mimeData()
        try:
            assert data.text() == "/" + name.decode()
        except UnicodeDecodeError:
            assert bytes(data.data("application/octet-stream").data()) == b"/" + name


def test_a_nasty_config_is_literal_text_and_the_window_answers(
    window: MainWindow, qtbot: QtBot
) -> None:
    """M06: HTML, /dev/zero, ESC, RLO, NUL, and a value of 10 MB on one line."""
    page = opened_page(window, qtbot)
    assert page.detail is not None
    start = time.perf_counter()
    ConfigTab().show_image(page.detail)
    gaps = {-1: time.perf_counter() - start}
    for tab in (HISTORY, CONFIG, RAW, FILES):
        gaps[tab] = longest_gap(
            qtbot,
            partial(page.header.tabs.setCurrentIndex, tab),
            partial(_is_at, page, tab),
        )
        nothing_hidden(window)
        for text in window.findChildren(QPlainTextEdit):
            document = text.toPlainText()
            assert not any(mark in document for mark in "\0\x1b\u202e"), text
            assert len(document) < 4 * MIB
    print({number: f"{1000 * gap:.0f} ms" for number, gap in gaps.items()})
    assert max(gaps.values()) < 1.0  # 0.1 is the goal; the machines of tests are slow and shared

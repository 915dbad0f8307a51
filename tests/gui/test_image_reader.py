"""The thread that asks a timeline, and how a timeline is opened there."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.library.values import Browsable
from layerscope.engine.oci import Digest
from layerscope.engine.rootfs import Timeline
from layerscope.gui.image.browsing import Browsing
from layerscope.gui.image.reader import Reader
from layerscope.gui.jobs import Jobs
from support.fake_jobs import FakeJobs
from support.shop_stack import shop_timeline

CHAIN = Digest.of(b"chain")


@pytest.fixture
def timeline(tmp_path: Path) -> Path:
    shop_timeline(tmp_path).close()
    return next(tmp_path.glob("timeline-*"))


def browsing(qtbot: QtBot, path: Path) -> Browsing:
    jobs = FakeJobs(browse=Browsable(str(path), CHAIN, 3))
    made = Browsing(cast("Jobs", jobs))
    jobs.setParent(made)
    return made


def test_closing_does_not_wait_for_the_question_in_hand(qtbot: QtBot, timeline: Path) -> None:
    asked, go_on = threading.Event(), threading.Event()
    answers: list[object] = []

    def question(_timeline: Timeline) -> str:
        asked.set()
        assert go_on.wait(30)
        return "late"

    reader = Reader(timeline)
    reader.ask("slow", question, answers.append)
    qtbot.waitUntil(asked.is_set)
    reader.close()  # would wait here for two seconds
    with qtbot.waitSignal(reader.destroyed, timeout=30_000):
        go_on.set()
    assert answers == []


def test_the_window_paints_before_the_thread_gets_a_question(qtbot: QtBot, timeline: Path) -> None:
    order: list[str] = []

    class Page(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            order.append("painted")

    page = Page()
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: bool(order))
    reader = Reader(timeline)
    for _ in range(20):
        order.clear()

        def answered(_answer: object) -> None:
            reader.ask("next", lambda timeline: order.append("asked"), lambda _answer: None)
            QTimer.singleShot(0, page.update)  # as lists do, which lay out what changed first

        reader.ask("first", lambda timeline: None, answered)
        qtbot.waitUntil(lambda: "asked" in order and "painted" in order)
        assert order == ["painted", "asked"]
    reader.close()


def test_a_reader_that_was_never_asked_goes_too(qtbot: QtBot, timeline: Path) -> None:
    reader = Reader(timeline)
    with qtbot.waitSignal(reader.destroyed):
        reader.close()


def test_timelines_are_opened_off_the_windows_thread(
    qtbot: QtBot, timeline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[threading.Thread] = []
    really = Timeline.open

    def note(path: Path) -> Timeline:
        opened.append(threading.current_thread())
        return really(path)

    monkeypatch.setattr(Timeline, "open", note)
    look = browsing(qtbot, timeline)
    with qtbot.waitSignal(look.ready):
        look.start("shop-web:1.4")
    assert look.timeline is not None
    assert opened
    assert threading.main_thread() not in opened
    look.close()


def test_a_timeline_that_is_damaged_is_told_and_left(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "timeline"
    path.write_bytes(b"no timeline")
    look = browsing(qtbot, path)
    with qtbot.waitSignal(look.failed) as told:
        look.start("shop-web:1.4")
    assert isinstance(told.args[0], LayerscopeError)
    assert look.timeline is None
    assert not look.busy


def test_an_image_closed_while_its_timeline_opens_is_not_told(
    qtbot: QtBot, timeline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    really = Timeline.open

    def wait(path: Path) -> Timeline:
        assert go_on.wait(30)
        return really(path)

    monkeypatch.setattr(Timeline, "open", wait)
    look = browsing(qtbot, timeline)
    told: list[object] = []
    look.ready.connect(told.append)
    look.start("shop-web:1.4")
    qtbot.waitUntil(lambda: look.reader is not None)
    assert look.reader is not None
    with qtbot.waitSignal(look.reader.destroyed, timeout=30_000):
        look.close()
        go_on.set()
    assert told == []
    assert not look.busy

"""Files are looked for beside the window while somebody types into the palette."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import StoreUnreadable
from layerscope.engine.library.values import Browsable
from layerscope.engine.oci import Digest
from layerscope.gui.image.page import ImagePage
from layerscope.gui.palette import Palette
from layerscope.gui.window import MainWindow
from support.fake_images import shop_web
from support.shop_stack import shop_timeline
from support.windows import Open


class Typist:
    """Types into the palette over an open image."""

    def __init__(self, bot: QtBot, window: MainWindow) -> None:
        self.bot = bot
        self.window = window
        (self.page,) = window.findChildren(ImagePage)
        window.open_palette()
        self.palette: Palette = window.findChildren(Palette)[-1]

    @property
    def names(self) -> list[str]:
        rows = map(self.palette.model.entry, range(self.palette.model.rowCount()))
        return [entry.name for entry in rows if entry is not None]

    @property
    def chosen(self) -> str:
        entry = self.palette.model.entry(self.palette.view.currentIndex().row())
        return entry.name if entry is not None else ""

    def types(self, text: str) -> None:
        QTest.keyClicks(self.palette.field, text)

    def presses(self, key: Qt.Key) -> None:
        QTest.keyClick(self.palette.field, key)

    def holds_the_reader(self) -> Callable[[], None]:
        """Keeps the thread busy until what this returns is called."""
        held = threading.Event()
        reader = self.page.files.browsing.reader
        assert reader is not None
        reader.ask("busy", lambda timeline: held.wait(30), lambda _answer: None)
        return held.set

    def waits(self, state: Callable[[], bool]) -> None:
        self.bot.waitUntil(state)

    @property
    def current(self) -> bytes:
        row = self.page.files.files.view.current
        return row.name if row is not None else b""


@pytest.fixture
def typist(open_window: Open, qtbot: QtBot, tmp_path: Path) -> Typist:
    shop_timeline(tmp_path).close()
    detail = shop_web()
    window = open_window(
        image=replace(detail, layers=detail.layers[:3], base_layers=1),
        browse=Browsable(str(next(tmp_path.glob("timeline-*"))), Digest.of(b"chain"), 3),
        read_file=b"",
    )
    window.open_image("acme/shop-web:1.4")

    def listed() -> bool:
        pages = window.findChildren(ImagePage)
        return bool(pages) and pages[0].files.files.view.files.rowCount() > 0

    qtbot.waitUntil(listed)
    return Typist(qtbot, window)


def test_files_come_first_once_they_were_found(typist: Typist) -> None:
    typist.types("shad")
    typist.waits(lambda: typist.names[:1] == ["shadow"])
    assert typist.chosen == "shadow"


def test_a_text_that_it_opens_with_selects_the_file_as_well(typist: Typist) -> None:
    typist.presses(Qt.Key.Key_Escape)
    typist.window.open_palette("s")
    typist.palette = typist.window.findChildren(Palette)[-1]
    assert typist.names, "something is there at once"
    typist.waits(lambda: "shadow" in typist.names)
    assert typist.chosen == typist.names[0]


def test_typing_waits_for_no_file(typist: Typist) -> None:
    go_on = typist.holds_the_reader()
    typist.types("s")
    typist.waits(lambda: not typist.palette.behind)
    assert len(typist.names) > 2
    assert "shadow" not in typist.names
    go_on()
    typist.waits(lambda: "shadow" in typist.names)


def test_enter_waits_for_the_files_that_were_typed_for(typist: Typist) -> None:
    go_on = typist.holds_the_reader()
    typist.types("shadow")
    typist.presses(Qt.Key.Key_Return)
    typist.waits(lambda: not typist.palette.behind)
    assert typist.palette.isVisible()
    go_on()
    typist.waits(lambda: typist.current == b"shadow")
    typist.waits(lambda: not typist.window.findChildren(Palette))


def test_what_was_selected_meanwhile_stays_selected(typist: Typist) -> None:
    go_on = typist.holds_the_reader()
    typist.types("s")
    typist.waits(lambda: not typist.palette.behind)
    typist.presses(Qt.Key.Key_Down)
    chosen = typist.chosen
    go_on()
    typist.waits(lambda: "shadow" in typist.names)
    assert typist.chosen == chosen


def test_only_the_newest_text_is_answered(typist: Typist) -> None:
    go_on = typist.holds_the_reader()
    typist.types("shad")
    typist.waits(lambda: not typist.palette.behind)
    for _letter in "shad":
        typist.presses(Qt.Key.Key_Backspace)
    typist.types("hostn")
    go_on()
    typist.waits(lambda: typist.names[:1] == ["hostname"])
    assert "shadow" not in typist.names


def test_a_timeline_that_cannot_be_read_finds_nothing_and_is_not_asked_again(
    typist: Typist, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def fail(*_arguments: object) -> None:
        asked.append(None)
        raise StoreUnreadable("The timeline is damaged.", hint="Open the image again.")

    monkeypatch.setattr("layerscope.engine.rootfs.Timeline.matching", fail)
    typist.types("shad")
    typist.waits(lambda: bool(asked))
    typist.waits(lambda: not typist.palette.behind)
    typist.presses(Qt.Key.Key_Down)
    assert "shadow" not in typist.names
    assert len(asked) == 1

"""Going to a file in a folder that is not held whole: it is looked for beside the window."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from layerscope.engine.rootfs import Query, Sort, Timeline, View
from layerscope.gui.image.file_tree import SMALL, Order
from layerscope.gui.image.files_pane import FilesPane
from layerscope.gui.image.files_view import FilesView
from layerscope.gui.image.notices import FilesNotices
from layerscope.gui.image.outline import PAGE
from layerscope.gui.image.reader import Reader
from support.stacks import Entry, file, folder, quick_timeline

WIDE = 7_000
DEEP = 3_000
VIEW = View(2, baseline=1)


class Person:
    """Goes to files of a list and reads what is current."""

    def __init__(self, bot: QtBot, files: FilesPane, timeline: Timeline) -> None:
        self.bot = bot
        self.files = files
        self.view: FilesView = files.view
        self.timeline = timeline

    def node(self, path: str) -> int:
        row = self.timeline.find(path.encode(), View(1))
        assert row is not None
        return row.node

    def goes_to(self, path: str) -> None:
        assert self.view.choose(self.node(path))

    @property
    def current(self) -> str:
        row = self.view.current
        return self.timeline.path(row.node).decode() if row is not None else ""

    @property
    def sees_current(self) -> bool:
        place = self.view.visualRect(self.view.currentIndex())
        return place.height() > 0 and self.view.viewport().rect().contains(place)

    def arrives_at(self, path: str) -> bool:
        self.bot.waitUntil(lambda: self.current == path)
        return self.sees_current


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of more than SMALL, one of more than a page in it, and files of several sizes."""
    folders: list[Entry] = [folder("a"), folder("wide"), folder("wide/f4000")]
    files = [file(f"wide/f{number:04}", "x" * (number % 7)) for number in range(WIDE)]
    deep = [file(f"wide/f4000/d{number:04}", "y" * (number % 5)) for number in range(DEEP)]
    shown = [each for number, each in enumerate(files) if number != 4_000]
    where = tmp_path_factory.mktemp("wide")
    quick_timeline(where, [[*folders, *shown, *deep], [file("wide/f0000", "new")]]).close()
    return next(where.glob("timeline-*"))


@pytest.fixture
def person(qtbot: QtBot, place: Path) -> Iterator[Person]:
    files = FilesPane()
    qtbot.addWidget(files)
    FilesNotices(files, files)
    files.resize(600, 500)
    files.show()
    timeline = Timeline.open(place)
    reader = Reader(place)
    files.view.files.open(timeline, reader, VIEW)
    yield Person(qtbot, files, timeline)
    files.view.files.open(None, None, View(0))
    reader.close()
    timeline.close()


def test_a_file_on_a_page_that_was_not_fetched_is_shown(person: Person) -> None:
    person.goes_to("wide/f6500")
    assert person.arrives_at("wide/f6500")
    wide = person.view.files.parent_number(person.view.currentIndex().row())
    assert person.view.files.row(wide + 1 + PAGE) is None, "pages nobody looks at are not fetched"


def test_the_row_that_gets_the_focus_first_was_not_chosen(person: Person) -> None:
    person.goes_to("wide/f6500")
    person.view.activateWindow()
    person.view.setFocus()
    person.bot.waitUntil(lambda: person.view.currentIndex().isValid())
    assert person.view.hasFocus()
    assert person.arrives_at("wide/f6500")


def test_large_folders_in_large_folders_are_opened_on_the_way(person: Person) -> None:
    assert PAGE < DEEP < SMALL < WIDE
    person.goes_to("wide/f4000/d2999")
    assert person.arrives_at("wide/f4000/d2999")
    person.goes_to("wide/f4001")
    assert person.arrives_at("wide/f4001")


@pytest.mark.parametrize("order", [Order(Sort.NAME, True), Order(Sort.SIZE, True)])
def test_it_is_found_in_any_order(person: Person, order: Order) -> None:
    person.view.files.sort_by(order)
    for path in ("wide/f3456", "wide/f4000/d1500"):
        person.goes_to(path)
        assert person.arrives_at(path)


def test_an_order_chosen_meanwhile_does_not_lead_astray(person: Person) -> None:
    person.goes_to("wide/f6500")
    person.view.files.sort_by(Order(Sort.SIZE, True))
    assert person.arrives_at("wide/f6500")


def test_of_two_choices_the_second_wins(person: Person) -> None:
    chosen: list[str] = []
    person.view.row_chosen.connect(lambda row: chosen.append(person.current))
    person.goes_to("wide/f6500")
    person.goes_to("wide/f2500")
    assert person.arrives_at("wide/f2500")
    person.goes_to("wide/f6600")
    person.goes_to("a")
    person.goes_to("wide/f4500")
    assert person.arrives_at("wide/f4500")
    assert chosen == ["wide/f2500", "a", "wide/f4500"]


def test_a_row_chosen_by_key_meanwhile_stays_current(person: Person) -> None:
    person.goes_to("a")
    person.goes_to("wide/f6500")
    QTest.keyClicks(person.view, "w")
    assert person.current == "wide"
    assert not person.view.files.seeking.busy
    heard: list[object] = []
    reader = person.view.files.seeking.reader
    assert reader is not None
    reader.ask("last", lambda timeline: True, heard.append)
    person.bot.waitUntil(lambda: heard == [True])
    assert person.current == "wide"


def test_a_long_search_is_told_above_the_list_and_then_no_more(person: Person) -> None:
    reader = person.view.files.seeking.reader
    assert reader is not None
    held = threading.Event()
    reader.ask("busy", lambda timeline: held.wait(30), lambda _answer: None)
    person.goes_to("wide/f6500")
    assert person.files.found.isHidden(), "what takes a blink is not told"
    person.bot.waitUntil(lambda: not person.files.found.isHidden())
    assert "Looking for it" in person.files.found.text()
    held.set()
    assert person.arrives_at("wide/f6500")
    assert person.files.found.isHidden()


def test_what_a_newer_view_does_not_show_is_told(person: Person, tmp_path: Path) -> None:
    person.goes_to("wide/f6500")
    person.view.files.show_view(View(2, layer=2))
    person.bot.waitUntil(lambda: person.files.found.text() == "This view has no such path.")
    assert person.current == ""


def test_what_a_filter_hides_is_not_looked_for(person: Person) -> None:
    person.goes_to("wide/f6500")
    matches = person.timeline.matching(Query.parse("f0001"), VIEW, 10)
    person.view.files.show_matches(matches)
    assert not person.view.files.seeking.busy
    assert not person.view.choose(person.node("wide/f6500"))
    assert person.view.choose(person.node("wide/f0001"))
    assert person.arrives_at("wide/f0001")

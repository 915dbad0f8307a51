"""A list of files with a folder too large to be held, and a person who goes about in it."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from layerscope.engine.rootfs import Timeline, View
from layerscope.gui.image.files_pane import FilesPane
from layerscope.gui.image.files_view import FilesView
from support.stacks import Entry, file, folder, quick_timeline

WIDE = 7_000
DEEP = 3_000
VIEW = View(2, baseline=1)


class Lister:
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


def large_timeline(where: Path) -> Path:
    """A folder of more than SMALL, one of more than a page in it, files of several sizes, and one
    beside; the upper of two layers changes two of them."""
    folders: list[Entry] = [folder("a"), folder("wide"), folder("wide/f4000")]
    files = [file(f"wide/f{number:04}", "x" * (number % 7)) for number in range(WIDE)]
    deep = [file(f"wide/f4000/d{number:04}", "y" * (number % 5)) for number in range(DEEP)]
    shown = [each for number, each in enumerate(files) if number != 4_000]
    lower = [*folders, *shown, *deep, file("zebra", "z")]
    upper = [file("wide/f0000", "new"), file("wide/f6900", "new as well")]
    quick_timeline(where, [lower, upper]).close()
    return next(where.glob("timeline-*"))

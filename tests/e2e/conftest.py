"""Real registries once for all tests; for each a home of its own, a terminal and a real window."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from layerscope.gui import theme
from layerscope.gui.app import dress, make_window
from layerscope.gui.jobs import Jobs
from layerscope.gui.troubles import Troubles
from layerscope.gui.window import MainWindow
from support.command_line import CommandLine
from support.far_side import FarSide, far_side
from support.person import Person
from support.real_registry import PASSWORD, USER
from support.surroundings import docker_login, live_in


@pytest.fixture(scope="session")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarSide]:
    with far_side(tmp_path_factory.mktemp("far")) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, far: FarSide, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who knows both registries, trusts the CA of one and is signed in there."""
    folders = live_in(tmp_path)
    folders["DOCKER_CONFIG"] = str(tmp_path / "docker")
    for name, value in folders.items():
        monkeypatch.setenv(name, value)
    docker_login(tmp_path / "docker", far.protected.host, USER, PASSWORD)
    settings = tmp_path / "layerscope" / "settings.json"
    settings.parent.mkdir(parents=True)
    hosts = [far.plain.host, far.protected.host]
    ca_files = {far.protected.host: str(far.protected.ca)}
    settings.write_text(json.dumps({"registries": hosts, "ca_files": ca_files}))
    return tmp_path


@pytest.fixture
def shell(home: Path) -> CommandLine:
    """A terminal of that user, on the store that the window shows too."""
    return CommandLine(home)


@pytest.fixture
def pulled(shell: CommandLine, far: FarSide) -> dict[str, Any]:
    """shop/web:1.0 and :1.1, which share layers, as web:1 and web:2; by their names."""
    for number, tag in enumerate(("1.0", "1.1"), 1):
        name = f"{far.plain.host}/shop/web:{tag}"
        shell.json("pull", name, "--platform", "linux/amd64")
        shell.json("tag", name, f"web:{number}")
    return {reference: image for image in shell.json("images") for reference in image["references"]}


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    """The application with fonts and plurals."""
    dress(qapp)
    return qapp


OpenWindow = Callable[[], Person]


class StrayWindows(QObject):
    """Notes widgets that are shown without a parent: they flash as windows and steal the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt calls it so
        if (
            event.type() == QEvent.Type.Show
            and isinstance(watched, QWidget)
            and watched.windowType() == Qt.WindowType.Window
            and not isinstance(watched, MainWindow)
        ):
            self.seen.append(repr(watched))
        return False


@pytest.fixture
def open_window(qtbot: QtBot, dressed: QApplication, home: Path) -> Iterator[OpenWindow]:
    """Opens the real window on the store of ``home``, with a real worker."""
    opened: list[tuple[Person, Jobs]] = []
    stray = StrayWindows()
    dressed.installEventFilter(stray)
    complaints: list[str] = []

    def make() -> Person:
        jobs = Jobs(home / "store")
        troubles = Troubles()
        troubles.arrived.connect(lambda line, report: complaints.append(report))
        window = make_window(dressed, jobs, home / "layerscope" / "window.json", troubles)
        jobs.setParent(window)
        person = Person(qtbot, window)
        opened.append((person, jobs))
        window.resize(1600, 960)
        window.show()
        window.activateWindow()
        person.waits(window.isActiveWindow, "the window")
        return person

    yield make
    for person, jobs in opened:
        person.window.leave_now()
        jobs.close()
        person.window.deleteLater()
        QCoreApplication.sendPostedEvents(person.window, QEvent.Type.DeferredDelete)
    dressed.processEvents()
    theme.apply(dressed, "light")
    dressed.removeEventFilter(stray)
    assert not complaints
    assert not stray.seen


@pytest.fixture
def person(open_window: OpenWindow) -> Person:
    return open_window()

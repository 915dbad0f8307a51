"""A window with a store and a person at it, who takes pictures."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QEventLoop
from PySide6.QtWidgets import QApplication

from layerscope.gui import theme
from layerscope.gui.app import bare_application, dress, make_window
from layerscope.gui.image.page import ImagePage
from layerscope.gui.jobs import Jobs
from layerscope.gui.troubles import Troubles
from layerscope.gui.window import MainWindow
from support.far_side import FarSide, far_side
from support.person import Person
from support.pictured_store import fill
from support.surroundings import live_in

SIZE = (1600, 960)
SMALL = (960, 600)


class Patience:
    """Runs the event loop until something is so; the part of a qtbot that a Person uses."""

    def waitUntil(self, state: Callable[[], bool], timeout: int) -> None:  # as Qt spells it
        deadline = QDeadlineTimer(timeout)
        while not state():
            if deadline.hasExpired():
                raise TimeoutError
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.005)


@dataclass
class Studio:
    """The window, a person at it, and where the pictures go."""

    app: QApplication
    window: MainWindow
    person: Person
    far: FarSide
    folder: Path

    def shoot(self, name: str, size: tuple[int, int] = SIZE) -> None:
        """One picture in each theme."""
        self.window.resize(*size)
        for look in ("light", "dark"):
            theme.apply(self.app, look)
            self.settle()
            self.window.grab().save(str(self.folder / f"{name}-{look}.png"))

    def settle(self) -> None:
        """Let timers that wait for a rest do their work."""
        end = time.monotonic() + 0.35
        while time.monotonic() < end:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)

    def go_to(self, path: str) -> None:
        person = self.person
        person.waits(lambda: person.rows("Files"), "the files")
        person.list("Files").setFocus()
        person.presses("Ctrl+L")
        person.fills("Path", f"/{path}")
        person.presses("Return")
        person.sees(f"/{path}, Size")

    def open_image(self, name: str) -> None:
        self.window.open_image(name)
        self.person.waits(lambda: self._shows(name), f"the files of {name}")

    def _shows(self, name: str) -> bool:
        page = self.window.pages.currentWidget()
        return (
            isinstance(page, ImagePage)
            and page.row is not None
            and name in page.row.references
            and page.files.files.view.files.rowCount() > 0
        )


@contextmanager
def studio(folder: Path, work: Path) -> Iterator[Studio]:
    """A window on an empty store, which is filled once the welcome has been photographed."""
    os.environ.update(live_in(work))
    with far_side(work / "far") as far:
        settings = work / "layerscope" / "settings.json"
        settings.parent.mkdir()
        hosts = [far.plain.host, "docker.io", "quay.io", "ghcr.io"]
        ca_files = {far.protected.host: str(far.protected.ca)}
        settings.write_text(json.dumps({"registries": hosts, "ca_files": ca_files}))
        app = bare_application()
        dress(app)
        jobs = Jobs(work / "store")
        window = make_window(app, jobs, None, Troubles())
        window.resize(*SIZE)
        window.show()
        window.activateWindow()
        made = Studio(app, window, Person(Patience(), window), far, folder)  # type: ignore[arg-type]  # all of a qtbot that a Person uses
        try:
            made.person.sees("No images yet")
            made.shoot("welcome")
            fill(work / "store", far)
            yield made
        finally:
            window.leave_now()
            jobs.close()

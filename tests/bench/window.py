"""What the real window does with its time: run as a process of its own, it prints JSON.

python -m bench.window use STORE REGISTRY     pull, open, filter, idle
python -m bench.window start STORE            the moment of the first paint, then out
python -m bench.window empty                  the same for a window with nothing in it
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from bench import stalls

if TYPE_CHECKING:
    from layerscope.gui.window import MainWindow

TYPED = "react"
BEAT = 5  #: milliseconds between two looks at the clock
PATIENCE = 300.0


class Heart(QObject):
    """Beats in the window's thread and notes how long it was kept from it."""

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._last = time.perf_counter()
        self._longest = 0.0
        self._timer.start(BEAT)
        stalls.watch(lambda: self._last)

    @contextmanager
    def watching(self, phase: str, gaps: dict[str, float]) -> Iterator[None]:
        self._last, self._longest = time.perf_counter(), 0.0
        yield
        self._beat()
        gaps[phase] = round(self._longest * 1000, 1)

    def _beat(self) -> None:
        now = time.perf_counter()
        self._longest = max(self._longest, now - self._last - BEAT / 1000)
        self._last = now


class Painted(QObject):
    """Tells when a widget has been painted while ``state`` held."""

    def __init__(self, widget: QWidget, state: Callable[[], bool]) -> None:
        super().__init__(widget)
        self.at = 0.0
        self._state = state
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # as Qt spells it
        if event.type() == QEvent.Type.Paint and not self.at and self._state():
            QTimer.singleShot(0, self, self._note)
        return False

    def _note(self) -> None:
        self.at = self.at or time.perf_counter()


def until(state: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not state():
        if time.monotonic() > end:
            raise TimeoutError(what)
        QApplication.processEvents()
        time.sleep(0.0005)


def use(store: Path, registry: str) -> dict[str, object]:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from layerscope.gui.app import bare_application, dress, make_window
    from layerscope.gui.image.page import ImagePage
    from layerscope.gui.jobs import Jobs
    from layerscope.gui.rail import Section
    from layerscope.gui.troubles import Troubles

    app = bare_application()

    def bring() -> Jobs:
        dress(app)
        return Jobs(store)

    window = make_window(app, None, None, Troubles())
    window.resize(1600, 960)
    window.furnish_when_seen(bring)
    window.show()
    until(lambda: window.furnished and window.images.listing is not None, "the listing")
    heart, gaps = Heart(), dict[str, float]()
    window.show_transfers(True)
    for image in ("py:final", "base:bookworm", "web:1"):
        name = f"{registry}/{image}"
        with heart.watching(f"pull {image}", gaps):
            transfer = window.transfers.start_pull(name)
            until(lambda: not transfer.running, name)  # noqa: B023  # waited for at once
        assert transfer.error is None, transfer.error
    window.show_transfers(False)
    for image in ("base:bookworm", "web:1", "py:final"):  # the first look merges the layers
        with heart.watching(f"first look at {image}", gaps):
            window.open_image(f"{registry}/{image}")
            page = window.pages.currentWidget()
            assert isinstance(page, ImagePage)
            until(lambda: _shows(page, image), image)  # noqa: B023
    assert isinstance(page, ImagePage)
    view = page.files.files.view
    rows = []
    for _ in range(5):
        for image in ("web:1", "base:bookworm"):
            with heart.watching("open", gaps) if image == "web:1" else _nothing():
                start = time.perf_counter()
                window.open_image(f"{registry}/{image}")
                painted = Painted(view.viewport(), lambda: _shows(page, image))  # noqa: B023
                until(lambda: painted.at, "rows")  # noqa: B023
            if image == "web:1":
                rows.append(painted.at - start)
            painted.deleteLater()
    window.open_section(Section.LIBRARY)
    window.open_image(f"{registry}/web:1")
    until(lambda: _shows(page, "web:1"), "rows")
    field, found = page.files.files.filter_bar.field, []
    page.files.filter.found.connect(lambda matches: found.append(matches))
    keys = []
    with heart.watching("filter", gaps):
        for letter in TYPED:
            found.clear()
            painted = Painted(view.viewport(), lambda: bool(found))
            start = time.perf_counter()
            QTest.keyClick(field, Qt.Key[f"Key_{letter.upper()}"])
            until(lambda: painted.at, "what the filter finds")  # noqa: B023
            keys.append(painted.at - start)
            painted.deleteLater()
    print("idle", flush=True)
    end = time.monotonic() + float(os.environ.get("LAYERSCOPE_IDLE", "14"))
    timer = QTimer(window)
    timer.setSingleShot(True)
    timer.timeout.connect(app.quit)
    timer.start(int(1000 * (end - time.monotonic())))
    heart.deleteLater()
    app.exec()
    window.leave_now()
    return {"gaps": gaps, "rows": rows, "keys": keys}


def _shows(page: object, image: str) -> bool:
    from layerscope.gui.image.page import ImagePage

    assert isinstance(page, ImagePage)
    row = page.row
    named = row is not None and any(name.endswith(image) for name in row.references)
    return named and page.files.files.view.files.rowCount() > 0


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def start(store: Path) -> int:
    """As a person starts it; what is measured is the first paint, and when it can be used."""
    from layerscope.gui import app

    watch = app.watch_signals

    def watch_and_look(window: MainWindow) -> None:
        watch(window)
        _tell_first_paint(window, lambda: window.furnished and window.images.listing is not None)

    app.watch_signals = watch_and_look
    return app.main(store)


def empty() -> int:
    app = QApplication(sys.argv[:1])
    window = QWidget()
    window.resize(1280, 800)
    _tell_first_paint(window)
    window.show()
    return app.exec()


def _tell_first_paint(window: QWidget, usable: Callable[[], bool] = lambda: True) -> None:
    """Say when it was painted and when it could be used, and close it."""
    painted = Painted(window, lambda: True)
    look = QTimer(window)

    def tell() -> None:
        if painted.at and usable():
            print(painted.at, time.perf_counter(), flush=True)
            look.stop()
            window.close()

    look.timeout.connect(tell)
    look.start(1)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["use", store, registry]:
            print(json.dumps(use(Path(store), registry)))
        case ["start", store]:
            sys.exit(start(Path(store)))
        case ["empty"]:
            sys.exit(empty())

"""The window as a process of its own that can be told to be busy: for tests of how it ends.

    python -m support.window_process STORE pull REFERENCE
    python -m support.window_process STORE open|load NAME
    python -m support.window_process STORE sample PICTURE

It says ``busy`` on standard output once the work is under way (sample: once the files of the
sample image are shown and PICTURE holds what the window looks like), and closes the window when a
line comes in on standard input.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, QTimer

from layerscope.gui import app
from layerscope.gui.image.page import ImagePage
from layerscope.gui.window import MainWindow


class Driver(QObject):
    """Starts the work once the window stands, and reports when it is under way."""

    def __init__(self, window: MainWindow, verb: str, name: str) -> None:
        super().__init__(window)
        self._window = window
        self._start: Callable[[], object] = {
            "pull": lambda: window.transfers.start_pull(name),
            "load": lambda: window.transfers.start_load(name),
            "open": lambda: window.open_image(name),
            "sample": lambda: window.changes.load_sample(),
            "idle": lambda: None,
        }[verb]
        self._busy: Callable[[], bool] = {
            "pull": self._moves,
            "load": self._moves,
            "open": self._reads,
            "sample": self._shows_files,
            "idle": lambda: True,
        }[verb]
        self._started = False
        self._picture = name
        self._look = QTimer(self)
        self._look.timeout.connect(self._beat)
        self._look.start(20)
        self._input = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, self)
        self._input.activated.connect(self._close)

    def _beat(self) -> None:
        window = self._window
        if not self._started and window.furnished and window.images.listing is not None:
            self._started = True
            self._start()
        elif self._started and self._busy():
            self._look.stop()
            print("busy", flush=True)

    def _moves(self) -> bool:
        transfers = self._window.transfers.active
        return any(layer.done for transfer in transfers for layer in transfer.layers)

    def _reads(self) -> bool:
        page = self._window.pages.currentWidget()
        return isinstance(page, ImagePage) and page.files.browsing.busy

    def _shows_files(self) -> bool:
        page = self._window.pages.currentWidget()
        if not isinstance(page, ImagePage) or not page.files.files.view.files.rowCount():
            return False
        return self._window.grab().save(self._picture)

    def _close(self) -> None:
        self._input.setEnabled(False)
        print(f"closing {time.monotonic()}", flush=True)
        self._window.leave_now()


def main(store: Path, verb: str, name: str) -> int:
    watch = app.watch_signals

    def watch_and_drive(window: MainWindow) -> None:
        watch(window)
        Driver(window, verb, name)

    app.watch_signals = watch_and_drive
    return app.main(store)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))

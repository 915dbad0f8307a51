"""Where every error arrives that nobody caught; light, because it is there before the window."""

from __future__ import annotations

import traceback

from PySide6.QtCore import QObject, Signal


class Troubles(QObject):
    """Hears of errors from any thread and passes them on as text."""

    arrived = Signal(str, str)  #: one line, and the whole report

    def add(self, error: BaseException) -> None:
        line = traceback.format_exception_only(error)[-1].strip()
        self.arrived.emit(line, "".join(traceback.format_exception(error)))

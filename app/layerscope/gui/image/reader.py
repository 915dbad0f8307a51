"""The one thread that asks a timeline what may take longer than a frame."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from layerscope.engine.dataclass import dataclass
from layerscope.engine.rootfs import Timeline

Question = Callable[[Timeline], object]
Answer = Callable[[object], None]
_SWITCH = 0.0005  #: seconds
#: Kept from being deleted, and by their own thread at that, while their last answer is awaited.
_closing: set[Reader] = set()


@dataclass(frozen=True, slots=True)
class _Asked:
    key: str
    number: int
    question: Question


class Reader(QObject):
    """Questions to one timeline, answered in order on a thread of their own.

    A question replaces the one with the same key that still waits, and the answer to a replaced
    one is dropped, so whoever asks hears only about the newest.  ``failed`` tells of exceptions,
    also of the one that there was on opening the timeline, which the first question does.

    The thread gets a question when the window has painted what it has to, also what came of the
    last answer: both at once take the interpreter from each other all the time, and a frame of
    40 ms became one of more than 100.
    """

    failed = Signal(object)
    _answered = Signal(object, object, object)
    _ended = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._waiting: OrderedDict[str, _Asked] = OrderedDict()
        self._newest: dict[str, tuple[int, Answer]] = {}
        self._questions: SimpleQueue[_Asked | None] = SimpleQueue()
        self._busy = False
        self._closing = False
        self._waited = False
        self._thread: threading.Thread | None = None
        self._painted = QTimer(self)
        self._painted.setSingleShot(True)
        self._painted.timeout.connect(self._hand_over)
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._go, Qt.ConnectionType.QueuedConnection)

    def ask(self, key: str, question: Question, answer: Answer) -> None:
        """``answer`` is called on this thread, in a later turn of the event loop."""
        number = self._newest[key][0] + 1 if key in self._newest else 1
        self._newest[key] = (number, answer)
        self._waiting.pop(key, None)
        self._waiting[key] = _Asked(key, number, question)
        self._wait_for_painting()

    def forget(self, key: str) -> None:
        """Drop what was asked under ``key``; its answer is not delivered."""
        self._waiting.pop(key, None)
        if key in self._newest:
            self._newest[key] = (self._newest[key][0] + 1, _ignore)

    def close(self) -> None:
        """Nothing is delivered afterwards.  Does not wait for the question that the thread is at;
        when that is answered the reader deletes itself, so nobody else may."""
        _closing.add(self)
        self._closing = True
        self._painted.stop()
        self._waiting.clear()
        self._newest.clear()
        self.setParent(None)
        if self._thread is None:
            self._go()
        else:
            self._questions.put(None)

    # On the thread

    def _run(self) -> None:
        timeline: Timeline | None = None
        while (asked := self._questions.get()) is not None:
            try:
                timeline = timeline or Timeline.open(self._path)
                result: object = asked.question(timeline)
            except Exception as error:  # told by ``failed``; the thread must live on
                result = error
            if not self._closing:
                self._answered.emit(asked.key, asked.number, result)
        if timeline is not None:
            timeline.close()
        self._ended.emit()

    # On the window's thread

    def _wait_for_painting(self) -> None:
        self._waited = False
        self._painted.start(0)

    def _hand_over(self) -> None:
        if self._busy or not self._waiting:
            return
        if not self._waited:
            # Lists lay out what has changed in a turn of their own, and paint after that.
            self._waited = True
            self._painted.start(0)
            return
        self._busy = True
        if self._thread is None:
            # Where both work at once all the same, painting waits this long each time it needs
            # the interpreter; with Python's own 5 ms a frame took up to 190 ms.
            sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH))
            self._thread = threading.Thread(target=self._run, name="timeline-reader", daemon=True)
            self._thread.start()
        self._questions.put(self._waiting.popitem(last=False)[1])

    def _deliver(self, key: str, number: int, result: object) -> None:
        self._busy = False
        if not self._closing:
            self._wait_for_painting()
        newest = self._newest.get(key)
        if newest is None or newest[0] != number:
            return
        if isinstance(result, Exception):
            self.failed.emit(result)
        else:
            newest[1](result)

    def _go(self) -> None:
        if self._thread is not None:
            self._thread.join()  # it has nothing left to do
        _closing.discard(self)
        self.deleteLater()


def _ignore(_result: object) -> None:
    pass

"""The window's only door to the worker process: starts operations there, tells how they end.

Everything crosses from the worker's reading thread to the window by one queued signal.  Three
promises: public signals arrive on the window's thread and not before the caller is back in the
event loop; a job has exactly one ending, followed by ``finished``; once cancelled, a job can only
end as cancelled, even if the worker was through.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from layerscope.engine.errors import LayerscopeError, WorkerStopped
from layerscope.worker.client import WorkerClient
from layerscope.worker.messages import (
    Cancel,
    Done,
    Failed,
    News,
    SettingsChanged,
    Start,
    Stopped,
    StoreChanged,
)
from layerscope.worker.wire import Closed


class Job(QObject):
    """One operation of the library, running in the worker.

    Connect bound methods of QObjects right after ``start``; nothing is told before the event loop
    turns.  A job takes itself away after ``finished``, so keep no reference for longer than that.
    """

    progressed = Signal(object)  #: a Progress or TransferProgress, the newest only
    succeeded = Signal(object)  #: the value that the operation returned
    failed = Signal(object)  #: an Exception; a LayerscopeError if it can be explained
    cancelled = Signal()
    finished = Signal()  #: after one of the three above

    def __init__(self, number: int, operation: str, jobs: Jobs) -> None:
        super().__init__(jobs)
        self.operation = operation
        self.over = False
        self._number = number
        self._jobs = jobs
        self._unwanted = False

    def cancel(self) -> None:
        """From now on the only ending is ``cancelled``; it comes within 250 ms."""
        if not self.over and not self._unwanted:
            self._unwanted = True
            self._jobs._cancel(self._number)

    def _tell(self, message: News | Done | Failed | Stopped) -> None:
        if self.over:
            return
        if isinstance(message, News):
            if not self._unwanted:
                self.progressed.emit(message.value)
            return
        self.over = True
        match message:
            case Done(_, value) if not self._unwanted:
                self.succeeded.emit(value)
            case Failed(_, error) if not self._unwanted:
                self.failed.emit(error)
            case _:
                self.cancelled.emit()
        self.finished.emit()
        self.deleteLater()


class Jobs(QObject):
    """The worker of one window.

    The process starts with the first job and again with the next one after it has died.
    """

    store_changed = Signal()  #: the store's generation moved, through this or any other process
    settings_changed = Signal()  #: what the engine obeys is other, by this or any other process
    worker_stopped = Signal(object)  #: a WorkerStopped; what ran has failed with the same error

    _arrived = Signal()

    def __init__(self, store: Path | None = None, parent: QObject | None = None) -> None:
        """``store`` is the folder of the image store, None for the one of this user."""
        super().__init__(parent)
        self._arguments = [] if store is None else ["--store", str(store)]
        self._numbers = itertools.count(1)
        self._running: dict[int, Job] = {}
        self._client: WorkerClient | None = None
        self._closed = False
        self._inbox: deque[object] = deque()
        self._news: dict[int, News] = {}
        self._announced = False
        self._lock = threading.Lock()
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether any job is running."""
        return bool(self._running)

    def start(self, operation: str, *args: object, **kwargs: object) -> Job:
        """Begin a method of the library (see worker.lanes.OPERATIONS).  Never raises: what goes
        wrong, the start of the worker included, is told by ``failed``."""
        number = next(self._numbers)
        job = Job(number, operation, self)
        self._running[number] = job
        try:
            self._send(Start(number, operation, args, kwargs))
        except (Closed, OSError):
            self._hear(Failed(number, _stopped(None)))
        return job

    def change_store(self, store: Path) -> None:
        """Serve the store in this folder from now on.  What runs ends as cancelled, at once."""
        self._arguments = ["--store", str(store)]
        client, self._client = self._client, None
        if client is not None:  # its farewell may take a second, which nobody has to wait for
            threading.Thread(target=client.close, name="to the old worker").start()
        running, self._running = self._running, {}
        with self._lock:
            self._inbox.clear()
            self._news.clear()
        for number, job in running.items():
            job._tell(Stopped(number))

    def close(self) -> None:
        """Cancel everything and end the worker, in less than 2 s.  No signal comes afterwards;
        downloaded bytes stay for the next try."""
        self._closed = True
        client, self._client = self._client, None
        if client is not None:
            client.close()
        self._running.clear()
        with self._lock:
            self._inbox.clear()
            self._news.clear()

    def _cancel(self, number: int) -> None:
        if self._client is None:
            self._hear(Stopped(number))
            return
        try:
            self._client.send(Cancel(number))
        except Closed:
            self._hear(Stopped(number))

    def _send(self, message: object) -> None:
        if self._closed:
            raise Closed
        if self._client is None:
            self._client = WorkerClient(self._arguments, self._hear, self._died)
        self._client.send(message)

    # On the thread that reads from the worker

    def _hear(self, message: object) -> None:
        """Keep the newest progress of each job and every other message, in order."""
        with self._lock:
            if isinstance(message, News):
                self._news[message.job] = message
            else:
                self._inbox.append(message)
            announced, self._announced = self._announced, True
        if not announced:
            self._arrived.emit()

    def _died(self, status: int) -> None:
        self._hear(_stopped(status))

    # On the window's thread

    def _deliver(self) -> None:
        with self._lock:
            self._announced = False
            news, self._news = self._news, {}
            inbox, self._inbox = self._inbox, deque()
        for report in news.values():
            if (job := self._running.get(report.job)) is not None:
                job._tell(report)
        for message in inbox:
            if self._closed:
                return
            if isinstance(message, Done | Failed | Stopped):
                if (job := self._running.pop(message.job, None)) is not None:
                    job._tell(message)
            elif isinstance(message, StoreChanged):
                self.store_changed.emit()
            elif isinstance(message, SettingsChanged):
                self.settings_changed.emit()
            elif isinstance(message, WorkerStopped):
                self._bury(message)

    def _bury(self, error: WorkerStopped) -> None:
        """The worker is dead: what ran in it fails, and the next start makes a new one."""
        client, self._client = self._client, None
        if client is not None:
            client.close()
        running, self._running = self._running, {}
        for number, job in running.items():
            job._tell(Failed(number, error))
        self.worker_stopped.emit(error)


def _stopped(status: int | None) -> LayerscopeError:
    detail = "" if status is None else f" (status {status})"
    return WorkerStopped(
        f"The background worker stopped{detail}.",
        hint="Start again what was running; downloaded bytes were kept.",
    )

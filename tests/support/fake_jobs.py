"""A worker's stand-in for tests of the window: answers at once, late, or with an error."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from layerscope.worker.lanes import OPERATIONS

Answer = Callable[..., object]


class FakeJob(QObject):
    """Has the signals and promises of gui.jobs.Job."""

    progressed = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    finished = Signal()

    def __init__(
        self, operation: str, args: tuple[object, ...], kwargs: dict[str, object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        self.over = False
        self.unwanted = False

    def cancel(self) -> None:
        if not self.over and not self.unwanted:
            self.unwanted = True
            QTimer.singleShot(0, self, self._stop)

    def succeed(self, value: object) -> None:
        """End well, now."""
        if self.unwanted:
            self._stop()
        elif not self.over:
            self.over = True
            self.succeeded.emit(value)
            self.finished.emit()

    def fail(self, error: Exception) -> None:
        """End badly, now."""
        if self.unwanted:
            self._stop()
        elif not self.over:
            self.over = True
            self.failed.emit(error)
            self.finished.emit()

    def _stop(self) -> None:
        if not self.over:
            self.over = True
            self.cancelled.emit()
            self.finished.emit()


class FakeJobs(QObject):
    """``answers[operation]`` is a value, an exception or a function of the job's arguments.

    An operation without an answer stays open until the test ends it through ``started``.
    """

    store_changed = Signal()
    settings_changed = Signal()
    worker_stopped = Signal(object)

    def __init__(self, **answers: object) -> None:
        super().__init__()
        self.answers = answers
        self.started: list[FakeJob] = []
        self.closed = False

    @property
    def busy(self) -> bool:
        return any(not job.over for job in self.started)

    def start(self, operation: str, *args: object, **kwargs: object) -> FakeJob:
        assert operation in OPERATIONS, f"the worker knows no operation {operation}"
        job = FakeJob(operation, args, kwargs, self)
        self.started.append(job)
        if operation in self.answers:
            QTimer.singleShot(0, job, lambda: self._answer(job))
        return job

    def close(self) -> None:
        self.closed = True

    def calls(self, operation: str) -> list[tuple[tuple[object, ...], dict[str, object]]]:
        """The arguments of every start of ``operation``, in order."""
        return [(job.args, job.kwargs) for job in self.started if job.operation == operation]

    def open(self, operation: str) -> list[FakeJob]:
        """The jobs of ``operation`` that have not ended."""
        return [job for job in self.started if job.operation == operation and not job.over]

    def _answer(self, job: FakeJob) -> None:
        answer = self.answers[job.operation]
        if callable(answer):
            try:
                answer = answer(*job.args, **job.kwargs)
            except Exception as error:
                answer = error
        if isinstance(answer, Exception):
            job.fail(answer)
        else:
            job.succeed(answer)

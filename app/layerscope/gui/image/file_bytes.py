"""The bytes of one version of a file, asked for piece by piece from the worker."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from layerscope.engine.dataclass import dataclass
from layerscope.gui.jobs import Job, Jobs

Answer = Callable[[int, bytes], None]


@dataclass(frozen=True, slots=True)
class Version:
    """One stored copy: ``layer`` and ``entry`` say where its bytes are, ``size`` how many."""

    image: str
    layer: int
    entry: int
    size: int


class FileBytes(QObject):
    """Pieces of a version.  After ``close`` nothing is answered any more."""

    failed = Signal(object)

    def __init__(self, jobs: Jobs, version: Version, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.version = version
        self._jobs = jobs
        self._reads: list[_Read] = []

    def ask(self, offset: int, length: int, answer: Answer) -> None:
        """``answer`` gets the offset and the bytes, fewer than ``length`` at the end only."""
        length = max(0, min(length, self.version.size - offset))
        version = self.version
        job = self._jobs.start(
            "read_file", version.image, version.layer, version.entry, offset, length
        )
        read = _Read(job, offset, answer, self)
        self._reads.append(read)
        job.failed.connect(self.failed)
        read.over.connect(self._forget)

    def close(self) -> None:
        for read in self._reads:
            read.drop()
        self._reads.clear()
        self.deleteLater()

    def _forget(self, read: object) -> None:
        if read in self._reads:
            self._reads.remove(read)


class _Read(QObject):
    over = Signal(object)

    def __init__(self, job: Job, offset: int, answer: Answer, parent: QObject) -> None:
        super().__init__(parent)
        self._job: Job | None = job
        self._offset = offset
        self._answer: Answer | None = answer
        job.succeeded.connect(self._arrived)
        job.finished.connect(self._finished)

    def drop(self) -> None:
        self._answer = None
        if self._job is not None:
            self._job.cancel()

    def _arrived(self, data: object) -> None:
        if self._answer is not None and isinstance(data, bytes):
            self._answer(self._offset, data)

    def _finished(self) -> None:
        self._job = None
        self.over.emit(self)
        self.deleteLater()

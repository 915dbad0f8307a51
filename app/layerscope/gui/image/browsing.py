"""Getting a timeline to look into: asks the worker for it, tells how far that is, opens it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.library.values import Browsable, size_text
from layerscope.engine.rootfs import ROOT, Timeline, View
from layerscope.engine.task import LayerState, Progress, TransferProgress
from layerscope.gui.image.reader import Reader
from layerscope.gui.jobs import Job, Jobs


class Browsing(QObject):
    """The timeline of one image at a time.

    ``progressed`` tells words and a share (0 to 1, or None); one of ``ready``, ``failed`` and
    ``stopped`` ends each ``start`` that no later one replaced.
    """

    progressed = Signal(str, object)
    ready = Signal(object)  #: the Browsable; ``timeline`` and ``reader`` are open
    failed = Signal(object)
    stopped = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.timeline: Timeline | None = None
        self.reader: Reader | None = None
        self.top = 0  #: the highest layer that can be looked at, 0 while nothing is open
        self._jobs = jobs
        self._job: Job | None = None

    @property
    def busy(self) -> bool:
        """Whether a timeline is open or waited for."""
        return self.reader is not None or self._job is not None

    def start(self, name: str) -> None:
        """Ask for the timeline of an image; the one that is open is closed."""
        self.close()
        job = self._jobs.start("browse", name)
        self._job = job
        job.progressed.connect(self._progressed)
        job.succeeded.connect(self._arrived)
        job.failed.connect(self._failed)
        job.cancelled.connect(self._cancelled)

    def cancel(self) -> None:
        """Stop waiting; ``stopped`` follows."""
        if self._job is not None:
            self._job.cancel()

    def close(self) -> None:
        """Forget the image; nothing is told about it afterwards."""
        job, self._job = self._job, None
        self.top = 0
        if job is not None:
            job.cancel()
        if self.reader is not None:
            self.reader.close()
            self.reader = None
        if self.timeline is not None:
            self.timeline.close()
            self.timeline = None

    # Answers

    def _heard(self) -> bool:
        """Whether the job that speaks is the one that is waited for."""
        return self._job is not None and self.sender() is self._job

    def _progressed(self, news: object) -> None:
        if self._heard():
            self.progressed.emit(*self._words(news))

    def _arrived(self, browsable: object) -> None:
        if not self._heard() or not isinstance(browsable, Browsable):
            return
        self._job = None
        self.top = browsable.top
        if not browsable.top:
            self.ready.emit(browsable)
            return
        path = Path(browsable.timeline)
        self.reader = Reader(path, self)
        self.reader.failed.connect(self._not_read)
        self.reader.ask(
            "open", partial(_opened, path, browsable.top), partial(self._take, browsable)
        )

    def _take(self, browsable: Browsable, timeline: object) -> None:
        if isinstance(timeline, Timeline):
            self.timeline = timeline
            self.ready.emit(browsable)

    def _not_read(self, error: Exception) -> None:
        if self.timeline is None:
            self.close()
        elif not isinstance(error, LayerscopeError | OSError):
            raise error  # a bug, which the window tells
        self.failed.emit(error)

    def _failed(self, error: object) -> None:
        if self._heard():
            self._job = None
            self.failed.emit(error)

    def _cancelled(self) -> None:
        if self._heard():
            self._job = None
            self.stopped.emit()

    def _words(self, news: object) -> tuple[str, float | None]:
        if isinstance(news, TransferProgress):
            total = sum(layer.size for layer in news.layers) or 1
            done = sum(layer.size if layer.state.over else layer.done for layer in news.layers)
            for layer in news.layers:
                if layer.state in (LayerState.INDEXING, LayerState.VERIFYING):
                    words = self.tr("Reading layer {number} of {count} … {size}").format(
                        number=layer.number, count=len(news.layers), size=size_text(layer.size)
                    )
                    return words, done / total
            return self.tr("Reading the layers …"), done / total
        if isinstance(news, Progress):
            return news.what, news.done / news.total if news.total else None
        return "", None


def _opened(path: Path, top: int, _other: Timeline) -> Timeline:
    """A timeline for the window's thread, with what its first rows need read already: with a
    million files that takes longer than a frame."""
    timeline = Timeline.open(path)
    view = View(top)
    timeline.row(ROOT, view)
    timeline.children(ROOT, view, limit=1)
    return timeline

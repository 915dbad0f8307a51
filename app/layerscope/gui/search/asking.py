"""Questions to the worker of which only the newest of each kind counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from layerscope.gui.jobs import Job, Jobs


class Asking(QObject):
    """At most one unfinished job for each purpose."""

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._open: dict[str, Job] = {}

    def __contains__(self, purpose: str) -> bool:
        """Whether an answer for ``purpose`` is awaited."""
        return purpose in self._open

    def ask(self, purpose: str, operation: str, *args: object, **kwargs: object) -> Job:
        """Start a job; an unfinished one for the same purpose is cancelled."""
        if (before := self._open.pop(purpose, None)) is not None:
            before.cancel()
        job = self._jobs.start(operation, *args, **kwargs)
        self._open[purpose] = job
        job.finished.connect(self._forget_ended)
        return job

    def cancel_all(self) -> None:
        asked, self._open = self._open, {}
        for job in asked.values():
            job.cancel()

    def _forget_ended(self) -> None:
        self._open = {purpose: job for purpose, job in self._open.items() if not job.over}

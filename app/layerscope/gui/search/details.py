"""Sizes and platforms of tags in sight, which cost the registry one question each."""

from __future__ import annotations

from PySide6.QtCore import QObject

from layerscope.engine.library.values import TagRow
from layerscope.gui.search.asking import Asking
from layerscope.gui.search.tags import TagsModel

_PURPOSE = "details"


class Details(QObject):
    """One question at a time, so that a long list does not use up a registry's patience."""

    def __init__(self, model: TagsModel, asking: Asking, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._asking = asking
        self._repository = ""
        self._waiting: list[str] = []

    def of(self, repository: str) -> None:
        """Tags of another repository are in the model, or soon will be."""
        self._repository = repository
        self._waiting.clear()

    def want(self, first: int, last: int) -> None:
        """These places of the model are in sight; what was in sight before does not matter."""
        self._waiting = [
            self._model.tag(place).tag
            for place in range(first, last + 1)
            if self._model.needs_details(place)
        ]
        self._next()

    def _next(self) -> None:
        while self._waiting and _PURPOSE not in self._asking:
            tag = self._waiting.pop(0)
            place = self._model.place_of(tag)
            if place >= 0 and self._model.needs_details(place):
                job = self._asking.ask(_PURPOSE, "tag_details", self._repository, tag)
                job.succeeded.connect(self._take)
                job.failed.connect(self._stop)
                job.finished.connect(self._next)

    def _take(self, row: object) -> None:
        assert isinstance(row, TagRow)
        self._model.fill(row)

    def _stop(self, error: Exception) -> None:
        """Sizes are a service: when the registry refuses one, the others are not asked for."""
        self._waiting.clear()

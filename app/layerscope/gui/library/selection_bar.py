"""The bar under the library when several images are selected: what deleting them would free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from layerscope.engine.library.values import ImageRow, RemovalPlan, size_text
from layerscope.gui import sizes, theme
from layerscope.gui.actions import Actions
from layerscope.gui.plain import button, plain

if TYPE_CHECKING:
    from layerscope.gui.jobs import Job, Jobs


class SelectionBar(QWidget):
    """Asks for one plan at a time, after the selection has rested."""

    def __init__(self, jobs: Jobs, actions: Actions) -> None:
        super().__init__()
        self.setFixedHeight(48)
        self._jobs = jobs
        self._job: Job | None = None
        self._rows: list[ImageRow] = []
        self._words = plain("", 13, 500)
        self._clear = button(self.tr("Clear selection"), kind="flat")
        self._remove = button(self.tr("Remove…"), "trash-2")
        self._remove.obey(actions["image.remove"])
        self._save = button(self.tr("Save…"), "save")
        self._save.obey(actions["image.save"])
        self.cleared = self._clear.clicked
        layout = QHBoxLayout(self)
        layout.setContentsMargins(sizes.GAP_XL + 20, 0, sizes.GAP_XL, 0)
        layout.addWidget(self._words)
        layout.addStretch(1)
        layout.addWidget(self._clear)
        layout.addWidget(self._save)
        layout.addWidget(self._remove)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(sizes.REST)
        self._rest.timeout.connect(self._ask)
        theme.changed.connect(self.update)
        self.hide()

    @property
    def words(self) -> str:
        return self._words.text()

    def take(self, rows: list[ImageRow]) -> None:
        self._rows = rows
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self.setVisible(len(rows) > 1)
        if len(rows) > 1:
            self._words.setText(self.tr("%n selected", "", len(rows)))
            self._rest.start()
        else:
            self._rest.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.surf2)
        painter.fillRect(0, 0, self.width(), 1, look.line)

    def _ask(self) -> None:
        names = [str(row.digest) for row in self._rows]
        self._job = self._jobs.start("plan_removal", names, force=True)
        self._job.succeeded.connect(self._show)
        self._job.finished.connect(self._forget)

    def _show(self, plan: RemovalPlan) -> None:
        words = self.tr("%n selected", "", len(self._rows))
        frees = self.tr("deleting them frees %s") % size_text(plan.reclaimed)
        self._words.setText(f"{words} · {frees}")

    def _forget(self) -> None:
        if self.sender() is self._job:
            self._job = None

"""The prune sheet: the exact images and the exact bytes, before anything happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QWidget

from layerscope.engine.errors import StoreChanged
from layerscope.engine.library.values import Removal, RemovalPlan
from layerscope.gui.dialogs.candidates import CandidateList
from layerscope.gui.dialogs.choices import Box, ChoiceCard, Remark
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.dialogs.summary import Summary
from layerscope.gui.notices import Banner, Notice, notice
from layerscope.gui.plain import button, plain

if TYPE_CHECKING:
    from layerscope.gui.jobs import Job, Jobs


class PruneSheet(Sheet):
    """Asks for a plan after every change; only a plan on the screen can be carried out."""

    def __init__(self, window: QWidget, jobs: Jobs, done: Callable[[Removal], None]) -> None:
        super().__init__(
            window,
            "eraser",
            self.tr("Prune images"),
            self.tr("Nothing is deleted until you press Delete."),
            760,
        )
        self._jobs = jobs
        self._done = done
        self._job: Job | None = None
        self._known: set[object] = set()
        self._changed = False
        self.plan: RemovalPlan | None = None
        self.body.addLayout(self._choices())
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self.list = CandidateList()
        self.list.changed.connect(self._ask)
        self.body.addWidget(self.list)
        self.nothing = plain("", 13, tone="tx2", wrap=True)
        self.nothing.hide()
        self.body.addWidget(self.nothing)
        self.summary = Summary()
        self.body.addWidget(self.summary)
        trash = self.tr("Images stay restorable in the store trash for 24 hours.")
        self.footer.addWidget(Remark("undo-2", trash), 1)
        self.cancel = button(self.tr("Cancel"))
        self.cancel.clicked.connect(self.dismiss)
        self.delete = button(self.tr("Delete"), "trash-2", "danger")
        self.delete.clicked.connect(self._apply)
        self.delete.setEnabled(False)
        for one in (self.cancel, self.delete):
            one.setFixedHeight(34)
            one.setMinimumWidth(98)
            self.footer.addWidget(one)
        self.default = self.first = self.cancel
        self._ask()

    def _choices(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(10)
        self.dangling = ChoiceCard(self.tr("Dangling only"), self.tr("No tag points to them"))
        self.unused = ChoiceCard(self.tr("All unused"), self.tr("No container layer uses them"))
        self.dangling.setChecked(True)
        for card in (self.dangling, self.unused):
            card.clicked.connect(self._choose)
            line.addWidget(card)
        line.addSpacing(4)
        self.older = Box(self.tr("Also older than"))
        self.older.setAccessibleName(self.tr("Only images that are also older than"))
        self.older.clicked.connect(self._restart)
        self.days = QSpinBox()
        self.days.setRange(1, 3650)
        self.days.setValue(30)
        self.days.setSuffix(self.tr(" days"))
        self.days.setFixedSize(92, 28)
        for one in (self.days, self.days.lineEdit()):
            one.setAccessibleName(self.tr("Days"))
        self.days.lineEdit().setTextMargins(7, 0, 0, 0)
        self.days.setEnabled(False)
        self.days.valueChanged.connect(self._restart)
        line.addWidget(self.older)
        line.addWidget(self.days)
        line.addStretch(1)
        return line

    # Asking

    def _choose(self) -> None:
        card = self.sender()
        for one in (self.dangling, self.unused):
            one.setChecked(one is card)
        self._restart()

    def _restart(self) -> None:
        """Another question: what was unchecked before does not count any more."""
        self.days.setEnabled(self.older.isChecked())
        self.banner.hide()
        self._known.clear()
        self._request(frozenset())

    def _ask(self) -> None:
        self._request(self.list.unchecked())

    def _request(self, unchecked: frozenset[object]) -> None:
        if self._job is not None:
            self._job.cancel()
        self.delete.setEnabled(False)
        self._job = self._jobs.start(
            "plan_prune",
            all_unused=self.unused.isChecked(),
            older_than_days=self.days.value() if self.older.isChecked() else None,
            unchecked=unchecked,
        )
        self._job.succeeded.connect(self._show)
        self._job.failed.connect(self._fail)

    def _show(self, plan: RemovalPlan) -> None:
        self._job = None
        self.plan = plan
        fresh = [one for one in plan.candidates if one.digest not in self._known]
        if self._changed:
            self._changed = False
            words = self.tr("The store changed.")
            if fresh:
                words += " " + self.tr("%n image(s) added to the list.", "", len(fresh))
            self.banner.tell(
                Notice(words, self.tr("Look at the list and press Delete again.")), "warn"
            )
        self._known |= {one.digest for one in plan.candidates}
        self.list.take(plan.candidates)
        count = len(plan.images)
        empty = not plan.candidates
        self.list.setVisible(not empty)
        self.summary.setVisible(not empty)
        self.nothing.setVisible(empty)
        if empty and self.unused.isChecked():
            self.nothing.setText(self.tr("Nothing to prune. Every image is kept."))
        elif empty:
            self.nothing.setText(self.tr("Nothing to prune. All images are tagged."))
        self.summary.take(plan)
        self.delete.setText(
            self.tr("Delete %n image(s)", "", count) if count else self.tr("Delete")
        )
        self.delete.setEnabled(count > 0)
        self.refit()

    # Doing it

    def _apply(self) -> None:
        if self.plan is None:
            return
        self.delete.setEnabled(False)
        self.delete.setText(self.tr("Deleting…"))
        job = self._jobs.start("apply", self.plan)
        job.succeeded.connect(self._finish)
        job.failed.connect(self._fail)

    def _finish(self, removal: Removal) -> None:
        self._done(removal)
        self.dismiss()

    def _fail(self, error: Exception) -> None:
        self._job = None
        if isinstance(error, StoreChanged):
            self._changed = True
            self._ask()
        else:
            self.banner.tell(notice(error))
            self.banner.offer(self.tr("Try again"), self._ask, "rotate-cw")
            self.refit()

"""The remove sheet: what goes, what stays and why; a last tag may go without its image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from layerscope.engine.errors import StoreChanged
from layerscope.engine.library.values import ImageRow, Removal, RemovalPlan, size_text
from layerscope.gui.dialogs.candidates import CandidateList
from layerscope.gui.dialogs.choices import Remark
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.dialogs.summary import Summary
from layerscope.gui.listing import title
from layerscope.gui.notices import Banner, Notice, notice
from layerscope.gui.plain import button, display, plain

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs


class RemoveSheet(Sheet):
    """One image: a question with its numbers.  Several: the list, like prune."""

    def __init__(
        self,
        window: QWidget,
        jobs: Jobs,
        rows: Sequence[ImageRow],
        done: Callable[[Removal], None],
    ) -> None:
        self._single = rows[0] if len(rows) == 1 else None
        if self._single is not None:
            question = self.tr("Remove %s?") % display(title(self._single))
        else:
            question = self.tr("Remove %n image(s)?", "", len(rows))
        width = 560 if self._single is not None else 760
        super().__init__(window, "trash-2", question, "", width)
        self._jobs = jobs
        self._done = done
        self._rows = list(rows)
        self._changed = False
        self.plan: RemovalPlan | None = None
        self.words = plain(self.tr("Looking at what would go…"), 13, tone="tx2", wrap=True)
        self.body.addWidget(self.words)
        self.names = plain("", 13, tone="tx2", wrap=True)
        self.names.hide()
        self.body.addWidget(self.names)
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self.list = CandidateList()
        self.list.changed.connect(self._ask)
        self.list.hide()
        self.body.addWidget(self.list)
        self.summary = Summary()
        self.body.addWidget(self.summary)
        self.summary.setVisible(self._single is None)
        trash = self.tr("Images stay restorable in the store trash for 24 hours.")
        self.body.addWidget(Remark("undo-2", trash))
        self.cancel = button(self.tr("Cancel"))
        self.cancel.clicked.connect(self.dismiss)
        self.keep = button(self.tr("Remove tag only, keep as untagged"))
        self.keep.clicked.connect(self._untag)
        tags = len(self._single.references) if self._single is not None else 0
        self.delete = button(self.tr("Remove image"), "trash-2", "danger")
        self.delete.clicked.connect(self._apply)
        self.delete.setEnabled(False)
        self.footer.addStretch(1)
        for one in (self.cancel, self.keep, self.delete):
            one.setFixedHeight(34)
            one.setMinimumWidth(88)
            self.footer.addWidget(one)
        self.keep.setVisible(tags == 1)
        self.default = self.first = self.cancel
        self._ask()

    def _ask(self) -> None:
        self.delete.setEnabled(False)
        unchecked = self.list.unchecked()
        names = [str(row.digest) for row in self._rows if row.digest not in unchecked]
        if not names:
            self.summary.hide()
            return
        job = self._jobs.start("plan_removal", names, force=True)
        job.succeeded.connect(self._show)
        job.failed.connect(self._fail)

    def _show(self, plan: RemovalPlan) -> None:
        self.plan = plan
        if self._changed:
            self._changed = False
            words = self.tr("The store changed. Look again and press Remove once more.")
            self.banner.tell(Notice(words), "warn")
        count = len(plan.images)
        kept = [one.kept for one in plan.candidates if one.kept]
        if self._single is not None:
            self._show_one(plan)
            if not count and kept:
                self.words.setText(display(kept[0]))
        else:
            self.words.hide()
            if not self.list.rows:
                self.list.take(plan.candidates)
                self.list.show()
            self.summary.take(plan)
            self.summary.show()
            self.delete.setText(self.tr("Remove %n image(s)", "", count))
        self.delete.setEnabled(count > 0)
        self.refit()

    def _show_one(self, plan: RemovalPlan) -> None:
        row = self._single
        assert row is not None
        parts = [self.tr("Frees %s.") % size_text(plan.reclaimed)]
        if plan.stays_shared:
            stays = self.tr("%1 stay because %n other image(s) use them.", "", len(plan.needed_by))
            if len(plan.needed_by) == 1:
                stays = self.tr("%1 stay because %2 uses them.")
                stays = stays.replace("%2", display(plan.needed_by[0]))
            parts.append(stays.replace("%1", size_text(plan.stays_shared)))
        self.words.setText(" ".join(parts))
        if len(row.references) > 1:
            names = ", ".join(map(display, row.familiar[:8]))
            words = self.tr("All %1 tags go with it: %2.")
            words = words.replace("%1", str(len(row.references))).replace("%2", names)
            self.names.setText(words)
            self.names.show()

    def _untag(self) -> None:
        """Take the only name away and keep the image."""
        assert self._single is not None
        self.keep.setEnabled(False)
        job = self._jobs.start("plan_removal", [self._single.references[0]], keep_untagged=True)
        job.succeeded.connect(self._carry_out)
        job.failed.connect(self._fail)

    def _carry_out(self, plan: RemovalPlan) -> None:
        job = self._jobs.start("apply", plan)
        job.succeeded.connect(self._finish)
        job.failed.connect(self._fail)

    def _apply(self) -> None:
        if self.plan is None:
            return
        self.delete.setEnabled(False)
        self._carry_out(self.plan)

    def _finish(self, removal: Removal) -> None:
        self._done(removal)
        self.dismiss()

    def _fail(self, error: Exception) -> None:
        self.keep.setEnabled(True)
        if isinstance(error, StoreChanged):
            self._changed = True
            self._ask()
        else:
            self.banner.tell(notice(error))
            self.refit()

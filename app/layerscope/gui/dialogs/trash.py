"""The trash sheet: what was removed in the last day, to bring it back or to free its room now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from layerscope.engine.library.values import Emptied, Removal, TrashRow, size_text
from layerscope.gui.dialogs.lines import Lines
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.library.words import age_text
from layerscope.gui.notices import Banner, Notice, notice
from layerscope.gui.plain import button, display, plain, tooltip

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs

_HIGHEST = 380
_NAMED = 3


class TrashSheet(Sheet):
    """Deleting for good asks once more, because nothing brings it back.  ``restored`` and
    ``emptied`` are told what was done."""

    def __init__(
        self,
        window: QWidget,
        jobs: Jobs,
        restored: Callable[[Removal], None],
        emptied: Callable[[Emptied], None],
    ) -> None:
        words = self.tr(
            "What was removed in the last 24 hours. Until it is deleted for good it takes its room "
            "on the disk."
        )
        super().__init__(window, "trash-2", self.tr("Store trash"), words, 720)
        self._jobs = jobs
        self._restored = restored
        self._emptied = emptied
        self.lines: list[TrashLine] = []
        self._list = Lines(_HIGHEST, 14, right=4)
        self.body.addWidget(self._list)
        self.nothing = plain("", 13, tone="tx2", wrap=True)
        self.nothing.hide()
        self.body.addWidget(self.nothing)
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self.empty = button(self.tr("Empty trash…"), "trash-2")
        self.empty.clicked.connect(self._ask_to_empty)
        self.empty.setEnabled(False)
        self.close_ = button(self.tr("Close"), kind="primary")
        self.close_.clicked.connect(self.dismiss)
        for one in (self.empty, self.close_):
            one.setFixedHeight(34)
        self.footer.addWidget(self.empty)
        self.footer.addStretch(1)
        self.footer.addWidget(self.close_)
        self.first = self.default = self.close_
        self.ask()

    def ask(self) -> None:
        """Read again what is there."""
        job = self._jobs.start("trash")
        job.succeeded.connect(self._show)
        job.failed.connect(self._fail)

    def _show(self, rows: tuple[TrashRow, ...]) -> None:
        self.lines = [TrashLine(row) for row in rows]
        for line in self.lines:
            line.restore.clicked.connect(partial(self._restore, line.row))
            line.delete.clicked.connect(partial(self._ask_to_delete, line.row))
        self._list.take(self.lines)
        self.nothing.setText(self.tr("The trash is empty."))
        self.nothing.setVisible(not rows)
        self.empty.setEnabled(bool(rows))
        total = size_text(sum(row.bytes for row in rows))
        self.empty.setText(self.tr("Empty trash, %s…") % total if rows else self.tr("Empty trash…"))
        self.refit()

    # Bringing back

    def _restore(self, row: TrashRow, _checked: bool = False) -> None:
        self.banner.hide()
        job = self._jobs.start("restore", row.operation)
        job.succeeded.connect(self._has_restored)
        job.failed.connect(self._fail)

    def _has_restored(self, removal: Removal) -> None:
        self._restored(removal)
        self.ask()

    # Deleting for good

    def _ask_to_empty(self, _checked: bool = False) -> None:
        self._confirm([line.row for line in self.lines])

    def _ask_to_delete(self, row: TrashRow, _checked: bool = False) -> None:
        self._confirm([row])

    def _confirm(self, rows: list[TrashRow]) -> None:
        total = size_text(sum(row.bytes for row in rows))
        blobs = self.tr("%n blob(s)", "", sum(row.blobs for row in rows))
        title = self.tr("Delete %1, %2, for good?").replace("%1", blobs).replace("%2", total)
        self.banner.tell(Notice(title, self.tr("Nothing brings this back.")), "warn")
        operations = tuple(row.operation for row in rows)
        self.banner.offer(self.tr("Keep"), self._keep).setFocus()
        self.banner.offer(self.tr("Delete for good"), partial(self._delete, operations), "trash-2")
        self.refit()

    def _keep(self) -> None:
        self.banner.hide()
        self.close_.setFocus()
        self.refit()

    def _delete(self, operations: tuple[str, ...]) -> None:
        self._keep()
        job = self._jobs.start("empty_trash", operations)
        job.succeeded.connect(self._has_emptied)
        job.failed.connect(self._fail)

    def _has_emptied(self, emptied: Emptied) -> None:
        self._emptied(emptied)
        self.ask()

    def _fail(self, error: Exception) -> None:
        self.banner.tell(notice(error))
        self.banner.offer(self.tr("Look again"), self._look_again, "rotate-cw")
        self.refit()

    def _look_again(self) -> None:
        self.banner.hide()
        self.ask()


class TrashLine(QWidget):
    """One operation: what it removed, when, for how long it stays, and its bytes."""

    def __init__(self, row: TrashRow) -> None:
        super().__init__()
        self.row = row
        what = _title(row)
        title = plain(what, 13.5, 600, wrap=True)
        title.setToolTip(tooltip("\n".join(map(display, row.names[:30]))))
        when = plain(_when_words(row), 12, tone="tx2", wrap=True)
        when.setToolTip(tooltip(f"{row.when:%Y-%m-%d %H:%M:%S} UTC"))
        size = plain(size_text(row.bytes), 13, 600)
        size.setToolTip(tooltip(f"{row.bytes:,} B"))
        self.restore = button(self.tr("Restore"), "undo-2")
        self.restore.setEnabled(row.restorable)
        if not row.restorable:
            self.restore.setToolTip(tooltip(self.tr("No record tells what it was part of.")))
        self.delete = button(self.tr("Delete now…"))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(title)
        words.addWidget(when)
        words.addStretch(1)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 4, 0)
        line.setSpacing(8)
        line.addLayout(words, 1)
        line.addWidget(size)
        line.addSpacing(6)
        for one in (self.restore, self.delete):
            one.setAccessibleName(f"{one.text()} {what}")
            line.addWidget(one)


def _title(row: TrashRow) -> str:
    if not row.names:
        return display(row.what)
    first = ", ".join(map(display, row.names[:_NAMED]))
    more = len(row.names) - _NAMED
    return first if more <= 0 else f"{first} " + _tr("and %1 more").replace("%1", str(more))


def _when_words(row: TrashRow) -> str:
    hours = max(0, round((row.until - datetime.now(UTC)).total_seconds() / 3600))
    stays = _tr("stays for %1 h").replace("%1", str(hours)) if hours else _tr("goes this hour")
    blobs = QCoreApplication.translate("Trash", "%n blob(s)", "", row.blobs)
    return " · ".join((age_text(row.when), blobs, stays))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Trash", text)

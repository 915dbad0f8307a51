"""The limits sheet: what content may cost before reading it stops, and every one can be changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from layerscope.engine.library.values import Limit
from layerscope.gui import icons
from layerscope.gui.dialogs.lines import Lines
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.notices import Banner, Notice, notice
from layerscope.gui.plain import button, display, icon_button, plain, tooltip

if TYPE_CHECKING:
    from layerscope.gui.jobs import Job, Jobs

_HIGHEST = 380
_SIZES = (
    ("GiB", 1024**3),
    ("GB", 1000**3),
    ("MiB", 1024**2),
    ("MB", 1000**2),
    ("KiB", 1024),
    ("kB", 1000),
)


class LimitsSheet(Sheet):
    """A value holds as soon as its field is left; the worker and the command line obey it from
    then on.  What cannot be read is said at its field and changes nothing."""

    def __init__(self, window: QWidget, jobs: Jobs) -> None:
        words = self.tr(
            "What content may cost before reading it stops. A limit is a brake and no judgement: "
            "raise it for an image that you trust."
        )
        super().__init__(window, "shield-check", self.tr("Reading limits"), words, 720)
        self._jobs = jobs
        self._job: Job | None = None  #: the newest change
        self.lines: dict[str, LimitLine] = {}
        self._list = Lines(_HIGHEST, 10, right=4)
        self.body.addWidget(self._list)
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self.restore = button(self.tr("Restore defaults"), "rotate-cw")
        self.restore.clicked.connect(self._restore)
        self.restore.setEnabled(False)
        close = button(self.tr("Close"), kind="primary")
        close.clicked.connect(self.dismiss)
        for one in (self.restore, close):
            one.setFixedHeight(34)
        self.footer.addWidget(self.restore)
        self.footer.addStretch(1)
        self.footer.addWidget(close)
        self.first = close
        self._ask()

    def _ask(self) -> None:
        job = self._jobs.start("limits")
        job.succeeded.connect(self._show)
        job.failed.connect(self._fail)

    def _show(self, limits: tuple[Limit, ...]) -> None:
        if not self.lines:
            self._lay_out(limits)
        for limit in limits:
            self.lines[limit.name].take(limit)
        changed = [limit for limit in limits if limit.value != limit.default]
        self.restore.setEnabled(bool(changed))

    def _lay_out(self, limits: tuple[Limit, ...]) -> None:
        shown: list[QWidget] = []
        for stops, title in (
            (True, self.tr("Reading stops beyond")),
            (False, self.tr("Only a remark beyond")),
        ):
            shown.append(plain(title, 12, 600, "tx2"))
            for limit in limits:
                if limit.stops is stops:
                    self.lines[limit.name] = LimitLine(limit, self._change)
                    shown.append(self.lines[limit.name])
        self._list.take(shown)
        self.refit()

    # Writing

    def _restore(self) -> None:
        self._change({name: line.limit.default for name, line in self.lines.items()})

    def _change(self, values: dict[str, int]) -> None:
        """The worker makes one change after the other, so the last answer tells of all."""
        self.banner.hide()
        self._job = self._jobs.start("change_limits", values)
        self._job.succeeded.connect(self._written)
        self._job.failed.connect(self._refused)

    def _written(self, limits: tuple[Limit, ...]) -> None:
        if self.sender() is self._job:
            self._show(limits)

    def _fail(self, error: Exception) -> None:
        self.banner.tell(notice(error))
        self.refit()

    def _refused(self, error: Exception) -> None:
        told = notice(error)
        words = f"{told.title} {told.text}".strip()
        self.banner.tell(Notice(self.tr("The limits were not changed."), words))
        self.refit()


class LimitLine(QWidget):
    """One limit: what it measures, its name for the command line, its value, and its default."""

    def __init__(self, limit: Limit, change: Callable[[dict[str, int]], None]) -> None:
        super().__init__()
        self.limit = limit
        self._change = change
        meaning = QCoreApplication.translate("limits", limit.meaning)
        self.field = QLineEdit()
        self.field.setFixedSize(132, 30)
        self.field.setMaxLength(40)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setAccessibleName(f"{limit.name}: {meaning}")
        self.field.editingFinished.connect(self._finish)
        icons.icon("rotate-cw")
        self.reset = icon_button("rotate-cw", self.tr("Restore the default of %s") % limit.name)
        self.reset.clicked.connect(self._restore)
        keep = self.reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keep)
        self.complaint = plain("", 12, tone="err", wrap=True)
        self.complaint.hide()
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(plain(meaning[:1].upper() + meaning[1:], 13, wrap=True))
        words.addWidget(plain(limit.name, 11, tone="tx3", mono=True))
        words.addWidget(self.complaint)
        unit = plain(QCoreApplication.translate("limits", limit.unit), 12, tone="tx2")
        unit.setMinimumWidth(56)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addLayout(words, 1)
        line.addWidget(self.field)
        line.addWidget(unit)
        line.addWidget(self.reset)

    def take(self, limit: Limit) -> None:
        """Show the value that is obeyed now."""
        self.limit = limit
        typing = self.field.hasFocus() and self.field.isModified()
        if not typing and not self.complaint.isVisible():
            self.field.setText(limit_text(limit.value, limit.unit))
        self.reset.setVisible(limit.value != limit.default)
        default = self.tr("Default: %s") % limit_text(limit.default, limit.unit)
        self.field.setToolTip(tooltip(default))

    def _finish(self) -> None:
        text = "".join(self.field.text().replace(",", "").split())
        try:
            value = self.limit.amount(text)
        except ValueError:
            most = f"{self.limit.most:,}"
            words = self.tr("A whole number from 0 to %s, or one such as 20 GiB or 10k.") % most
            self._complain(words)
            return
        self._complain("")
        self.field.setText(limit_text(value, self.limit.unit))
        if value != self.limit.value:
            self._change({self.limit.name: value})

    def _restore(self) -> None:
        self._complain("")
        self.field.setText(limit_text(self.limit.default, self.limit.unit))
        self._change({self.limit.name: self.limit.default})

    def _complain(self, words: str) -> None:
        self.complaint.setText(words)
        self.complaint.setVisible(bool(words))
        self.field.setAccessibleDescription(display(words))


def limit_text(value: int, unit: str) -> str:
    """A value as its field shows it, exactly: bytes in the largest unit that leaves no rest."""
    if unit == "bytes" and value:
        for name, size in _SIZES:
            if value % size == 0:
                return f"{value // size:,} {name}"
    return f"{value:,}"

"""The sheet that copies logins of docker and podman: hosts and users, and never a secret."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from layerscope.engine.library.values import CopiedLogins, Keep, NotedLogin, NotedLogins
from layerscope.gui.dialogs.lines import Lines
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.notices import Banner, Notice, notice
from layerscope.gui.plain import button, display, in_menu, plain

if TYPE_CHECKING:
    from layerscope.gui.jobs import Job, Jobs

_HIGHEST = 320


class LoginsSheet(Sheet):
    """``done`` hears of what was copied.  Nothing is copied before the button is pressed."""

    def __init__(self, window: QWidget, jobs: Jobs, done: Callable[[CopiedLogins], None]) -> None:
        words = self.tr(
            "Docker and podman keep these, and Layerscope uses them from there. A copy of ours "
            "stays when they sign out. Their files are only read."
        )
        title = self.tr("Copy logins of other programs")
        super().__init__(window, "key-round", title, words, 560)
        self._jobs = jobs
        self._told = done
        self._keep = Keep.SESSION
        self.lines: list[LoginLine] = []
        self._list = Lines(_HIGHEST, 12, right=8)
        self.state = plain(self.tr("Looking for logins…"), 12.5, tone="tx2", wrap=True)
        self.kept = plain("", 12, tone="tx2", wrap=True)
        self.kept.hide()
        self.banner = Banner()
        for one in (self.state, self._list, self.kept, self.banner):
            self.body.addWidget(one)
        self.cancel = button(self.tr("Cancel"))
        self.cancel.clicked.connect(self.dismiss)
        self.accept = button("", "copy", "primary")
        self.accept.clicked.connect(self._apply)
        self.footer.addStretch(1)
        for each in (self.cancel, self.accept):
            each.setFixedHeight(34)
            each.setMinimumWidth(98)
            self.footer.addWidget(each)
        self.first, self.default = self.cancel, self.accept
        self._job: Job | None = jobs.start("noted_logins")
        self._job.succeeded.connect(self._show)
        self._job.failed.connect(self._fail)
        self.closed.connect(self._stop)
        self._judge()

    @property
    def chosen(self) -> tuple[tuple[str, str], ...]:
        """Host and source of each login that is ticked."""
        return tuple((line.row.registry, line.row.source) for line in self.lines if line.ticked)

    def _show(self, found: NotedLogins) -> None:
        self._job = None
        self._keep = found.keep
        self.lines = [LoginLine(row) for row in found.logins]
        for line in self.lines:
            line.box.toggled.connect(partial(self._ticked, line))
        self._list.take(self.lines)
        self.state.setVisible(not self.lines)
        self.state.setText(
            self.tr("No logins found in the files of docker and podman, nor with their helpers.")
        )
        self.kept.setVisible(bool(self.lines))
        self.kept.setText(
            self.tr("Copies are kept in the system's keyring (%s).") % display(found.where)
            if found.keep is Keep.KEYRING
            else self.tr(
                "This system has no keyring, so copies last until Layerscope ends. "
                "They are written to no file."
            )
        )
        if found.notes:
            self.banner.tell(
                Notice(
                    self.tr("Not everything could be read."), "\n".join(map(display, found.notes))
                ),
                "warn",
            )
        self._judge()
        self.refit()

    def _ticked(self, line: LoginLine, ticked: bool) -> None:
        """One login for each registry: ticking one takes the tick from another."""
        for other in self.lines:
            if ticked and other is not line and other.row.registry == line.row.registry:
                other.box.setChecked(False)
        self._judge()

    def _judge(self) -> None:
        count = len(self.chosen)
        self.accept.setEnabled(count > 0)
        self.accept.setText(
            self.tr("Copy %n login(s)", "", count) if count else self.tr("Copy logins")
        )

    def _apply(self) -> None:
        self.accept.setEnabled(False)
        self._job = self._jobs.start("copy_logins", self.chosen, self._keep.value)
        self._job.succeeded.connect(self._finish)
        self._job.failed.connect(self._fail)

    def _finish(self, done: CopiedLogins) -> None:
        self._job = None
        if done.notes and not done.copied:
            self._judge()
            self.banner.tell(
                Notice(display(done.notes[0]), "\n".join(map(display, done.notes[1:])))
            )
            self.refit()
            return
        self.dismiss()
        self._told(done)

    def _fail(self, error: Exception) -> None:
        self._job = None
        self.state.hide()
        self._judge()
        self.banner.tell(notice(error))
        self.refit()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()


class LoginLine(QWidget):
    """One login: a box to tick, whose it is, and where it comes from."""

    def __init__(self, row: NotedLogin) -> None:
        super().__init__()
        self.row = row
        user = display(row.user) or self.tr("a token")
        self.box = QCheckBox(in_menu(f"{display(row.registry)} · {user}"))
        self.box.setEnabled(not row.trouble)
        where = display(row.source)
        if row.helper:
            where = self.tr("%1, named in %2").replace("%1", display(row.helper))
            where = where.replace("%2", display(row.source))
        told = [self.tr("From %s") % where]
        if row.ours:
            told.append(self.tr("Ours already holds one, in %s") % display(row.ours))
        self.words = plain(" · ".join(told), 12, tone="tx2", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.box)
        self.words.setIndent(26)
        column.addWidget(self.words)
        if row.trouble:
            why = plain(display(row.trouble), 12, tone="tx2", wrap=True)
            why.setIndent(26)
            column.addWidget(why)
        column.addStretch(1)
        self.box.setAccessibleDescription(f"{self.words.text()}. {display(row.trouble)}".strip())

    @property
    def ticked(self) -> bool:
        return self.box.isChecked()

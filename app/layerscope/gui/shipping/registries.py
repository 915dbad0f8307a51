"""The registries sheet: whom we talk to, as whom, and how."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from layerscope.engine.library.values import (
    ConnectionTest,
    RegistryRow,
    RegistryState,
    SignedOut,
)
from layerscope.gui.dialogs.lines import Lines
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.notices import Banner, Notice, notice
from layerscope.gui.plain import button, display, plain, retone

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs

_HIGHEST = 420


class RegistriesSheet(Sheet):
    """``sign_in(host, then)``, ``reach(row, then)`` (None to add one) and ``copy(then)`` open their
    own sheets above this one; ``then`` of ``reach`` hears the host."""

    def __init__(
        self,
        window: QWidget,
        jobs: Jobs,
        sign_in: Callable[[str, Callable[[], None]], None],
        reach: Callable[[RegistryRow | None, Callable[[str], None]], None],
        copy: Callable[[Callable[[], None]], None],
    ) -> None:
        words = self.tr(
            "Passwords stay with a helper, the keyring or this session, in a file only by your "
            "choice. Never shown."
        )
        super().__init__(window, "globe", self.tr("Registries and sign-in"), words, 760)
        self._jobs = jobs
        self._sign_in = sign_in
        self._reach = reach
        self._new = ""
        self.rows: list[RegistryLine] = []
        self._list = Lines(_HIGHEST, 14)
        self.body.addWidget(self._list)
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self.add = button(self.tr("Add registry…"), "plus")
        self.add.clicked.connect(lambda _checked=False: reach(None, self._added))
        self.copy = button(self.tr("Copy logins…"), "key-round")
        self.copy.clicked.connect(lambda _checked=False: copy(self.ask))
        self.close_ = button(self.tr("Close"), kind="primary")
        self.close_.clicked.connect(self.dismiss)
        self.footer.addWidget(self.add)
        self.footer.addWidget(self.copy)
        self.footer.addStretch(1)
        self.footer.addWidget(self.close_)
        for one in (self.add, self.copy, self.close_):
            one.setFixedHeight(34)
        self.first = self.default = self.close_
        jobs.settings_changed.connect(self.ask)
        self.ask()

    def ask(self) -> None:
        """Read the list again."""
        job = self._jobs.start("registries")
        job.succeeded.connect(self._show)
        job.failed.connect(self._fail)

    def _show(self, rows: tuple[RegistryRow, ...]) -> None:
        if [line.row for line in self.rows] == list(rows) and not self._new:
            return  # what a test has said stays
        self.rows = [RegistryLine(row) for row in rows]
        for line in self.rows:
            line.enter.clicked.connect(partial(self._enter, line.row.host))
            line.leave.clicked.connect(partial(self._leave, line.row.host))
            line.test.clicked.connect(partial(self._test, line))
            line.edit.clicked.connect(partial(self._change, line.row))
        self._list.take(self.rows)
        self.refit()
        for line in self.rows:
            if line.row.host == self._new:
                self._test(line)
        self._new = ""

    def _change(self, row: RegistryRow, _checked: bool = False) -> None:
        self._reach(row, self._changed)

    def _changed(self, _host: str) -> None:
        self.ask()

    def _added(self, host: str) -> None:
        """What is new is tested at once."""
        self._new = host
        self.ask()

    def _enter(self, host: str, _checked: bool = False) -> None:
        self._sign_in(host, self.ask)

    def _leave(self, host: str, _checked: bool = False) -> None:
        job = self._jobs.start("logout", host)
        job.succeeded.connect(self._left)
        job.failed.connect(self._fail)

    def _left(self, gone: SignedOut) -> None:
        self.ask()
        if gone.remaining:
            where = ", ".join(map(display, gone.remaining))
            words = self.tr("A login that another program keeps is still there: %s.") % where
            self.banner.tell(Notice(words), "warn")
            self.refit()

    def _test(self, line: RegistryLine, _checked: bool = False) -> None:
        line.say(self.tr("Asking…"), "tx2")
        job = self._jobs.start("test_registry", line.row.host)
        job.succeeded.connect(line.show_test)
        job.failed.connect(self._fail)

    def _fail(self, error: Exception) -> None:
        self.banner.tell(notice(error))
        self.refit()


class RegistryLine(QWidget):
    """One registry: host, state, how it is spoken to, and what can be done."""

    def __init__(self, row: RegistryRow) -> None:
        super().__init__()
        self.row = row
        self._name = plain(display(row.host), 13.5, 600)
        self.state = plain(_state_words(row), 12, tone=_TONES[row.state], wrap=True)
        how = _how_words(row)
        signed_in = row.state is RegistryState.SIGNED_IN
        self.test = button(self.tr("Test"))
        self.enter = button(self.tr("Sign in…"))
        self.leave = button(self.tr("Sign out"))
        self.edit = button(self.tr("Edit…"))
        self.enter.setVisible(not signed_in)
        self.leave.setVisible(signed_in)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(self._name)
        words.addWidget(self.state)
        if row.plain_http:
            warning = self.tr("Plain HTTP: nothing is encrypted or checked")
            words.addWidget(plain(warning, 12, tone="warn", wrap=True))
        if how:
            words.addWidget(plain(how, 12, tone="tx2", wrap=True))
        words.addStretch(1)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 8, 0)
        line.addLayout(words, 1)
        for one in (self.test, self.enter, self.leave, self.edit):
            one.setAccessibleName(f"{one.text()} {display(row.host)}")
            line.addWidget(one)

    def say(self, words: str, tone: str) -> None:
        self.state.setText(words)
        retone(self.state, tone)

    def show_test(self, test: ConnectionTest) -> None:
        if test.trouble:
            self.say(display(f"{test.trouble} {test.hint}".strip()), "err")
            return
        words = self.tr("Answers, and knows you as %s.") % display(test.signed_in_as)
        if not test.signed_in_as:
            words = self.tr("Answers, and lets anybody read.")
        if test.encrypted is False:
            words += " " + self.tr("Nothing is encrypted.")
        self.say(words, "ok")


_TONES = {
    RegistryState.ANONYMOUS: "tx2",
    RegistryState.SIGNED_IN: "ok",
    RegistryState.FAILING: "err",
}


def _state_words(row: RegistryRow) -> str:
    if row.state is RegistryState.FAILING:
        return display(row.note)
    if row.state is RegistryState.ANONYMOUS:
        return _tr("Not signed in")
    words = _tr("Signed in as %s") % display(row.signed_in_as)
    return f"{words} ({display(row.login_source)})" if row.login_source else words


def _how_words(row: RegistryRow) -> str:
    parts = []
    if row.mirror_of:
        parts.append(_tr("Mirror of %s") % ", ".join(map(display, row.mirror_of)))
    if row.ca_file:
        parts.append(_tr("Trusted by %s") % display(row.ca_file))
    if row.token_servers:
        parts.append(_tr("Logins also go to %s") % ", ".join(map(display, row.token_servers)))
    if row.mirrors:
        parts.append(_tr("Asked first: %s") % ", ".join(map(display, row.mirrors)))
    return " · ".join(parts)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Registries", text)

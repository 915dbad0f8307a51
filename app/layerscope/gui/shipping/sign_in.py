"""The sign-in sheet: a user, a password that is never shown again, and where both are kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from layerscope.engine.errors import SignInNeeded
from layerscope.engine.library.values import Keep, LoginPlaces, Settings, SignedIn
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.notices import Banner, Notice, notice
from layerscope.gui.plain import button, display, plain

if TYPE_CHECKING:
    from layerscope.gui.jobs import Job, Jobs


class SignInSheet(Sheet):
    """``done`` hears of the login once the registry has agreed to it."""

    def __init__(
        self, window: QWidget, jobs: Jobs, host: str, done: Callable[[SignedIn], None]
    ) -> None:
        words = self.tr("Nothing is kept before the registry has agreed.")
        title = self.tr("Sign in to %s") % display(host)
        super().__init__(window, "key-round", title, words, 480)
        self._jobs = jobs
        self._host = host
        self._done = done
        self._job: Job | None = None
        self.user = self._field(self.tr("User"))
        self.password = self._field(self.tr("Password or access token"))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.keep = QComboBox()
        self.keep.setFixedHeight(34)
        self.keep.setAccessibleName(self.tr("Where to keep it"))
        for text, keep in (
            (self.tr("In the safest place that this system has"), Keep.AUTO),
            (self.tr("Only until Layerscope ends"), Keep.SESSION),
            (self.tr("In Docker's config file, readable there"), Keep.PLAIN_TEXT),
        ):
            self.keep.addItem(text, keep.value)
        self.keep.currentIndexChanged.connect(self._warn)
        self.body.addWidget(plain(self.tr("Where to keep it"), 12, 500, "tx2"))
        self.body.addWidget(self.keep)
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self._places: LoginPlaces | None = None
        self._looking = jobs.start("login_places", host)
        self._looking.succeeded.connect(self._show_places)
        self.cancel = button(self.tr("Cancel"))
        self.cancel.clicked.connect(self.dismiss)
        self.accept = button(self.tr("Sign in"), "key-round", "primary")
        self.accept.clicked.connect(self._apply)
        self.footer.addStretch(1)
        for one in (self.cancel, self.accept):
            one.setFixedHeight(34)
            one.setMinimumWidth(98)
            self.footer.addWidget(one)
        self.first, self.default = self.user, self.accept
        self.closed.connect(self._forget)
        self._judge()

    def _field(self, label: str) -> QLineEdit:
        words = plain(label, 12, 500, "tx2")
        field = QLineEdit()
        field.setFixedHeight(34)
        field.setMaxLength(16_384)
        field.setAccessibleName(label)
        words.setBuddy(field)
        field.textChanged.connect(self._judge)
        self.body.addWidget(words)
        self.body.addWidget(field)
        return field

    def _judge(self) -> None:
        if hasattr(self, "accept"):
            self.accept.setEnabled(bool(self.user.text() and self.password.text()))

    def _warn(self) -> None:
        if self.keep.currentData() == Keep.PLAIN_TEXT.value:
            words = self.tr("Whoever can read that file can sign in as you.")
            if self._places is not None:
                words = self.tr("Whoever can read %s can sign in as you.")
                words %= display(self._places.file)
            self.banner.tell(Notice(words), "warn")
        else:
            self.banner.hide()
        self.refit()

    def _show_places(self, places: LoginPlaces) -> None:
        """Name the places, now that they are known."""
        self._places = places
        where = display(places.where)
        texts = {
            Keep.HELPER: self.tr("By %s, Docker's credential helper") % where,
            Keep.KEYRING: self.tr("In the system's keyring (%s)") % where,
            Keep.SESSION: self.tr("For this session only: there is no keyring or helper here"),
        }
        self.keep.setItemText(0, texts[places.safest])
        if places.safest is Keep.SESSION and self.keep.currentData() != Keep.SESSION.value:
            self.keep.removeItem(self.keep.findData(Keep.SESSION.value))
        file = self.tr("In %s, readable there") % display(places.file)
        self.keep.setItemText(self.keep.findData(Keep.PLAIN_TEXT.value), file)
        self._warn()

    def _apply(self) -> None:
        self.accept.setEnabled(False)
        self.accept.setText(self.tr("Asking…"))
        arguments = (self._host, self.user.text().strip(), self.password.text())
        self._job = self._jobs.start("login", *arguments, str(self.keep.currentData()))
        self._job.succeeded.connect(self._finish)
        self._job.failed.connect(self._fail)

    def _finish(self, signed_in: SignedIn) -> None:
        self._job = None
        self.dismiss()
        self._done(signed_in)

    def _fail(self, error: Exception) -> None:
        self._job = None
        self.accept.setText(self.tr("Sign in"))
        self._judge()
        self.banner.tell(notice(error))
        if isinstance(error, SignInNeeded) and error.token_server:
            words = self.tr("Allow %s") % display(error.token_server)
            self.banner.offer(words, partial(self._allow, error.token_server), "key-round")
        self.password.selectAll()
        self.password.setFocus()
        self.refit()

    def _allow(self, server: str) -> None:
        """The person agrees that this other host sees the login; then it is sent again."""
        self.banner.hide()
        self.accept.setEnabled(False)
        self._job = self._jobs.start("allow_token_server", self._host, server)
        self._job.succeeded.connect(self._ask_again)
        self._job.failed.connect(self._fail)

    def _ask_again(self, _settings: Settings) -> None:
        self._apply()

    def _forget(self) -> None:
        self.password.clear()
        self._looking.cancel()
        if self._job is not None:
            self._job.cancel()

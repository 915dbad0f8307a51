"""The sheet that says how a registry is spoken to: its host, encryption, CA file and mirrors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from layerscope.engine.errors import MalformedReference
from layerscope.engine.library.values import RegistryRow
from layerscope.engine.oci import Reference
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.notices import Banner, notice
from layerscope.gui.plain import button, display, plain, tooltip
from layerscope.gui.search.mirror_list import MirrorList

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs

_HUB = "docker.io"


class RegistrySheet(Sheet):
    """``done`` hears the host once the settings are written.  With a ``row`` it changes that
    registry, else it adds one."""

    def __init__(
        self,
        window: QWidget,
        jobs: Jobs,
        done: Callable[[str], None],
        row: RegistryRow | None = None,
    ) -> None:
        title = self.tr("Add a registry")
        words = self.tr("Its images can then be searched by name, or listed where it allows that.")
        if row is not None:
            title = self.tr("How %s is reached") % display(row.host)
            words = self.tr("Changes hold from the next request on. Images and logins stay.")
        super().__init__(window, "globe", title, words, 520)
        self._jobs = jobs
        self._told = done
        self._row = row
        self.host = QLineEdit("" if row is None else row.host)
        self.host.setFixedHeight(36)
        self.host.setMaxLength(255)
        self.host.setPlaceholderText("registry.example.com:5000")
        self.host.setAccessibleName(self.tr("Host, and port if it has one"))
        self.plain_http = QCheckBox(self.tr("Speak plain HTTP: nothing is encrypted or checked"))
        self.plain_http.setChecked(row is not None and row.plain_http)
        self.ca_file = QLineEdit("" if row is None else row.ca_file)
        self.ca_file.setFixedHeight(32)
        self.ca_file.setAccessibleName(self.tr("CA file of this host"))
        self.ca_file.setPlaceholderText(
            self.tr("Only for a registry with a certificate of its own")
        )
        self.servers = [
            QCheckBox(display(name)) for name in (() if row is None else row.token_servers)
        ]
        for box in self.servers:
            box.setChecked(True)
        self.mirrors = MirrorList(() if row is None else row.mirrors)
        self.mirrors.changed.connect(self.refit)
        self.banner = Banner()
        self.warning = plain(
            self.tr(
                "Whoever is on the way can read your login there and change what a tag means. "
                "Switch it on only for a registry on a network that you trust."
            ),
            12,
            tone="warn",
            wrap=True,
        )
        self._fill()
        self._finish(row)
        self.host.textChanged.connect(self._read)
        self.plain_http.toggled.connect(self._read)
        self._read()

    def _fill(self) -> None:
        choose = button(self.tr("Choose…"), "folder-open")
        choose.clicked.connect(self._choose_ca)
        authority = QHBoxLayout()
        authority.addWidget(self.ca_file, 1)
        authority.addWidget(choose)
        switch = QVBoxLayout()
        switch.setSpacing(4)
        switch.addWidget(self.plain_http)
        switch.addWidget(self.warning)
        if self._row is None:
            self.body.addWidget(plain(self.tr("Host, and port if it has one"), 12, 500, "tx2"))
            self.body.addWidget(self.host)
        self.body.addLayout(switch)
        self.body.addWidget(plain(self.tr("CA file"), 12, 500, "tx2"))
        self.body.addLayout(authority)
        if self.servers:
            told = self.tr("Other hosts that may see its logins, as it has asked")
            self.body.addWidget(plain(told, 12, 500, "tx2"))
            for box in self.servers:
                self.body.addWidget(box)
        self.body.addWidget(plain(self.tr("Mirrors, asked first in this order"), 12, 500, "tx2"))
        self.body.addWidget(self.mirrors)
        told = self.tr(
            "Mirrors are asked for content only, with their own logins. What a tag is, the "
            "registry says as long as it answers. Nothing is pushed to a mirror."
        )
        self.body.addWidget(plain(told, 12, tone="tx2", wrap=True))
        self.body.addWidget(self.banner)

    def _finish(self, row: RegistryRow | None) -> None:
        cancel = button(self.tr("Cancel"))
        cancel.clicked.connect(self.dismiss)
        self.remove = button(self.tr("Remove from list"), "trash-2")
        self.remove.clicked.connect(self._remove)
        self.remove.setVisible(row is not None and row.listed)
        text, icon = (self.tr("Add registry"), "plus")
        if row is not None:
            text, icon = (self.tr("Save changes"), "check")
        self.accept = button(text, icon, "primary")
        self.accept.clicked.connect(self._apply)
        self.footer.addWidget(self.remove)
        self.footer.addStretch(1)
        for one in (cancel, self.accept):
            self.footer.addWidget(one)
        for one in (self.remove, cancel, self.accept):
            one.setFixedHeight(34)
        self.first = self.host if row is None else self.plain_http
        self.default = self.accept

    def _read(self) -> None:
        host = self._host()
        hub = host == _HUB
        self.accept.setEnabled(bool(host))
        self.plain_http.setEnabled(not hub)
        self.plain_http.setToolTip(
            tooltip(self.tr("Docker Hub is always spoken to with encryption.") if hub else "")
        )
        self.warning.setVisible(self.plain_http.isChecked() and not hub)
        self.refit()

    def _host(self) -> str:
        """The host as references would spell it; empty while it is none."""
        if self._row is not None:
            return self._row.host
        text = self.host.text().strip().removeprefix("https://").removeprefix("http://")
        text = text.rstrip("/")
        try:
            reference = Reference.parse(f"{text}/repository:tag")
        except MalformedReference:
            return ""
        return text if reference.registry == text else ""

    def _choose_ca(self) -> None:
        kinds = self.tr("Certificates (*.pem *.crt *.cer);;All files (*)")
        path, _kind = QFileDialog.getOpenFileName(self, self.tr("CA file"), "", kinds)
        if path:
            self.ca_file.setText(path)

    def _apply(self) -> None:
        """Only what was changed is written: a file that is gone by now stays named."""
        self.accept.setEnabled(False)
        plain_http, ca_file = self.plain_http.isChecked(), self.ca_file.text().strip()
        mirrors = self.mirrors.mirrors
        changes: dict[str, object] = {}
        row = self._row
        if plain_http != (row is not None and row.plain_http):
            changes["plain_http"] = plain_http and self.plain_http.isEnabled()
        if ca_file != ("" if row is None else row.ca_file):
            changes["ca_file"] = ca_file
        if mirrors != (() if row is None else row.mirrors):
            changes["mirrors"] = mirrors
        if row is not None and not all(box.isChecked() for box in self.servers):
            named = zip(row.token_servers, self.servers, strict=True)
            changes["token_servers"] = tuple(name for name, box in named if box.isChecked())
        job = self._jobs.start("configure_registry", self._host(), **changes)
        job.succeeded.connect(self._done)
        job.failed.connect(self._complain)

    def _remove(self, _checked: bool = False) -> None:
        job = self._jobs.start("remove_registry", self._host())
        job.succeeded.connect(self._done)
        job.failed.connect(self._complain)

    def _done(self, _settings: object) -> None:
        host = self._host()
        self.dismiss()
        self._told(host)

    def _complain(self, error: Exception) -> None:
        self._read()
        told = notice(error)
        self.banner.tell(told)
        self.setAccessibleDescription(display(told.title))
        self.refit()

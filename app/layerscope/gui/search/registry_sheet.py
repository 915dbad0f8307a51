"""The sheet that adds a registry to the chooser: its host, and how it is to be spoken to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLineEdit, QWidget

from layerscope.engine.errors import MalformedReference
from layerscope.engine.library.values import Settings
from layerscope.engine.oci import Reference
from layerscope.gui.dialogs.sheet import Sheet
from layerscope.gui.notices import Banner, notice
from layerscope.gui.plain import button, display, plain

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs


class RegistrySheet(Sheet):
    """``added`` hears the host once the settings are written."""

    def __init__(self, window: QWidget, jobs: Jobs, added: Callable[[str], None]) -> None:
        super().__init__(
            window,
            "globe",
            self.tr("Add a registry"),
            self.tr("Its images can then be searched by name, or listed where it allows that."),
            520,
        )
        self._jobs = jobs
        self._added = added
        self.host = QLineEdit()
        self.host.setFixedHeight(36)
        self.host.setMaxLength(255)
        self.host.setPlaceholderText("registry.example.com:5000")
        self.host.setAccessibleName(self.tr("Host, and port if it has one"))
        self.plain_http = QCheckBox(self.tr("Speak plain HTTP: nothing is encrypted or checked"))
        self.ca_file = QLineEdit()
        self.ca_file.setFixedHeight(32)
        self.ca_file.setAccessibleName(self.tr("CA file of this host"))
        self.ca_file.setPlaceholderText(
            self.tr("Only for a registry with a certificate of its own")
        )
        choose = button(self.tr("Choose…"), "folder-open")
        choose.clicked.connect(self._choose_ca)
        line = QHBoxLayout()
        line.addWidget(self.ca_file, 1)
        line.addWidget(choose)
        self._banner = Banner()
        self.body.addWidget(plain(self.tr("Host, and port if it has one"), 12, 500, "tx2"))
        self.body.addWidget(self.host)
        self.body.addWidget(self.plain_http)
        self.body.addWidget(plain(self.tr("CA file"), 12, 500, "tx2"))
        self.body.addLayout(line)
        self.body.addWidget(self._banner)
        cancel = button(self.tr("Cancel"))
        cancel.clicked.connect(self.dismiss)
        self.accept = button(self.tr("Add registry"), "plus", "primary")
        self.accept.clicked.connect(self._apply)
        self.footer.addStretch(1)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.accept)
        self.first, self.default = self.host, self.accept
        self.host.textChanged.connect(self._read)
        self._read()

    def _read(self) -> None:
        self.accept.setEnabled(bool(self._host()))

    def _host(self) -> str:
        """The host as references would spell it; empty while it is none."""
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
        self.accept.setEnabled(False)
        job = self._jobs.start("settings")
        job.succeeded.connect(self._write)
        job.failed.connect(self._complain)

    def _write(self, settings: object) -> None:
        assert isinstance(settings, Settings)
        host, ca_file = self._host(), self.ca_file.text().strip()
        hosts = [*settings.registries, *(() if host in settings.registries else (host,))]
        without_tls = [one for one in settings.plain_http if one != host]
        if self.plain_http.isChecked():
            without_tls.append(host)
        trusted = {name: file for name, file in settings.ca_files.items() if name != host}
        if ca_file:
            trusted[host] = ca_file
        changed = replace(
            settings, registries=tuple(hosts), plain_http=tuple(without_tls), ca_files=trusted
        )
        job = self._jobs.start("change_settings", changed)
        job.succeeded.connect(self._done)
        job.failed.connect(self._complain)

    def _done(self, settings: object) -> None:
        host = self._host()
        self.dismiss()
        self._added(host)

    def _complain(self, error: Exception) -> None:
        self._read()
        told = notice(error)
        self._banner.tell(told)
        self.setAccessibleDescription(display(told.title))
        self.refit()

"""The config of an image as a form: how it runs, its environment, its labels."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from layerscope.engine.library.values import ImageDetail
from layerscope.engine.oci import RunConfig
from layerscope.gui import explaining
from layerscope.gui.image.copying import copy_text
from layerscope.gui.image.counting import counted
from layerscope.gui.image.facts import date_time_text
from layerscope.gui.image.facts_table import Fact, FactsTable
from layerscope.gui.image.secrets import MASK, looks_secret
from layerscope.gui.image.shell_line import argv_text, shell_line
from layerscope.gui.plain import button, display, plain

_MOST = 400  #: rows of one group
_NAME = 200  #: characters of a name that are said
_WIDTH = 880


class ConfigTab(QScrollArea):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("pane", True)
        self.setWhatsThis(explaining.words("config"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Config"))
        self._detail: ImageDetail | None = None
        self._labels: tuple[tuple[str, str], ...] = ()
        self._shown: frozenset[str] = frozenset()
        self.run = FactsTable(150, 12.5)
        self.environment = EnvironmentTable()
        self.labels = FactsTable(260, 12.5)
        self.label_filter = QLineEdit()
        self.label_filter.setPlaceholderText(self.tr("Filter labels"))
        self.label_filter.setAccessibleName(self.tr("Filter labels"))
        self.label_filter.setMaximumWidth(260)
        self.label_filter.textChanged.connect(self._show_labels)
        self._label_note = plain("", 12, tone="tx3")
        self._lay_out()

    def show_image(self, detail: ImageDetail) -> None:
        if detail == self._detail:
            return
        self._detail = detail
        self.run.show_facts(self._run_facts(detail, detail.run))
        self.environment.show_variables(detail.run.env)
        self._labels = tuple(sorted(detail.run.labels.items()))
        self.label_filter.clear()
        self._show_labels()

    def _run_facts(self, detail: ImageDetail, run: RunConfig) -> list[Fact]:
        entry, cmd = run.entrypoint or (), run.cmd or ()
        line = shell_line((*entry, *cmd))
        dash = "—"
        facts = [
            Fact(self.tr("Entry point"), argv_text(entry) if entry else dash, mono=bool(entry)),
            Fact(self.tr("Command"), argv_text(cmd) if cmd else dash, mono=bool(cmd)),
            Fact(self.tr("As a shell line"), line or dash, mono=bool(line), copied=line),
            Fact(self.tr("User"), run.user or self.tr("not set, so root")),
            Fact(self.tr("Working dir"), run.working_dir or "/", mono=True),
            Fact(self.tr("Ports"), ", ".join(sorted(run.exposed_ports)) or dash),
            Fact(
                self.tr("Volumes"), ", ".join(sorted(run.volumes)) or dash, mono=bool(run.volumes)
            ),
            Fact(self.tr("Stop signal"), run.stop_signal or self.tr("not set, so SIGTERM")),
        ]
        if run.healthcheck is not None:
            facts.append(Fact(self.tr("Health check"), argv_text(run.healthcheck.test), mono=True))
        if run.shell:
            facts.append(Fact(self.tr("Shell"), argv_text(run.shell), mono=True))
        if run.on_build:
            facts.append(Fact(self.tr("On build"), " ; ".join(run.on_build), mono=True))
        facts += [
            Fact(self.tr("Platform"), str(detail.row.platform)),
            Fact(self.tr("Created"), f"{date_time_text(detail.row.created)} UTC"),
        ]
        if detail.author:
            facts.append(Fact(self.tr("Author"), detail.author))
        return facts

    def _show_labels(self) -> None:
        wanted = self.label_filter.text().casefold()
        found = [
            (name, value)
            for name, value in self._labels
            if wanted in name.casefold() or wanted in value.casefold()
        ]
        self.labels.show_facts(
            [Fact(name, value, mono=True, copied=value) for name, value in found[:_MOST]]
        )
        note = counted(len(self._labels), self.tr("1 label"), self.tr("{count} labels"))
        if len(found) < len(self._labels):
            note = self.tr("{found} of {all}").format(found=len(found), all=note)
        if not self._labels:
            note = self.tr("This image has no labels.")
        elif len(found) > _MOST:
            note = self.tr("{note}, the first {shown} are shown").format(note=note, shown=_MOST)
        self._label_note.setText(note)
        self.label_filter.setVisible(bool(self._labels))

    def _lay_out(self) -> None:
        body = QWidget()
        body.setProperty("surface", "surf")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        across = QHBoxLayout(body)
        across.setContentsMargins(24, 18, 24, 24)
        column = QWidget()
        column.setMaximumWidth(_WIDTH)
        lines = QVBoxLayout(column)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(10)
        lines.addWidget(plain(self.tr("Run"), 15, 600))
        lines.addWidget(self.run)
        lines.addSpacing(14)
        lines.addWidget(plain(self.tr("Environment"), 15, 600))
        lines.addWidget(self.environment)
        lines.addSpacing(14)
        head = QHBoxLayout()
        head.addWidget(plain(self.tr("Labels"), 15, 600))
        head.addSpacing(12)
        head.addWidget(self.label_filter)
        head.addWidget(self._label_note)
        head.addStretch(1)
        lines.addLayout(head)
        lines.addWidget(self.labels)
        lines.addStretch(1)
        across.addWidget(column, 1)
        across.addStretch(0)
        self.setWidget(body)


class EnvironmentTable(QWidget):
    """Variables; values that look like secrets stay masked until Show is pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(2)
        self._variables: tuple[str, ...] = ()
        self.rows: list[VariableRow] = []

    def show_variables(self, variables: tuple[str, ...]) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._variables = variables
        self.rows = []
        for text in variables[:_MOST]:
            name, _, value = text.partition("=")
            row = VariableRow(name, value)
            self.rows.append(row)
            self._lines.addWidget(row)
        if len(variables) > _MOST:
            words = self.tr("{count} more are not shown.").format(count=len(variables) - _MOST)
            self._lines.addWidget(plain(words, 12, tone="tx3"))
        if not variables:
            words = self.tr("This image sets no variables.")
            self._lines.addWidget(plain(words, 12, tone="tx3"))
        else:
            copy = button(self.tr("Copy all as KEY=VALUE"), "copy")
            copy.setSizePolicy(copy.sizePolicy().Policy.Fixed, copy.sizePolicy().Policy.Fixed)
            copy.clicked.connect(self._copy)
            self._lines.addSpacing(6)
            self._lines.addWidget(copy)

    def _copy(self) -> None:
        copy_text("\n".join(self._variables))


class VariableRow(QWidget):
    def __init__(self, name: str, value: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = value
        self.secret = looks_secret(name, value)
        self.value = FactsTable(220, 12.5)
        self.show_button: QPushButton | None = None
        self._name = name
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.value, 1)
        if self.secret:
            self.show_button = button(self.tr("Show"))
            self.show_button.setFixedHeight(26)
            words = self.tr("Show the value of {name}").format(name=display(name[:_NAME]))
            self.show_button.setAccessibleName(words)
            self.show_button.clicked.connect(self._toggle)
            line.addWidget(self.show_button, 0, Qt.AlignmentFlag.AlignTop)
        self._masked = self.secret
        self._refresh()

    @property
    def masked(self) -> bool:
        return self._masked

    def _toggle(self) -> None:
        self._masked = not self._masked
        self._refresh()

    def _refresh(self) -> None:
        shown = MASK if self._masked else self._value
        copied = f"{self._name}={self._value}"
        self.value.show_facts([Fact(self._name, shown, mono=True, copied=copied)])
        if self.show_button is not None:
            self.show_button.setText(self.tr("Show") if self._masked else self.tr("Hide"))

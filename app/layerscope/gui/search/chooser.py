"""The chooser of the registry that is searched; its last line adds another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from layerscope.engine.library.values import RegistryRow, Searching
from layerscope.gui import icons, sizes
from layerscope.gui.plain import display, tooltip
from layerscope.gui.search.registry_sheet import RegistrySheet

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs
    from layerscope.gui.settings import Settings

HUB = "docker.io"
_REMEMBERED = "search.registry"


class RegistryChooser(QComboBox):
    """``changed`` comes when another registry is chosen or more is known about the one chosen."""

    changed = Signal()

    def __init__(self, jobs: Jobs, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._settings = settings
        self._rows: tuple[RegistryRow, ...] = ()
        self._wanted = settings.value(_REMEMBERED, HUB)  #: to be chosen once it is listed
        self.setFixedSize(176, sizes.CONTROL)
        self.setAccessibleName(self.tr("Registry"))
        self.addItem(icons.icon("globe"), "Docker Hub", HUB)
        self.activated.connect(self._activated)
        jobs.settings_changed.connect(self.ask)
        self.ask()

    @property
    def registry(self) -> RegistryRow:
        """The chosen registry; Docker Hub before the list is here."""
        place = self.currentIndex()
        if 0 <= place < len(self._rows):
            return self._rows[place]
        return RegistryRow(HUB, "Docker Hub", Searching.SEARCH, "")

    def ask(self) -> None:
        """Read the list again."""
        self._jobs.start("registries").succeeded.connect(self._take)

    def choose(self, host: str) -> None:
        """Choose a registry by its host, if it is in the list."""
        place = self.findData(host)
        if place >= 0:
            self.setCurrentIndex(place)
        self.setToolTip(tooltip(display(self.registry.words)))
        self.changed.emit()

    def _take(self, rows: object) -> None:
        assert isinstance(rows, tuple)
        wanted, self._wanted = self._wanted or self.registry.host, ""
        known, self._rows = self._rows, tuple(row for row in rows if not row.only_mirror)
        if known == self._rows and self.registry.host == wanted:
            return  # and a list that is open stays open
        self.clear()
        for row in self._rows:
            self.addItem(icons.icon("globe"), display(row.title), row.host)
        self.insertSeparator(self.count())
        self.addItem(icons.icon("plus"), self.tr("Add a registry…"))
        self.choose(wanted)

    def _activated(self, place: int) -> None:
        if place >= len(self._rows) > 0:
            self.choose(self._settings.value(_REMEMBERED, HUB))
            RegistrySheet(self.window(), self._jobs, self._added).appear()
        else:
            self._settings.put(_REMEMBERED, self.registry.host)
            self.choose(self.registry.host)

    def _added(self, host: str) -> None:
        self._settings.put(_REMEMBERED, host)
        self._wanted = host
        self.ask()

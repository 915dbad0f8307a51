"""History, Config and Raw JSON: made when they are first looked at, filled when they are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from layerscope.engine.library.values import ImageDetail
from layerscope.gui.image.hues import Hues
from layerscope.gui.jobs import Jobs

if TYPE_CHECKING:
    from layerscope.gui.image.config import ConfigTab
    from layerscope.gui.image.history import HistoryTab
    from layerscope.gui.image.raw_json import RawTab


class FurtherTabs(QObject):
    """Most people open an image for its files, so these cost nothing until they are asked for."""

    digest_clicked = Signal(str)

    def __init__(self, jobs: Jobs, pages: QStackedWidget) -> None:
        super().__init__(pages)
        self._jobs = jobs
        self._pages = pages
        self._history: HistoryTab | None = None
        self._config: ConfigTab | None = None
        self._raw: RawTab | None = None

    @property
    def history(self) -> HistoryTab:
        if self._history is None:
            from layerscope.gui.image.history import HistoryTab

            self._history = HistoryTab()
            self._pages.addWidget(self._history)
        return self._history

    @property
    def config(self) -> ConfigTab:
        if self._config is None:
            from layerscope.gui.image.config import ConfigTab

            self._config = ConfigTab()
            self._pages.addWidget(self._config)
        return self._config

    @property
    def raw(self) -> RawTab:
        if self._raw is None:
            from layerscope.gui.image.raw_json import RawTab

            self._raw = RawTab(self._jobs)
            self._raw.digest_clicked.connect(self.digest_clicked)
            self._pages.addWidget(self._raw)
        return self._raw

    def show_history(self, detail: ImageDetail, hues: Hues) -> QWidget:
        """The tab, filled."""
        self.history.show_image(detail, hues)
        return self.history

    def show_config(self, detail: ImageDetail) -> QWidget:
        """The tab, filled."""
        self.config.show_image(detail)
        return self.config

    def show_raw(self, detail: ImageDetail, name: str) -> QWidget:
        """The tab, which asks for its document."""
        self.raw.show_image(detail, name)
        self.raw.read()
        return self.raw

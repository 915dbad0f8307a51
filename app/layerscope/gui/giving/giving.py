"""The verbs that write to the disk or read from it: each opens its sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from layerscope.engine.library.values import ImageRow
from layerscope.gui.giving.wishes import Layer, Tree
from layerscope.gui.listing import title

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs
    from layerscope.gui.settings import Settings
    from layerscope.gui.transfers.transfers import Transfers


class Giving(QObject):
    """For one window.  The sheets are loaded when they are first asked for."""

    def __init__(
        self, jobs: Jobs, transfers: Transfers, settings: Settings, window: QWidget
    ) -> None:
        super().__init__(window)
        self._jobs = jobs
        self._transfers = transfers
        self._settings = settings
        self._window = window

    def save(self, rows: Sequence[ImageRow]) -> None:
        from layerscope.gui.giving.save import SaveSheet

        if rows:
            SaveSheet(self._window, self._jobs, self._transfers, self._settings, rows).appear()

    def load(self, path: str) -> None:
        from layerscope.gui.giving.load import LoadSheet

        LoadSheet(self._window, self._jobs, self._transfers, path).appear()

    def export(self, row: ImageRow) -> None:
        """All files of an image, from its top."""
        self.write(Tree(str(row.digest), title(row), row.layers, row.layers))

    def write(self, wish: object) -> None:
        """Whatever a page asks for: a ``Tree`` or a ``Layer``."""
        match wish:
            case Tree():
                from layerscope.gui.giving.tree import TreeSheet

                sheets = (self._window, self._jobs, self._transfers, self._settings)
                TreeSheet(*sheets, wish).appear()
            case Layer():
                from layerscope.gui.giving.layer import LayerSheet

                LayerSheet(self._window, self._transfers, self._settings, wish).appear()

"""What orders and thins out the results of a search, where the registry tells enough for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QWidget

from layerscope.engine.library.values import FoundRow

if TYPE_CHECKING:
    from layerscope.gui.settings import Settings

_ORDER = "search.order"
_RELEVANCE, _STARS, _PULLS = "relevance", "stars", "pulls"


class ResultsBar(QWidget):
    """Hidden while there is nothing to choose.  The order is remembered, the filter is not."""

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.order = QComboBox()
        self.order.setFixedHeight(28)
        self.order.setAccessibleName(self.tr("Order of the results"))
        for key, name in (
            (_RELEVANCE, self.tr("Most relevant first")),
            (_STARS, self.tr("Most stars first")),
            (_PULLS, self.tr("Most pulls first")),
        ):
            self.order.addItem(name, key)
        known = self.order.findData(settings.value(_ORDER, _RELEVANCE))
        self.order.setCurrentIndex(max(0, known))
        self.order.activated.connect(self._reorder)
        self.official = QCheckBox(self.tr("Official only"))
        self.official.toggled.connect(self.changed)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.official)
        line.addWidget(self.order)
        self.hide()

    def offer(self, rows: Sequence[FoundRow]) -> None:
        """Show what makes a difference for ``rows``."""
        counted = len(rows) > 1 and any(row.stars or row.pulls for row in rows)
        mixed = len({row.official for row in rows}) > 1
        self.order.setVisible(counted)
        self.official.setVisible(mixed)
        if not mixed:
            self.official.setChecked(False)
        self.setVisible(counted or mixed)

    def arrange(self, rows: Sequence[FoundRow]) -> tuple[FoundRow, ...]:
        """``rows`` as they are to be shown; equal ones stay in the registry's order."""
        kept = [row for row in rows if row.official or not self.official.isChecked()]
        match self.order.currentData():
            case "stars":
                kept.sort(key=lambda row: -(row.stars or 0))
            case "pulls":
                kept.sort(key=lambda row: -(row.pulls or 0))
        return tuple(kept)

    def _reorder(self) -> None:
        self._settings.put(_ORDER, str(self.order.currentData()))
        self.changed.emit()

"""Names and values in two columns: for metadata, configs and summaries."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from layerscope.engine.dataclass import dataclass
from layerscope.gui.image.copying import CopyButton
from layerscope.gui.image.exact_label import LONGEST, ExactLabel, breakable
from layerscope.gui.plain import display, plain


@dataclass(frozen=True, slots=True)
class Fact:
    """``copied`` is what the copy button takes; none without it."""

    name: str
    value: str
    mono: bool = False
    copied: str = ""


class FactsTable(QWidget):
    """Facts from top to bottom; values wrap and can be selected."""

    def __init__(self, width: int = 90, px: float = 12, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._width = width
        self._px = px
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, width)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        top = Qt.AlignmentFlag.AlignTop
        for row, fact in enumerate(facts):
            named = display(fact.name[:LONGEST])  # the key of a label is of the image, too
            name = plain(breakable(named), self._px - 0.5, tone="tx3")
            self._grid.addWidget(name, row, 0, top)
            value = ExactLabel(fact.value, self._px, mono=fact.mono)
            value.setAccessibleName(f"{named}: {display(fact.value[:LONGEST])}")
            self._grid.addWidget(value, row, 1, top)
            if fact.copied:
                words = self.tr("Copy {name}").format(name=named)
                self._grid.addWidget(CopyButton(words, fact.copied), row, 2, top)

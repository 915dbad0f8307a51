"""Names and values in two columns: for metadata, configs and summaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from layerscope.gui.image.copying import CopyButton
from layerscope.gui.image.fitting import fitted
from layerscope.gui.plain import display, plain

_LONG = 4_000  #: characters of a value that are shown; all of it is copied


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
            named = display(fact.name[:_LONG])  # the key of a label is of the image, too
            name = plain(breakable(named), self._px - 0.5, tone="tx3")
            self._grid.addWidget(name, row, 0, top)
            value = plain(shortened(fact.value), self._px, mono=fact.mono, wrap=True)
            fitted(value)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(f"{named}: {display(fact.value[:_LONG])}")
            self._grid.addWidget(value, row, 1, top)
            if fact.copied:
                words = self.tr("Copy {name}").format(name=named)
                self._grid.addWidget(CopyButton(words, fact.copied), row, 2, top)


def shortened(text: str) -> str:
    """A value as it is shown: escaped, cut, and breakable everywhere."""
    cut = text if len(text) <= _LONG else text[:_LONG]
    shown = breakable(display(cut))
    return shown if len(text) <= _LONG else f"{shown}…"


def breakable(text: str) -> str:
    """Labels break lines at spaces only; long words get more places where they may break."""
    out: list[str] = []
    run = 0
    for letter in text:
        out.append(letter)
        run = 0 if letter.isspace() else run + 1
        if run and (letter in "/&;,=:" or run % 24 == 0):
            out.append("\u200b")
    return "".join(out)

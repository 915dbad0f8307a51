"""The box under the stack: everything about the selected layer."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from layerscope.engine.library.values import LayerRow, size_text
from layerscope.gui import marks, paint, theme
from layerscope.gui.image.copying import CopyButton
from layerscope.gui.image.facts import date_time_text
from layerscope.gui.image.facts_table import breakable
from layerscope.gui.image.fitting import fitted
from layerscope.gui.image.hues import Hues
from layerscope.gui.plain import display, plain, tooltip

_NARROW = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
_COMMAND = 20_000  #: characters of an instruction that are shown


class LayerDetail(QScrollArea):
    """One layer: its instruction, times, digests, who shares it, and what is wrong with it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer: LayerRow | None = None
        self.setAccessibleName(self.tr("Selected layer"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_layer(self, layer: LayerRow | None, hues: Hues, below: int = 0) -> None:
        """Show ``layer``; ``below`` is the size of the image up to and with it."""
        if layer == self.layer and self.widget() is not None:
            return
        self.layer = layer
        body = QWidget()
        body.setProperty("surface", "surf")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        lines = QVBoxLayout(body)
        lines.setContentsMargins(16, 12, 12, 12)
        lines.setSpacing(8)
        if layer is not None:
            lines.addLayout(self._head(layer, hues))
            lines.addWidget(self._instruction(layer))
            for words in (layer.damage, *layer.warnings):
                tone = "err" if words == layer.damage else "warn"
                if words:
                    lines.addWidget(fitted(plain(display(words), 11.5, 500, tone, wrap=True)))
            lines.addLayout(self._facts(layer, below))
        lines.addStretch(1)
        self.setWidget(body)

    def _head(self, layer: LayerRow, hues: Hues) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(Chip(layer.number, hues))
        title = self.tr("Layer {number}").format(number=layer.number)
        line.addWidget(plain(title, 12.5, 600))
        if layer.created is not None:
            when = self.tr("created {when}").format(when=date_time_text(layer.created))
            made = plain(when, 11.5, tone="tx3")
            made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            line.addWidget(made, 1)
        return line

    def _instruction(self, layer: LayerRow) -> QLabel:
        words = f"{layer.keyword} {layer.command}".strip() or layer.created_by
        shown = display(words[:_COMMAND]) or self.tr("No build step is recorded for this layer.")
        label = plain(breakable(shown), 11.5, tone="tx2", mono=True, wrap=True)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        label.setAccessibleName(self.tr("Instruction"))
        return fitted(label)

    def _facts(self, layer: LayerRow, below: int) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        compression = layer.media_type.rpartition("+")[2] if "+" in layer.media_type else "tar"
        if layer.media_type.endswith(".gzip"):
            compression = "gzip"
        blob = f"{size_text(layer.compressed)} {compression}"
        self._digest(grid, self.tr("Blob"), str(layer.digest), blob, layer.compressed)
        if layer.diff_id is not None:
            size = f"{size_text(layer.size)} tar" if layer.size is not None else ""
            self._digest(grid, self.tr("DiffID"), str(layer.diff_id), size, layer.size or 0)
        if layer.chain_id is not None:
            words = self.tr("{size} total").format(size=size_text(below)) if below else ""
            self._digest(grid, self.tr("ChainID"), str(layer.chain_id), words, below)
        self._line(grid, self.tr("Type"), layer.media_type)
        if layer.comment:
            self._line(grid, self.tr("Comment"), layer.comment)
        if layer.shared_by:
            self._line(grid, self.tr("Also in"), ", ".join(layer.shared_by))
        return grid

    def _digest(self, grid: QGridLayout, name: str, digest: str, words: str, exact: int) -> None:
        row = grid.rowCount()
        algorithm, _, code = digest.partition(":")
        short = f"{algorithm}:{code[:6]}…{code[-2:]}"
        grid.addWidget(plain(name, 11.5, tone="tx3"), row, 0)
        label = plain(f"{short}  {words}", 11.5, tone="tx2", mono=True)
        label.setSizePolicy(_NARROW)
        label.setToolTip(tooltip(f"{digest}\n{exact:,} bytes" if exact else digest))
        grid.addWidget(label, row, 1)
        grid.addWidget(CopyButton(self.tr("Copy {name}").format(name=name), digest), row, 2)

    def _line(self, grid: QGridLayout, name: str, words: str) -> None:
        row = grid.rowCount()
        grid.addWidget(plain(name, 11.5, tone="tx3"), row, 0, Qt.AlignmentFlag.AlignTop)
        label = fitted(plain(breakable(display(words[:2_000])), 11.5, tone="tx2", wrap=True))
        grid.addWidget(label, row, 1, 1, 2)


class Chip(QWidget):
    """A layer chip as a widget."""

    def __init__(self, layer: int, hues: Hues, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer = layer
        self._hues = hues
        self.setFixedSize(24 if layer < 100 else 32, 18)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.smooth(painter)
        hue = self._hues.of(self._layer)
        marks.draw_chip(painter, QRectF(self.rect()), hue, text=str(self._layer))

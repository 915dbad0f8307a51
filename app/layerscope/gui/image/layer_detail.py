"""The box under the stack: everything about the selected layer."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from layerscope.engine.library.values import LayerRow, size_text
from layerscope.gui.image.arrangement import STRIP
from layerscope.gui.image.copying import CopyButton
from layerscope.gui.image.detail_strip import DetailStrip
from layerscope.gui.image.exact_label import ExactLabel
from layerscope.gui.image.fitting import fitted
from layerscope.gui.image.hues import Hues
from layerscope.gui.plain import display, plain, tooltip

_NARROW = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
_LEAST = 96  #: height
_UNBOUNDED = 16_777_215  #: Qt's own word for no limit
_WORDS = 2_000  #: characters of other texts that are shown
_COMMAND = 20_000  #: characters of an instruction that are shown


class LayerDetail(QWidget):
    """One layer: its instruction, times, digests, who shares it, and what is wrong with it.

    ``folding`` tells that a person unfolded it (True) or left only its name (False).
    """

    folding = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer: LayerRow | None = None
        self.strip = DetailStrip()
        self.facts = QScrollArea()
        self.facts.setAccessibleName(self.tr("Selected layer"))
        self.facts.setFrameShape(QFrame.Shape.NoFrame)
        self.facts.setWidgetResizable(True)
        self.facts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.strip)
        lines.addWidget(self.facts, 1)
        self.strip.clicked.connect(self.folding)

    def fold(self, folded: bool) -> None:
        """Leave only the name of the layer, or show everything again."""
        self.strip.setChecked(not folded)
        self.facts.setVisible(not folded)
        self.setMinimumHeight(STRIP if folded else _LEAST)
        self.setMaximumHeight(STRIP if folded else _UNBOUNDED)

    def show_layer(self, layer: LayerRow | None, hues: Hues, below: int = 0) -> None:
        """Show ``layer``; ``below`` is the size of the image up to and with it."""
        if layer == self.layer and self.facts.widget() is not None:
            return
        self.layer = layer
        self.strip.show_layer(layer, hues)
        body = QWidget()
        body.setProperty("surface", "surf")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        lines = QVBoxLayout(body)
        lines.setContentsMargins(16, 2, 12, 12)
        lines.setSpacing(8)
        if layer is not None:
            lines.addWidget(self._instruction(layer))
            for words in (layer.damage, *layer.warnings):
                tone = "err" if words == layer.damage else "warn"
                if words:
                    lines.addWidget(fitted(plain(display(words), 11.5, 500, tone, wrap=True)))
            lines.addLayout(self._facts(layer, below))
        lines.addStretch(1)
        self.facts.setWidget(body)

    def _instruction(self, layer: LayerRow) -> QLabel:
        words = f"{layer.keyword} {layer.command}".strip() or layer.created_by
        words = words or self.tr("No build step is recorded for this layer.")
        label = ExactLabel(words, 11.5, "tx2", mono=True, most=_COMMAND)
        flags = label.textInteractionFlags() | Qt.TextInteractionFlag.TextSelectableByKeyboard
        label.setTextInteractionFlags(flags)
        label.setAccessibleName(self.tr("Instruction"))
        return label

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
        label = ExactLabel(words, 11.5, "tx2", most=_WORDS)
        grid.addWidget(label, row, 1, 1, 2, Qt.AlignmentFlag.AlignTop)

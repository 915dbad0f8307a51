"""The sheet for one layer: the tar inside it, or the very blob that the store has."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from layerscope.engine.library.values import size_text
from layerscope.gui.dialogs.choices import ChoiceCard
from layerscope.gui.giving.file_names import proposed, with_end
from layerscope.gui.giving.wishes import Layer
from layerscope.gui.giving.writing import WritingSheet, choose
from layerscope.gui.plain import display
from layerscope.gui.settings import Settings
from layerscope.gui.transfers.transfers import Order, Transfers

_ENDS = {"gzip": ".tar.gz", "zstd": ".tar.zst"}


class LayerSheet(WritingSheet):
    def __init__(
        self, window: QWidget, transfers: Transfers, settings: Settings, wish: Layer
    ) -> None:
        self._wish = wish
        title = self.tr("Export layer %n", "", wish.number)
        super().__init__(window, transfers, settings, "layers", title, display(wish.title))
        size = self.tr("%s, whiteouts and all") % size_text(wish.compressed)
        self.inside = ChoiceCard(
            self.tr("The tar inside it"), self.tr("Unpacked, hashes to the DiffID")
        )
        self.stored = ChoiceCard(self.tr("As it is stored"), size)
        choose((self.inside, self.stored), self.inside)
        line = QHBoxLayout()
        for card in (self.inside, self.stored):
            card.clicked.connect(self._choose)
            line.addWidget(card, 1)
        self.body.addLayout(line)
        self.body.addWidget(self.destination)
        self.finish(self.tr("Export"))
        self.destination.propose(f"{proposed(wish.title, f'layer-{wish.number}')}.tar")
        self.judge()

    def order(self) -> Order:
        path = self.destination.path
        args = (self._wish.name, self._wish.number, path, self.stored.isChecked())
        return Order("export_layer", path, args)

    def _choose(self) -> None:
        choose((self.inside, self.stored), self.sender())
        packed = self._wish.media_type.rpartition("+")[2].rpartition(".")[2]
        end = _ENDS.get(packed, ".tar") if self.stored.isChecked() else ".tar"
        field = self.destination.field
        field.setText(with_end(field.text(), end, (".tar", *_ENDS.values())))

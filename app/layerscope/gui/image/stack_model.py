"""The rows of the layer stack for Qt, each with the sentence a screen reader says."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from layerscope.engine.library.values import ImageDetail, LayerRow, size_text
from layerscope.gui.image.bands import Band
from layerscope.gui.image.hues import Hues
from layerscope.gui.image.stack_plan import Item, Part, Shown, stack
from layerscope.gui.plain import display, tooltip

Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    ITEM = Qt.ItemDataRole.UserRole + 1


class StackModel(QAbstractListModel):
    """The stack of one image.  ``holding`` maps layers that have the selected path to whether
    they are the one that is seen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.detail: ImageDetail | None = None
        self.shown = Shown(0)
        self.hues = Hues()
        self.holding: Mapping[int, bool] = {}
        self.items: tuple[Item, ...] = ()

    def show(self, detail: ImageDetail | None, shown: Shown, hues: Hues) -> None:
        """Replace everything; cheap, for a stack has some hundred rows at most."""
        self.beginResetModel()
        self.detail = detail
        self.shown = shown
        self.hues = hues
        self.items = stack(detail, shown) if detail is not None else ()
        self.endResetModel()

    def hold(self, holding: Mapping[int, bool]) -> None:
        if holding != self.holding:
            self.holding = holding
            if self.items:
                self.dataChanged.emit(self.index(0), self.index(len(self.items) - 1))

    def row_of(self, layer: int) -> int:
        """The row of a layer, or of the closed band that has it; -1 if neither is listed."""
        best = -1
        for row, item in enumerate(self.items):
            if item.part is Part.LAYER and item.layer is not None and item.layer.number == layer:
                return row
            if item.part is Part.BAND and item.band is not None and layer in item.band:
                best = row
        return best

    def largest(self) -> int:
        """The size of the largest layer, at least 1: the full length of the size bars."""
        layers = self.detail.layers if self.detail is not None else ()
        return max((_size(layer) for layer in layers), default=1) or 1

    # Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.items)

    def flags(self, index: Index) -> Qt.ItemFlag:
        item = self.items[index.row()]
        if item.part in (Part.LAYER, Part.BAND):
            return Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.NoItemFlags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        item = self.items[index.row()]
        match role:
            case Role.ITEM:
                return item
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._sentence(item)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(self._tip(item))
        return None

    # Words

    def _sentence(self, item: Item) -> str:
        match item.part:
            case Part.CONTAINER:
                return self.tr("Container layer, writable, nothing staged")
            case Part.KERNEL:
                return self.tr("Host kernel, shared by every container, not in the image")
            case Part.LINE:
                return self.tr("Viewing from layer {number} down").format(number=self.shown.as_of)
            case Part.BASE:
                name = self.detail.base_name if self.detail is not None else ""
                return self.tr("Base image {name}").format(name=display(name))
            case Part.STEP if item.step is not None:
                return self.tr("Step without files, {keyword} {command}").format(
                    keyword=item.step.keyword, command=display(item.step.command)
                )
            case Part.BAND if item.band is not None:
                return self._band(item.band, item.open)
            case _ if item.layer is not None:
                return self._layer(item.layer)
        return ""

    def _band(self, band: Band, is_open: bool) -> str:
        state = self.tr("expanded") if is_open else self.tr("collapsed")
        return self.tr("Layers {first} to {last}, {what}, {size}, {state}").format(
            first=band.first,
            last=band.last,
            what=display(band.base or f"{band.keyword} {band.command}"),
            size=size_text(band.size),
            state=state,
        )

    def _layer(self, layer: LayerRow) -> str:
        said = [
            self.tr("Layer {number} of {count}").format(
                number=layer.number, count=len(self.detail.layers) if self.detail else 0
            ),
            f"{layer.keyword} {display(layer.command)}".strip(),
            size_text(_size(layer)),
        ]
        for count, words in (
            (layer.added, self.tr("{count} added")),
            (layer.modified, self.tr("{count} modified")),
            (layer.deleted, self.tr("{count} deleted")),
        ):
            if count:
                said.append(words.format(count=f"{count:,}"))
        if layer.damage:
            said.append(self.tr("damaged"))
        if not layer.stored:
            said.append(self.tr("not in the store"))
        said.append(self.tr("viewing from layer {number}").format(number=self.shown.as_of))
        return ", ".join(said)

    def _tip(self, item: Item) -> str:
        if item.part is Part.LAYER and item.layer is not None and self.detail is not None:
            layer = item.layer
            below = sum(_size(one) for one in self.detail.layers[: layer.number])
            lines = [
                f"{layer.keyword} {display(layer.command)}".strip(),
                self.tr("{bytes} bytes, {size} up to here").format(
                    bytes=f"{_size(layer):,}", size=size_text(below)
                ),
                self.tr("The bar is on a square-root scale."),
            ]
            if layer.shared_by:
                names = ", ".join(display(name) for name in layer.shared_by[:8])
                lines.append(self.tr("Also in {names}").format(names=names))
            return "\n".join(lines)
        if item.part is Part.LINE:
            return self.tr("Drag, or press [ and ], to look from another layer.")
        return ""


def _size(layer: LayerRow) -> int:
    return layer.size if layer.size is not None else layer.compressed

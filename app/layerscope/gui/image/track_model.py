"""The stations of a lookup for Qt, and what each says."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from layerscope.engine.library.values import LayerRow, size_text
from layerscope.engine.rootfs import Kind
from layerscope.gui.image.lookup import Station, Stop
from layerscope.gui.plain import display

Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    STATION = Qt.ItemDataRole.UserRole + 1


class TrackModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stations: tuple[Station, ...] = ()
        self.layers: Sequence[LayerRow] = ()
        self.is_folder = False

    def show(
        self, stations: tuple[Station, ...], layers: Sequence[LayerRow], is_folder: bool
    ) -> None:
        self.beginResetModel()
        self.stations = stations
        self.layers = layers
        self.is_folder = is_folder
        self.endResetModel()

    def words(self, station: Station) -> tuple[str, str]:
        """What stands in the middle and at the right of a station."""
        if station.stop is Stop.CONTAINER:
            return self.tr("Container layer"), self.tr("not written")
        if station.stop is Stop.NOTHING:
            middle = "" if station.first != station.last else self._step(station.first)
            told = self.tr("no entry")
            return (told, "") if not middle else (middle, told)
        return self._step(station.first), self._right(station)

    def step_words(self, station: Station) -> str:
        """Which layer a station is, and nothing of what it answers."""
        if station.stop is Stop.CONTAINER:
            return self.tr("Container layer")
        return self._step(station.first) if station.first == station.last else ""

    def merged(self, station: Station) -> bool:
        """Whether a folder below the one that is seen adds its content to it."""
        step = station.step
        kind = step.kind if step is not None else None
        return self.is_folder and station.stop is Stop.SHADOWED and kind is Kind.DIR

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.stations)

    def flags(self, index: Index) -> Qt.ItemFlag:
        station = self.stations[index.row()]
        if station.step is not None and station.step.entry_number is not None:
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return Qt.ItemFlag.NoItemFlags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        station = self.stations[index.row()]
        if role == Role.STATION:
            return station
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._sentence(station)
        return None

    def _step(self, number: int) -> str:
        if not 1 <= number <= len(self.layers):
            return ""
        layer = self.layers[number - 1]
        return f"{layer.keyword} {display(layer.command[:200])}".strip()

    def _right(self, station: Station) -> str:
        if station.stop is Stop.DELETED:
            return self.tr("deleted here")
        if station.stop is Stop.HIDDEN:
            by = station.step.by if station.step is not None else b""
            if not by:
                return self.tr("replaced here")
            return self.tr("hides /{folder}").format(folder=display(by))
        if self.is_folder or station.step is None or station.step.size is None:
            return ""
        return size_text(station.step.size)

    def _sentence(self, station: Station) -> str:
        middle, right = self.words(station)
        if station.first != station.last:
            words = self.tr("Layers {first} to {last}, no entry")
            return words.format(first=station.first, last=station.last)
        state = {
            Stop.SEEN: self.tr("this is what a process sees"),
            Stop.SHADOWED: self.tr("older copy, still stored"),
            Stop.ABOVE: self.tr("above the viewing line"),
        }.get(station.stop, "")
        if self.merged(station):
            state = self.tr("its content is merged in")
        number = self.tr("Layer {number}").format(number=station.first) if station.first else ""
        return ", ".join(filter(None, (number, middle, right, state)))

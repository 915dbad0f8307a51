"""Where the columns of the library are, for its header and its rows alike."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QRectF

from layerscope.engine.dataclass import dataclass


class Column(Enum):
    """What the table can be sorted by; the value is kept in the settings."""

    NAME = "name"
    ID = "id"
    LAYERS = "layers"
    SIZE = "size"
    UNIQUE = "unique"
    SHARED = "shared"
    CREATED = "created"


NUMBERS = (Column.SIZE, Column.UNIQUE, Column.SHARED, Column.CREATED)
MENU = 44  #: the room of the button that opens a row's menu


@dataclass(frozen=True, slots=True)
class Places:
    """Left and right edge of every column, in pixels of a row ``width`` wide."""

    width: float

    def span(self, column: Column) -> tuple[float, float]:
        right = self.width - MENU - 8
        number = max(78.0, min(118.0, self.width * 0.078))
        created = right
        shared = created - number
        unique = shared - number
        size = unique - number
        layers_right = size - number - 6
        layers = max(self.width * 0.43, layers_right - self.width * 0.205)
        identity = layers - max(104.0, self.width * 0.112)
        match column:
            case Column.NAME:
                return 20, identity - 12
            case Column.ID:
                return identity, layers - 8
            case Column.LAYERS:
                return layers, layers_right
            case Column.SIZE:
                return size - number, size
            case Column.UNIQUE:
                return unique - number, unique
            case Column.SHARED:
                return shared - number, shared
            case Column.CREATED:
                return created - number, created

    def box(self, column: Column, row: QRectF) -> QRectF:
        left, right = self.span(column)
        return QRectF(row.x() + left, row.y(), right - left, row.height())

    def menu(self, row: QRectF) -> QRectF:
        return QRectF(row.x() + self.width - MENU, row.y(), MENU - 8, row.height())

"""The rows of the library: sorted and filtered values, and what a screen reader says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from layerscope.engine.library.values import ImageRow, size_text
from layerscope.gui.library.columns import Column
from layerscope.gui.library.words import age_text, unpacked_text
from layerscope.gui.listing import title
from layerscope.gui.plain import display, tooltip

ROW = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


class Filter(Enum):
    """Which images are shown; the value is kept in the settings."""

    ALL = "all"
    TAGGED = "tagged"
    DANGLING = "dangling"
    INCOMPLETE = "incomplete"

    def keeps(self, row: ImageRow) -> bool:
        match self:
            case Filter.TAGGED:
                return not row.dangling
            case Filter.DANGLING:
                return row.dangling
            case Filter.INCOMPLETE:
                return bool(row.missing or row.unreadable)
        return True


_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_KEYS: dict[Column, Callable[[ImageRow], Any]] = {
    Column.NAME: lambda row: (row.dangling, title(row).casefold(), row.image_id),
    Column.ID: lambda row: row.image_id,
    Column.LAYERS: lambda row: (row.layers, title(row).casefold()),
    Column.SIZE: lambda row: (row.size or row.compressed, row.image_id),
    Column.UNIQUE: lambda row: (row.unique, row.image_id),
    Column.SHARED: lambda row: (row.shared, row.image_id),
    Column.CREATED: lambda row: (row.created or _LONG_AGO, row.image_id),
}


class LibraryModel(QAbstractListModel):
    """One row per image."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: Sequence[ImageRow] = ()
        self._rows: list[ImageRow] = []
        self.filter = Filter.ALL
        self.text = ""
        self.column = Column.CREATED
        self.descending = True
        self.largest = 1

    def take(self, rows: Sequence[ImageRow]) -> None:
        self._all = rows
        self.largest = max([1, *(row.size or row.compressed for row in rows)])
        self._rebuild()

    def sort_by(self, column: Column, descending: bool) -> None:
        self.column, self.descending = column, descending
        self._rebuild()

    def show_only(self, wanted: Filter) -> None:
        self.filter = wanted
        self._rebuild()

    def show_matching(self, text: str) -> None:
        """Only images with ``text`` in one of their names, or at the start of their ID."""
        self.text = text.strip().casefold()
        self._rebuild()

    def count(self, wanted: Filter) -> int:
        """How many images ``wanted`` keeps of those that match the text."""
        return sum(wanted.keeps(row) and self._matches(row) for row in self._all)

    def row(self, place: int) -> ImageRow:
        return self._rows[place]

    def places(self, wanted: Callable[[ImageRow], bool]) -> list[int]:
        return [place for place, row in enumerate(self._rows) if wanted(row)]

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return display(title(row))
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(row)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(self._exact(row))
            case _ if role == ROW:
                return row
        return None

    def _rebuild(self) -> None:
        self.beginResetModel()
        rows = [row for row in self._all if self.filter.keeps(row) and self._matches(row)]
        rows.sort(key=_KEYS[self.column], reverse=self.descending)
        self._rows = rows
        self.endResetModel()

    def _matches(self, row: ImageRow) -> bool:
        if not self.text:
            return True
        digests = (row.image_id.hex, row.digest.hex)
        wanted = self.text.removeprefix("sha256:")
        return any(self.text in name.casefold() for name in row.references + row.familiar) or any(
            one.startswith(wanted) for one in digests
        )

    def _spoken(self, row: ImageRow) -> str:
        parts = [", ".join(map(display, row.familiar)) or self.tr("untagged")]
        parts.append(self.tr("image %s") % row.image_id.short)
        if row.dangling:
            parts.append(self.tr("dangling"))
        if row.missing:
            parts.append(self.tr("%n layer(s) missing", "", row.missing))
        if row.unreadable:
            parts.append(display(row.unreadable))
        parts += [
            self.tr("%n layer(s)", "", row.layers),
            self.tr("%s unpacked") % unpacked_text(row),
            self.tr("%s unique") % size_text(row.unique),
            self.tr("%s shared") % size_text(row.shared),
            self.tr("created %s") % age_text(row.created),
        ]
        return ", ".join(parts)

    def _exact(self, row: ImageRow) -> str:
        lines = [display(one) for one in row.references[:12]] or [self.tr("No tag points here.")]
        if row.invalid_name:
            lines.append(self.tr("Another program named it %s.") % display(row.invalid_name))
        if row.unreadable:
            lines.append(display(row.unreadable))
        if row.missing:
            missing = self.tr("%1 of %2 layers are missing from the store.")
            lines.append(missing.replace("%1", str(row.missing)).replace("%2", str(row.layers)))
        lines.append(str(row.image_id))
        if row.size is not None:
            lines.append(self.tr("%s bytes unpacked") % f"{row.size:,}")
        lines.append(self.tr("%s bytes stored") % f"{row.compressed:,}")
        lines.append(self.tr("%s bytes unique, freed if only this image goes") % f"{row.unique:,}")
        lines.append(self.tr("%s bytes shared with other images") % f"{row.shared:,}")
        lines.append(self.tr("The bar shows square roots, so that small layers can be seen."))
        return "\n".join(lines)

"""The lines under the palette's field: headings and entries in one flat list."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from layerscope.gui import marks, paint, rows, theme
from layerscope.gui.palette.entries import Entry, spoken

ENTRY_HEIGHT = 34
HEADING_HEIGHT = 28
_Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    """What the delegate asks a row for: an Entry, or None for a heading."""

    ENTRY = Qt.ItemDataRole.UserRole + 1


class PaletteModel(QAbstractListModel):
    """A heading before the first entry of each group."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Entry | str] = []

    def show(self, entries: Sequence[Entry]) -> None:
        self.beginResetModel()
        self._rows = []
        group = ""
        for entry in entries:
            if entry.group != group:
                group = entry.group
                self._rows.append(group)
            self._rows.append(entry)
        self.endResetModel()

    def entry(self, row: int) -> Entry | None:
        found = self._rows[row] if 0 <= row < len(self._rows) else None
        return found if isinstance(found, Entry) else None

    @property
    def first(self) -> int:
        """The row of the first entry that can be chosen, or else of any entry; -1 without one."""
        rows = [row for row in range(len(self._rows)) if self.entry(row) is not None]
        able = (row for row in rows if (entry := self.entry(row)) and entry.act is not None)
        return next(able, rows[0] if rows else -1)

    @property
    def last(self) -> int:
        return self.neighbour(len(self._rows), -1, wrap=False)

    def neighbour(self, row: int, step: int, *, wrap: bool) -> int:
        """The entry after ``row`` (``step`` 1) or before it (-1); without ``wrap`` an entry at the
        end is its own neighbour.  -1 when there is none."""
        count, at = len(self._rows), row
        for _ in range(count):
            at += step
            if wrap:
                at %= count
            if not 0 <= at < count:
                break
            if self.entry(at) is not None:
                return at
        return row if self.entry(row) is not None else -1

    def place_of(self, wanted: Entry) -> int | None:
        """Where the same thing stands now."""
        for row, entry in enumerate(self._rows):
            if isinstance(entry, Entry) and _same(entry, wanted):
                return row
        return None

    @property
    def height(self) -> int:
        return sum(HEADING_HEIGHT if isinstance(row, str) else ENTRY_HEIGHT for row in self._rows)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if self.entry(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        match role:
            case Role.ENTRY:
                return row if isinstance(row, Entry) else None
            case Qt.ItemDataRole.DisplayRole:
                return row.name if isinstance(row, Entry) else row
            case Qt.ItemDataRole.AccessibleTextRole:
                return spoken(row) if isinstance(row, Entry) else row
        return None


def _same(one: Entry, other: Entry) -> bool:
    return (one.group, one.name, one.detail, one.key) == (
        other.group,
        other.name,
        other.detail,
        other.key,
    )


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: PaletteView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        heading = index.data(Role.ENTRY) is None
        return QSize(300, HEADING_HEIGHT if heading else ENTRY_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry = index.data(Role.ENTRY)
        look = theme.current()
        rect = QRectF(option.rect)
        painter.save()
        paint.smooth(painter)
        if entry is None:
            box = rect.adjusted(10, 6, -10, 0)
            words = str(index.data())
            paint.draw_text(painter, box, words, paint.font(11.5, 600), look.tx3)
        else:
            rows.draw_ground(painter, rect.adjusted(0, 1, 0, -1), option.state, edge=True)
            self._entry(painter, rect, entry)
        painter.restore()

    def _entry(self, painter: QPainter, rect: QRectF, entry: Entry) -> None:
        look = theme.current()
        ink = look.tx3 if entry.reason else look.tx
        paint.draw_icon(painter, entry.icon, QRectF(rect.x() + 12, rect.y() + 9, 16, 16), look.tx2)
        right = rect.right() - 12
        if entry.layer:
            marks.draw_chip(painter, QRectF(right - 26, rect.y() + 8, 26, 18), entry.layer)
            right -= 36
        words = entry.keys if not entry.reason else entry.reason
        if words:
            width = min(paint.text_width(words, paint.font(11.5)), rect.width() / 2)
            box = QRectF(right - width - 1, rect.y(), width + 2, rect.height())
            paint.draw_text(painter, box, words, paint.font(11.5), look.tx3)
            right -= width + 12
        used = paint.font(13.5, 500)
        box = QRectF(rect.x() + 40, rect.y(), right - rect.x() - 40, rect.height())
        width = paint.draw_text(painter, box, entry.name, used, ink)
        self._underline(painter, box, entry.name, width)
        box.setLeft(box.left() + width + 14)
        if entry.detail and box.width() > 40:
            small = paint.font(11.5, mono=entry.detail.startswith("/"))
            middle = Qt.TextElideMode.ElideMiddle
            paint.draw_text(painter, box, entry.detail, small, look.tx2, elide=middle)

    def _underline(self, painter: QPainter, box: QRectF, name: str, width: float) -> None:
        """The letters that matched, underlined: colour is kept for layers and changes."""
        wanted = self._view.wanted.lower()
        start = name.lower().find(wanted) if wanted else -1
        if start < 0:
            return
        used = paint.font(13.5, 500)
        left = box.x() + paint.text_width(name[:start], used)
        right = box.x() + paint.text_width(name[: start + len(wanted)], used)
        if right <= box.x() + width + 1:
            painter.setPen(QPen(theme.current().tx, 1.4))
            y = box.center().y() + 9
            painter.drawLine(int(left), int(y), int(right), int(y))


class PaletteView(QListView):
    """Never takes the focus: the field keeps it and moves the selection here."""

    def __init__(self, model: PaletteModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.wanted = ""
        self.setModel(model)
        self.setItemDelegate(_Delegate(self))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Matches"))

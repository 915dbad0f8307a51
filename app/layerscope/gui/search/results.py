"""The list of repositories that a search found."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import MalformedReference
from layerscope.engine.library.values import FoundRow
from layerscope.engine.oci import Reference
from layerscope.gui import paint, rows, theme
from layerscope.gui.plain import display
from layerscope.gui.search.words import short_count

ROW_HEIGHT = 57
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Exactly:
    """The first row when what was typed is a whole reference: pull just this."""

    reference: str  #: canonical
    familiar: str


Result = FoundRow | Exactly


def exactly(text: str) -> Exactly | None:
    """What ``text`` spells out when it is a whole reference: it names a tag, a digest or a host."""
    if not any(mark in text for mark in ":@") and "." not in text.partition("/")[0]:
        return None
    try:
        reference = Reference.parse(text)
    except MalformedReference:
        return None
    return Exactly(reference.canonical, reference.familiar)


def in_registry(host: str, text: str) -> Exactly | None:
    """The repository that ``text`` names in a registry; None if it can be no name."""
    try:
        reference = Reference.parse(f"{host}/{text}")
    except MalformedReference:
        return None
    return Exactly(reference.canonical, reference.familiar)


class Role(IntEnum):
    """What the delegate and the page ask a row for."""

    RESULT = Qt.ItemDataRole.UserRole + 1


class ResultsModel(QAbstractListModel):
    """Rows of one search, in the order the registry gave them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Result, ...] = ()

    def show(self, rows: Sequence[Result]) -> None:
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def result(self, row: int) -> Result:
        return self._rows[row]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        match role:
            case Role.RESULT:
                return row
            case Qt.ItemDataRole.DisplayRole:
                return display(row.familiar if isinstance(row, Exactly) else row.name)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(row)
        return None

    def _spoken(self, row: Result) -> str:
        if isinstance(row, Exactly):
            return self.tr("Pull exactly {0}").format(display(row.reference))
        parts = [display(row.name)]
        if row.official:
            parts.append(self.tr("official image"))
        if row.description:
            parts.append(display(row.description))
        if row.stars is not None:
            parts.append(self.tr("%n star(s)", "", row.stars))
        return ", ".join(parts)


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._focus = rows.KeyFocus(view)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(320, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        result = index.data(Role.RESULT)
        look = theme.current()
        painter.save()
        paint.smooth(painter)
        rect = QRectF(option.rect).adjusted(2, 2, -2, -2)
        rows.draw_ground(painter, rect, option.state, self._focus)
        icon = QRectF(rect.x() + 11, rect.center().y() - 9, 18, 18)
        if isinstance(result, Exactly):
            paint.draw_icon(painter, "corner-down-right", icon, look.tx2)
            self._lines(painter, rect, self.tr("Pull exactly this"), display(result.reference), 12)
        else:
            paint.draw_icon(painter, "package", icon, look.tx2, 1.7)
            self._found(painter, rect, result)
        painter.restore()

    def _found(self, painter: QPainter, rect: QRectF, row: FoundRow) -> None:
        look = theme.current()
        right = self._numbers(painter, rect, row)
        name = display(row.name)
        self._lines(painter, rect, name, display(row.description), rect.right() - right + 8)
        if row.official:
            x = rect.x() + 40 + paint.text_width(name, paint.font(13.5, 600)) + 12
            at = QPointF(x, rect.y() + 8)
            if x + 80 < right:
                words = self.tr("Official")
                paint.draw_pill(painter, at, words, look.ok, look.addbg, None, "badge-check")

    def _lines(
        self, painter: QPainter, rect: QRectF, first: str, second: str, margin: float
    ) -> None:
        look = theme.current()
        x, width = rect.x() + 40, rect.width() - 40
        top = 7 if second else (rect.height() - 21) / 2
        line = QRectF(x, rect.y() + top, width - margin, 21)
        paint.draw_text(painter, line, first, paint.font(13.5, 600), look.tx)
        line = QRectF(x, rect.y() + 28, width - 12, 18)
        paint.draw_text(painter, line, second, paint.font(12), look.tx2)

    def _numbers(self, painter: QPainter, rect: QRectF, row: FoundRow) -> float:
        """Pulls and stars from the right; returns where they begin."""
        look = theme.current()
        used = paint.font(12)
        x = rect.right() - 12
        for icon, number in (("download", row.pulls), ("star", row.stars)):
            if number is None:
                continue
            words = short_count(number)
            x -= max(38.0, paint.text_width(words, used))
            line = QRectF(x, rect.y() + 7, 80, 21)
            paint.draw_text(painter, line, words, used, look.tx2, elide=None)
            x -= 18
            paint.draw_icon(painter, icon, QRectF(x, rect.y() + 11, 13, 13), look.tx3)
            x -= 8
        return x


class ResultsView(QListView):
    """The list itself; Enter and a click choose, letters are type-ahead."""

    copied = Signal()  #: the name of the chosen row is wanted on the clipboard

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Search results"))
        theme.changed.connect(self.viewport().update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
        else:
            super().keyPressEvent(event)

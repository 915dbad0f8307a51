"""The tags of one repository: a table that asks for details of visible rows only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from layerscope.engine.library.values import TagRow, size_text
from layerscope.gui import paint, rows, sizes, theme
from layerscope.gui.plain import display
from layerscope.gui.search.words import age, platforms_text

ROW_HEIGHT = 36
_NARROW = 480
HEAD = 26
_Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    """What the delegate and the pane ask a row for."""

    TAG = Qt.ItemDataRole.UserRole + 1
    PULLING = Qt.ItemDataRole.UserRole + 2
    ALIAS = Qt.ItemDataRole.UserRole + 3
    HERE = Qt.ItemDataRole.UserRole + 4
    ASKED = Qt.ItemDataRole.UserRole + 5


class TagsModel(QAbstractListModel):
    """The tags that match the filter, in the order they came."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[TagRow, ...] = ()
        self._shown: list[int] = []
        self._details: dict[str, TagRow] = {}
        self._pulling: frozenset[str] = frozenset()
        self._here: frozenset[str] = frozenset()
        self._previewed: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._filter = ""

    def show(self, tags: Sequence[TagRow]) -> None:
        self._all, self._details, self._previewed = tuple(tags), {}, {}
        self._refill()

    def keep(self, text: str) -> None:
        """Show only tags that contain ``text``."""
        self._filter = text.strip().lower()
        self._refill()

    def fill(self, row: TagRow) -> None:
        """Add what was found out about one tag."""
        self._details[row.tag] = row
        self._renew(row.tag)

    def learn(self, tag: str, size: int, platforms: tuple[str, ...]) -> None:
        """What a preview has found out about a tag, in case its listing does not tell it: the
        bytes of one platform, and which platforms there are."""
        self._previewed[tag] = (size, platforms)
        self._renew(tag)

    def mark_pulling(self, tags: frozenset[str]) -> None:
        if tags != self._pulling:
            self._pulling = tags
            self._renew_all(Role.PULLING)

    def mark_here(self, tags: frozenset[str]) -> None:
        """Tags that name an image of the store."""
        if tags != self._here:
            self._here = tags
            self._renew_all(Role.HERE)

    @property
    def total(self) -> int:
        return len(self._all)

    def tag(self, place: int) -> TagRow:
        row = self._all[self._shown[place]]
        known = self._details.get(row.tag, row)
        if row.tag not in self._previewed:
            return known
        size, platforms = self._previewed[row.tag]
        size = size if known.size is None else known.size
        return replace(known, size=size, platforms=known.platforms or platforms)

    def asked(self, tag: str) -> bool:
        """Whether all is known of the tag that its registry tells."""
        return tag in self._details or tag in self._previewed

    def needs_details(self, place: int) -> bool:
        row = self._all[self._shown[place]]
        return row.tag not in self._details and row.size is None

    def place_of(self, tag: str) -> int:
        """Where a tag is shown; -1 when it is not."""
        for place, number in enumerate(self._shown):
            if self._all[number].tag == tag:
                return place
        return -1

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self.tag(index.row())
        match role:
            case Role.TAG:
                return row
            case Role.PULLING:
                return row.tag in self._pulling
            case Role.ASKED:
                return self.asked(row.tag)
            case Role.HERE:
                return row.tag in self._here
            case Role.ALIAS:
                return self._is_alias(row)
            case Qt.ItemDataRole.DisplayRole:
                return display(row.tag)
            case Qt.ItemDataRole.AccessibleTextRole:
                size = size_text(row.size) if row.size is not None else ""
                here = self.tr("here already") if row.tag in self._here else ""
                told = (size, platforms_text(row.platforms), age(row.updated))
                parts = (display(row.tag), here, *told)
                return ", ".join(part for part in parts if part)
        return None

    def _is_alias(self, row: TagRow) -> bool:
        """Whether an earlier known tag has the same digest."""
        if row.digest is None:
            return False
        for known in self._all:
            if known.tag == row.tag:
                return False
            if self._details.get(known.tag, known).digest == row.digest:
                return True
        return False

    def _renew(self, tag: str) -> None:
        if (place := self.place_of(tag)) >= 0:
            self.dataChanged.emit(self.index(place), self.index(place))

    def _renew_all(self, role: Role) -> None:
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1), [role])

    def _refill(self) -> None:
        self.beginResetModel()
        self._shown = [
            number for number, row in enumerate(self._all) if self._filter in row.tag.lower()
        ]
        self.endResetModel()


def columns(width: float) -> tuple[float, float, float]:
    """Where Download, Platforms and Updated begin; a narrow list has no room for Updated."""
    if width < _NARROW:
        return width - 196, width - 110, width
    return width - 378, width - 258, width - 92


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._focus = rows.KeyFocus(view)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(420, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: TagRow = index.data(Role.TAG)
        look = theme.current()
        rect = QRectF(option.rect)
        painter.save()
        paint.smooth(painter)
        ground = rect.adjusted(0, 1, 0, -1)
        if not rows.draw_ground(painter, ground, option.state, self._focus):
            painter.setPen(look.line)
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        download, platforms, updated = (rect.x() + x for x in columns(rect.width()))
        paint.draw_icon(painter, "tag", QRectF(rect.x() + 11, rect.y() + 11, 14, 14), look.tx3)
        used = paint.font(13.5, 600)
        room = max(60.0, download - rect.x() - 120)
        name = QRectF(rect.x() + 33, rect.y(), room, rect.height())
        x = (
            name.x()
            + min(name.width(), paint.draw_text(painter, name, display(row.tag), used, look.tx))
            + 9
        )
        if index.data(Role.ALIAS):
            paint.draw_icon(painter, "link", QRectF(x, rect.y() + 12, 12, 12), look.tx3)
            x += 19
        if index.data(Role.PULLING):
            at = QPointF(x, rect.y() + 8)
            paint.draw_pill(painter, at, self.tr("pulling"), look.tx2, look.hover)
        elif index.data(Role.HERE):
            at = QPointF(x, rect.y() + 8)
            paint.draw_pill(painter, at, self.tr("here"), look.ok, look.addbg)
        unknown = "—" if row.size is not None or index.data(Role.ASKED) else ""
        size = size_text(row.size) if row.size is not None else unknown or "…"
        for at_x, end, words in (
            (download, platforms, size),
            (platforms, updated, platforms_text(row.platforms) or unknown),
            (updated, rect.right(), age(row.updated) or unknown),
        ):
            box = QRectF(at_x, rect.y(), end - at_x - 6, rect.height())
            paint.draw_text(painter, box, words, paint.font(12), look.tx2)
        painter.restore()


class TagsHead(QWidget):
    """The names of the columns above the list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEAD)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        width = self.width()
        names = (self.tr("Tag"), self.tr("Download"), self.tr("Platforms"), self.tr("Updated"))
        for x, name in zip((11.0, *columns(width)), names, strict=True):
            box = QRectF(x, 0, 110, HEAD)
            paint.draw_text(painter, box, name, paint.font(11, 500), look.tx3)
        painter.setPen(look.line)
        painter.drawLine(0, HEAD - 1, width, HEAD - 1)


class TagsView(QListView):
    """The list; it says which rows came to rest in sight, so that only they are asked about."""

    in_sight = Signal(int, int)  #: first and last place
    copied = Signal()  #: the name of the chosen tag is wanted on the clipboard

    def __init__(self, model: TagsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Tags"))
        theme.changed.connect(self.viewport().update)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(sizes.REST * 3)
        self._rest.timeout.connect(self._tell)
        self.verticalScrollBar().valueChanged.connect(self._rest.start)
        model.modelReset.connect(self._rest.start)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._rest.start()

    def _tell(self) -> None:
        count = self.model().rowCount()
        if count and self.isVisible():
            top = self.verticalScrollBar().value() // ROW_HEIGHT
            last = min(count - 1, top + self.viewport().height() // ROW_HEIGHT)
            self.in_sight.emit(top, last)

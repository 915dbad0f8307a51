"""The list in the sidebar: repositories that fold, their tags, and what has no tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from layerscope.engine.dataclass import dataclass
from layerscope.engine.library.values import ImageRow, size_text
from layerscope.engine.oci import Digest
from layerscope.gui import paint, rows, sizes, theme
from layerscope.gui.plain import display

ITEM = Qt.ItemDataRole.UserRole + 1
UNTAGGED = ""
Index = QModelIndex | QPersistentModelIndex


class What(Enum):
    HEADING = auto()
    GROUP = auto()
    TAG = auto()
    UNTAGGED = auto()


@dataclass(frozen=True, slots=True)
class Item:
    """One line.  ``name`` opens the image; ``text`` is what is shown."""

    what: What
    text: str
    name: str = ""
    row: ImageRow | None = None
    alias: bool = False
    folded: bool = False


class SidebarModel(QAbstractListModel):
    """Items in reading order; folded groups and what the filter leaves out are not there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[ImageRow] = ()
        self._items: list[Item] = []
        self._folded: set[str] = set()
        self._filter = ""
        self.marked = ""
        self.marked_digest: Digest | None = None
        self.pulls: Mapping[str, float] = {}

    def take(self, rows: Sequence[ImageRow]) -> None:
        self._rows = rows
        self._rebuild()

    def filter_by(self, text: str) -> None:
        self._filter = text.strip().casefold()
        self._rebuild()

    def fold(self, place: int) -> None:
        """Fold or unfold the group at ``place``."""
        key = self._items[place].name
        self._folded ^= {key}
        self._rebuild()

    def mark(self, name: str, digest: Digest | None) -> int | None:
        """Mark what is open; returns its place, None if it is not in sight."""
        self.marked, self.marked_digest = name, digest
        self._repaint()
        fallback = None
        for place, item in enumerate(self._items):
            if item.row is None or item.row.digest != digest:
                continue
            if name in (item.name, item.text):
                return place
            fallback = place if fallback is None else fallback
        return fallback

    def show_pulls(self, pulls: Mapping[str, float]) -> None:
        """Canonical references that are being pulled, with how far they are, 0 to 1."""
        if pulls or self.pulls:
            self.pulls = pulls
            self._repaint()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._items):
            return None
        item = self._items[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return item.text
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(item)
            case Qt.ItemDataRole.ToolTipRole:
                return None
            case _ if role == ITEM:
                return item
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self._items[index.row()].what is What.HEADING:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def _spoken(self, item: Item) -> str:
        if item.row is None:
            state = self.tr("folded") if item.folded else self.tr("unfolded")
            return f"{item.text}, {state}" if item.what is What.GROUP else item.text
        size = size_text(item.row.size if item.row.size is not None else item.row.compressed)
        return f"{item.text}, {size}"

    def _repaint(self) -> None:
        if self._items:
            self.dataChanged.emit(self.index(0), self.index(len(self._items) - 1))

    def _rebuild(self) -> None:
        self.beginResetModel()
        groups: dict[str, list[Item]] = {}
        loose: list[Item] = []
        for row in self._rows:
            for place, (reference, familiar) in enumerate(
                zip(row.references, row.familiar, strict=False)
            ):
                name, _, tag = familiar.rpartition(":")
                item = Item(What.TAG, display(tag), reference, row, place > 0)
                if self._filter in familiar.casefold():
                    groups.setdefault(name, []).append(item)
            if not row.references and self._filter in row.image_id.hex:
                loose.append(Item(What.UNTAGGED, row.image_id.short, str(row.digest), row))
        items = [Item(What.HEADING, self.tr("LOCAL IMAGES"))] if groups else []
        for name in sorted(groups):
            items += self._group(display(name), name, groups[name])
        if loose:
            items += self._group(self.tr("untagged (dangling)"), UNTAGGED, loose)
        self._items = items
        self.endResetModel()

    def _group(self, text: str, key: str, members: list[Item]) -> list[Item]:
        folded = key in self._folded and not self._filter
        head = Item(What.GROUP, text, key, None, False, folded)
        return [head] if folded else [head, *members]


class SidebarDelegate(QStyledItemDelegate):
    """Paints a whole line, as the mockup has it."""

    def __init__(self, model: SidebarModel, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._model = model
        self._focus = rows.KeyFocus(view)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, sizes.ROW_SIDEBAR)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ITEM)
        if not isinstance(item, Item):
            return
        painter.save()
        paint.smooth(painter)
        box = QRectF(option.rect)
        if item.what is What.HEADING:
            used = paint.font(10.5, 600)
            paint.draw_text(painter, box.adjusted(16, 0, -8, 0), item.text, used, _ink("tx3"))
        else:
            open_now = item.row is not None and self._open(item)
            state = option.state & ~QStyle.StateFlag.State_Selected
            if open_now:
                state |= QStyle.StateFlag.State_Selected
            ground = box.adjusted(6, 0, -6, 0)
            rows.draw_ground(painter, ground, state, self._focus, edge=True)
            self._draw_row(painter, box, item, open_now)
        painter.restore()

    def _open(self, item: Item) -> bool:
        model = self._model
        if item.row is None or item.row.digest != model.marked_digest:
            return False
        named = model.marked in item.row.references or model.marked in item.row.familiar
        return item.name == model.marked or not named or item.text == model.marked

    def _draw_row(self, painter: QPainter, box: QRectF, item: Item, open_now: bool) -> None:
        look = theme.current()
        x, y, right = box.x(), box.y(), box.right()
        if item.what is What.GROUP:
            loose = item.name == UNTAGGED
            arrow = "chevron-right" if item.folded else "chevron-down"
            paint.draw_icon(painter, arrow, QRectF(x + 12, y + 6, 13, 13), look.tx3)
            icon = "circle-question-mark" if loose else "box"
            ink = look.warn if loose else look.tx2
            paint.draw_icon(painter, icon, QRectF(x + 29, y + 5, 15, 15), ink)
            words = QRectF(x + 50, y, right - x - 58, box.height())
            ink = look.warn if loose else look.tx
            paint.draw_text(painter, words, item.text, paint.font(13, 500), ink)
            return
        row = item.row
        assert row is not None
        loose = item.what is What.UNTAGGED
        icon = "layers" if loose else "tag"
        ink = look.acc if open_now else look.tx3
        paint.draw_icon(painter, icon, QRectF(x + 50, y + 6, 13, 13), ink)
        used = paint.font(12, 400, True) if loose else paint.font(13, 600 if open_now else 400)
        size = size_text(row.size if row.size is not None else row.compressed)
        small = paint.font(12)
        wide = paint.text_width(size, small)
        room = right - 16 - wide - 8 - (x + 70) - (19 if item.alias else 0)
        taken = paint.draw_text(
            painter, QRectF(x + 70, y, room, box.height()), item.text, used, look.tx
        )
        if item.alias:
            link = QRectF(x + 70 + taken + 7, y + 7, 12, 12)
            paint.draw_icon(painter, "link", link, look.tx3)
        pulled = self._model.pulls.get(item.name)
        if pulled is not None:
            bar = QRectF(right - 72, y + 10, 56, 5)
            paint.draw_bar(painter, bar, pulled, look.acc, look.line2)
        else:
            words = QRectF(x, y, box.width() - 16, box.height())
            ink = look.tx2 if open_now else look.tx3
            paint.draw_text(painter, words, size, small, ink, Qt.AlignmentFlag.AlignRight, None)


def _ink(token: str) -> QColor:
    return theme.current().colour(token)

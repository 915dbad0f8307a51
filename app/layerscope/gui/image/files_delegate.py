"""Paints one row of the file list as a whole."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from layerscope.engine.library.values import size_text
from layerscope.engine.rootfs import Kind, Row
from layerscope.gui import marks, paint, sizes, theme
from layerscope.gui.image.files_columns import FROM_WIDTH, Columns
from layerscope.gui.image.files_model import Index, Role
from layerscope.gui.image.files_words import extra_text, icon_name
from layerscope.gui.image.hues import Hues
from layerscope.gui.marks import ChipForm
from layerscope.gui.plain import display

_RIGHT = Qt.AlignmentFlag.AlignRight
_FADED = 0.45
_CHIPS = 3  #: chips of older copies that fit into the column


class FilesDelegate(QStyledItemDelegate):
    """``emphasis`` is the layer whose rows stand out, 0 for none; ``raw`` tells that rows are the
    entries of one layer, where a deletion is an entry like any other."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hues = Hues()
        self.emphasis = 0
        self.raw = False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(sizes.FILES_MIN, sizes.ROW_FILES)

    def chevron(self, rect: QRectF, depth: int) -> QRectF:
        """Where the arrow of a row is; what is left of its end opens and closes on a click."""
        columns = Columns.of_width(rect.width())
        x = rect.x() + columns.name + columns.inset(depth)
        return QRectF(x - 4, rect.y(), 20, rect.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look = theme.current()
        rect = QRectF(option.rect)
        row: Row | None = index.data(Role.ROW)
        painter.save()
        paint.smooth(painter)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(rect, look.sel)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, look.hover)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.fillRect(QRectF(rect.x(), rect.y(), 3, rect.height()), look.acc)
        if row is None:
            self._skeleton(painter, rect, index.data(Role.DEPTH) or 0)
        else:
            self._row(painter, rect, row, index, chosen)
        painter.restore()

    # Parts

    def _row(self, painter: QPainter, rect: QRectF, row: Row, index: Index, chosen: bool) -> None:
        columns = Columns.of_width(rect.width())
        at = rect.x()
        if self.emphasis and self.emphasis != row.origin and not chosen:
            painter.setOpacity(_FADED)
        self._origin(
            painter, QRectF(at + columns.origin, rect.y() + 4, FROM_WIDTH, 18), row, chosen
        )
        painter.setOpacity(1.0)
        self._name(painter, rect, row, index, columns, chosen)
        if row.badge:
            box = QRectF(at + columns.badge, rect.y() + 4, 18, 18)
            marks.draw_badge(painter, box, row.badge.value)
        elif row.inside_changed:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.current().mod)
            painter.drawEllipse(QPointF(at + columns.badge + 9, rect.center().y()), 3, 3)
        layers = QRectF(at + columns.layers, rect.y(), columns.bar + 12, rect.height())
        self._layers(painter, layers, row)
        look = theme.current()
        words = "—" if row.kind is Kind.SYMLINK else size_text(row.size)
        size = QRectF(at + columns.size - 76, rect.y(), 76, rect.height())
        colour = look.dele if row.deleted else look.tx2
        paint.draw_text(painter, size, words, paint.font(12), colour, _RIGHT)

    def _origin(self, painter: QPainter, rect: QRectF, row: Row, chosen: bool) -> None:
        number = row.deleted_in if row.deleted and row.deleted_in else row.origin
        if not number:
            return
        form = ChipForm.SOLID if chosen else ChipForm.TINTED
        if row.deleted:
            form = ChipForm.DASHED
        marks.draw_chip(painter, rect, self.hues.of(number), form, str(number))

    def _name(
        self,
        painter: QPainter,
        rect: QRectF,
        row: Row,
        index: Index,
        columns: Columns,
        chosen: bool,
    ) -> None:
        look = theme.current()
        is_open = index.data(Role.OPEN)
        x = rect.x() + columns.name + columns.inset(row.depth - 1)
        right = rect.x() + columns.badge - 6
        if is_open is not None:
            arrow = "chevron-down" if is_open else "chevron-right"
            paint.draw_icon(painter, arrow, QRectF(x, rect.y() + 7, 12, 12), look.tx3)
        x += 16
        icon = QRectF(x, rect.y() + 5.5, 15, 15)
        quiet = row.deleted
        paint.draw_icon(
            painter, icon_name(row, bool(is_open)), icon, look.tx3 if quiet else look.tx2
        )
        x += 21
        if x > right - 12:
            return
        used = paint.font(13, 600 if chosen or self._stands_out(index) else 400)
        if row.deleted:
            used = QFont(used)
            used.setStrikeOut(True)
        name = QRectF(x, rect.y(), right - x, rect.height())
        colour = look.tx3 if quiet else look.tx
        middle = Qt.TextElideMode.ElideMiddle
        width = paint.draw_text(painter, name, display(row.name), used, colour, elide=middle)
        extra = extra_text(row) or self._deletion(row)
        rest = name.adjusted(width + 6, 0, 0, 0)
        if extra and rest.width() > 24:
            paint.draw_text(painter, rest, extra, paint.font(12), look.tx3)

    def _layers(self, painter: QPainter, rect: QRectF, row: Row) -> None:
        if row.kind is Kind.DIR:
            bar = QRectF(rect.x(), rect.y() + 10, rect.width() - 12, 6)
            parts = self.hues.parts(row.composition)
            marks.draw_composition(painter, bar, parts, 0.35 if row.deleted else 1.0)
            return
        x = rect.x()
        newest = row.shadowed[::-1]
        room = _CHIPS if len(newest) <= _CHIPS else _CHIPS - 1
        for number in newest[:room]:
            width = 20 if number < 100 else 26
            box = QRectF(x, rect.y() + 5, width, 16)
            hue = self.hues.of(number)
            marks.draw_chip(painter, box, hue, ChipForm.OUTLINED, str(number))
            x += width + 4
        if len(newest) > room:
            words = f"+{len(newest) - room}"
            box = QRectF(x, rect.y(), rect.right() - x, rect.height())
            paint.draw_text(painter, box, words, paint.font(11), theme.current().tx3)

    def _skeleton(self, painter: QPainter, rect: QRectF, depth: int) -> None:
        look = theme.current()
        columns = Columns.of_width(rect.width())
        x = rect.x() + columns.name + columns.inset(depth) + 37
        chip = QRectF(rect.x() + columns.origin, rect.y() + 4, FROM_WIDTH, 18)
        for box in (
            chip,
            QRectF(x, rect.y() + 9, 120, 8),
            QRectF(rect.x() + columns.layers, rect.y() + 10, columns.bar, 6),
        ):
            paint.draw_round(painter, box, 4, look.hover)

    def _deletion(self, row: Row) -> str:
        if not row.deleted:
            return self.tr("replaces what is below") if self.raw and row.opaque else ""
        return self.tr("deletes it from the layers below") if self.raw else ""

    def _stands_out(self, index: Index) -> bool:
        return index.data(Role.FOUND) is True and self._filtered(index)

    def _filtered(self, index: Index) -> bool:
        return getattr(index.model(), "matches", None) is not None

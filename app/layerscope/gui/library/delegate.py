"""Paints one image of the library as a whole row."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTableView

from layerscope.engine.library.values import ImageRow, size_text
from layerscope.gui import paint, rows, sizes, theme
from layerscope.gui.library.blocks import BlockHues
from layerscope.gui.library.columns import Column, Places
from layerscope.gui.library.model import ROW, Index, LibraryModel
from layerscope.gui.library.words import age_text, unpacked_text
from layerscope.gui.plain import display

_RIGHT = Qt.AlignmentFlag.AlignRight


class LibraryDelegate(QStyledItemDelegate):
    def __init__(self, model: LibraryModel, view: QTableView) -> None:
        super().__init__(view)
        self._model = model
        self.hues = BlockHues()
        self._focus = rows.KeyFocus(view)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, sizes.ROW_LIBRARY)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW)
        if not isinstance(row, ImageRow):
            return
        look = theme.current()
        box = QRectF(option.rect)
        painter.save()
        paint.smooth(painter)
        rows.draw_ground(painter, box.adjusted(0, 2, 0, -2), option.state, self._focus)
        line = QRectF(box.x() + 20, box.bottom() - 1, box.width() - 20, 1)
        painter.fillRect(line, look.line)
        places = Places(box.width())
        self._draw_name(painter, places.box(Column.NAME, box), row)
        identity = paint.font(12, mono=True)
        cell = places.box(Column.ID, box)
        paint.draw_text(painter, cell, row.image_id.short, identity, look.tx2)
        self._draw_blocks(painter, places.box(Column.LAYERS, box), row)
        bold, usual = paint.font(13, 600), paint.font(13)
        for column, text, used, ink in (
            (Column.SIZE, unpacked_text(row), bold, look.tx),
            (Column.UNIQUE, size_text(row.unique), usual, look.tx2),
            (Column.SHARED, size_text(row.shared), usual, look.tx2),
            (Column.CREATED, age_text(row.created), paint.font(12.5), look.tx2),
        ):
            paint.draw_text(painter, places.box(column, box), text, used, ink, _RIGHT)
        dots = places.menu(box)
        mark = QRectF(0, 0, 16, 16)
        mark.moveCenter(dots.center())
        paint.draw_icon(painter, "ellipsis", mark, look.tx3)
        painter.restore()

    def _draw_name(self, painter: QPainter, box: QRectF, row: ImageRow) -> None:
        """First name, the others as pills, then what is special; what does not fit is counted."""
        look = theme.current()
        x = box.x()
        light, strong = paint.font(13.5, 500), paint.font(13.5, 600)
        pills: list[tuple[str, str, str]] = []
        if row.dangling:
            pills.append((self.tr("dangling"), "warn", ""))
        if row.missing:
            missing = self.tr("%1 of %2 layers missing")
            missing = missing.replace("%1", str(row.missing)).replace("%2", str(row.layers))
            pills.append((missing, "err", "unlink"))
        elif row.unreadable:
            pills.append((self.tr("cannot be read"), "err", "circle-alert"))
        reserved = sum(paint.pill_width(text, icon) + 6 for text, _tone, icon in pills)
        room = max(60.0, box.width() - reserved - 10)
        if row.familiar:
            name, colon, tag = row.familiar[0].rpartition(":")
            name, tag = display(name), display(colon + tag)
            wide = min(paint.text_width(tag, strong), room * 0.5) + 1
            taken = paint.draw_text(
                painter,
                QRectF(x, box.y(), room - wide, box.height()),
                name,
                light,
                look.tx,
                elide=Qt.TextElideMode.ElideMiddle,
            )
            x += taken
            x += paint.draw_text(
                painter, QRectF(x, box.y(), wide, box.height()), tag, strong, look.tx
            )
        else:
            words = display(row.invalid_name) if row.invalid_name else self.tr("<untagged>")
            cell = QRectF(x, box.y(), room, box.height())
            x += paint.draw_text(painter, cell, words, light, look.tx2)
        x += 10
        top = box.y() + (box.height() - 20) / 2
        end = box.right() - reserved
        aliases = [_alias(row.familiar[0], one) for one in row.familiar[1:]]
        for place, alias in enumerate(aliases):
            rest = f"+{len(aliases) - place - 1}"
            more = paint.pill_width(rest) + 6 if place < len(aliases) - 1 else 0
            if x + paint.pill_width(alias, "link") + more > end:
                rest = f"+{len(aliases) - place}"
                if x + paint.pill_width(rest) <= end + 6:
                    x += 6 + paint.draw_pill(
                        painter, QPointF(x, top), rest, look.tx2, None, look.line2
                    )
                break
            x += 6 + paint.draw_pill(
                painter, QPointF(x, top), alias, look.tx2, None, look.line2, "link"
            )
        for text, tone, icon in pills:
            ink, fill = (look.warn, look.modbg) if tone == "warn" else (look.err, look.delebg)
            used = paint.font(11, 600)
            x += 6 + paint.draw_pill(
                painter, QPointF(x, top), text, ink, fill, None, icon, used=used
            )

    def _draw_blocks(self, painter: QPainter, box: QRectF, row: ImageRow) -> None:
        look = theme.current()
        whole = sum(block.size for block in row.blocks)
        shown = row.size or row.compressed
        if whole <= 0 or shown <= 0:
            return
        scale = shown / whole
        seen, left = 0.0, box.x()
        for block in row.blocks:
            seen += block.size * scale
            right = box.x() + box.width() * math.sqrt(min(1.0, seen / self._model.largest))
            bar = QRectF(left, box.center().y() - 6, max(3.0, right - left - 1.5), 12)
            colour = self.hues.colour(block) if block.images > 1 else look.line2
            painter.fillRect(bar, colour)
            left = max(right, left + 4)


def _alias(first: str, other: str) -> str:
    """Another name: its tag alone where the repository is the same."""
    name, _, tag = other.rpartition(":")
    return display(tag if first.rpartition(":")[0] == name else other)

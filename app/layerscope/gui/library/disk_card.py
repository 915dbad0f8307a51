"""The card that shows where the store's bytes are: every shared block stored once."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from layerscope.engine.dataclass import dataclass
from layerscope.engine.library.values import DiskUse, ImageRow, size_text
from layerscope.gui import paint, theme
from layerscope.gui.library.blocks import BlockHues
from layerscope.gui.listing import title
from layerscope.gui.plain import display, tooltip

_LEAST = 8.0
_HEAD = 34
_MOST_USERS = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of the bar.  ``look`` is a hue, or grey, or reclaimable."""

    text: str
    size: int
    fill: QColor
    reclaimable: bool = False
    users: tuple[str, ...] = ()  #: lines about the images that hold it


class DiskCard(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(92)
        self._disk: DiskUse | None = None
        self._hues = BlockHues()
        self._users: dict[str, list[str]] = {}  #: names of images by block
        theme.changed.connect(self.update)

    def take(self, disk: DiskUse, hues: BlockHues, rows: Sequence[ImageRow]) -> None:
        self._disk, self._hues = disk, hues
        self._users = {}
        for row in rows:
            for block in row.blocks:
                self._users.setdefault(block.key, []).append(display(title(row)))
        self.setAccessibleName(self.tr("Disk use by layer sharing"))
        parts = [self._summary(disk)]
        parts += [f"{piece.text} {size_text(piece.size)}" for piece in self._pieces()]
        self.setAccessibleDescription(", ".join(parts))
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            for piece, box in self._laid_out():
                if box.contains(event.pos()):
                    words = "\n".join((piece.text, _exact(piece.size), *piece.users))
                    QToolTip.showText(event.globalPos(), tooltip(words), self, box.toRect())
                    return True
            if self._disk is not None and event.pos().y() < _HEAD:
                words = "\n".join(self._everything(self._disk))
                QToolTip.showText(event.globalPos(), tooltip(words), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        paint.draw_round(painter, QRectF(self.rect()), 10, look.surf2, look.line)
        wide = self.width() - 36
        head = QRectF(18, 10, wide, 20)
        title = self.tr("Disk use by layer sharing")
        taken = paint.draw_text(painter, head, title, paint.font(12.5, 600), look.tx)
        if self._disk is None:
            bar = QRectF(18, 38, wide, 24)
            paint.draw_round(painter, bar, 4, look.hover)
            return
        rest = head.adjusted(taken + 24, 0, 0, 0)
        right = Qt.AlignmentFlag.AlignRight
        paint.draw_text(painter, rest, self._summary(self._disk), paint.font(12), look.tx2, right)
        used = paint.font(11, 600)
        for piece, box in self._laid_out():
            words = box.adjusted(8, -0.5, -6, 0)
            if piece.reclaimable:
                paint.draw_round(painter, box, 4, look.modbg, look.warn, 1.2, (3, 2))
                ink = look.warn
            else:
                paint.draw_round(painter, box, 4, piece.fill)
                ink = paint.text_on(piece.fill)
            if words.width() > 34:
                paint.draw_text(painter, words, piece.text, used, ink)
        note = self.tr(
            "Each block is stored once. “\u00d7 9” means nine images use it. The same colour marks "
            "the same block in the list below, grey belongs to one image only."
        )
        paint.draw_text(painter, QRectF(18, 66, wide, 20), note, paint.font(11.5), look.tx3)

    def _everything(self, disk: DiskUse) -> list[str]:
        """All that the store's folder holds, exactly."""
        parts = (
            (self.tr("Images: %s"), disk.on_disk),
            (self.tr("Trash, restorable: %s"), disk.trash),
            (self.tr("Kept of unfinished downloads: %s"), disk.partial),
            (self.tr("Indexes, made again when needed: %s"), disk.derived),
        )
        return [words % _exact(size) for words, size in parts if size]

    def _summary(self, disk: DiskUse) -> str:
        saved = max(0, disk.if_not_shared - disk.on_disk)
        parts = [self.tr("%s on disk") % size_text(disk.on_disk)]
        if saved:
            parts.insert(0, self.tr("%s if nothing were shared") % size_text(disk.if_not_shared))
            parts.append(self.tr("sharing saves %s") % size_text(saved))
        return " · ".join(parts)

    def _pieces(self) -> list[Piece]:
        disk, look = self._disk, theme.current()
        if disk is None:
            return []
        pieces = []
        for block in self._hues.named:
            text = self.tr("layers that %n image(s) share", "", block.images)
            if block.label:
                text = f"{display(block.label)} \u00d7 {block.images}"
            users = self._users.get(block.key, [])
            told = [self.tr("Used by %s") % ", ".join(users[:_MOST_USERS])] if users else []
            if len(users) > _MOST_USERS:
                told.append(self.tr("and %n more", "", len(users) - _MOST_USERS))
            colour = self._hues.colour(block)
            pieces.append(Piece(text, block.size, colour, users=tuple(told)))
        others = sum(block.size for block in self._hues.others)
        if others:
            text = self.tr("%n more shared block(s)", "", len(self._hues.others))
            pieces.append(Piece(text, others, look.line2))
        reclaimable = min(disk.reclaimable, disk.unique)
        if disk.unique - reclaimable > 0:
            text = self.tr("used by one image only")
            pieces.append(Piece(text, disk.unique - reclaimable, look.line2))
        if reclaimable:
            text = self.tr("reclaimable %s") % size_text(reclaimable)
            pieces.append(Piece(text, reclaimable, look.modbg, True))
        return [piece for piece in pieces if piece.size > 0]

    def _laid_out(self) -> list[tuple[Piece, QRectF]]:
        """Every block has room for its name while there is room; the rest is shared by size."""
        pieces = self._pieces()
        total = sum(piece.size for piece in pieces)
        if not total:
            return []
        room = self.width() - 36.0
        used = paint.font(11, 600)
        least = [min(180.0, paint.text_width(piece.text, used) + 20) for piece in pieces]
        if sum(least) > room * 0.8:
            least = [_LEAST] * len(pieces)
        room -= sum(least)
        x, laid = 18.0, []
        for piece, own in zip(pieces, least, strict=True):
            wide = own + room * piece.size / total
            laid.append((piece, QRectF(x, 38, wide - 3, 24)))
            x += wide
        if laid:
            piece, box = laid[-1]
            laid[-1] = (piece, box.adjusted(0, 0, 3, 0))
        return laid


def _exact(size: int) -> str:
    return f"{size_text(size)} ({size:,} B)"

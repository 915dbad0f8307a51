"""What a removal or prune will do to the disk: one sentence, one bar, what stays."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from layerscope.engine.library.values import RemovalPlan, size_text
from layerscope.gui import paint, sizes, theme


class Summary(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._plan: RemovalPlan | None = None
        self.setFixedHeight(86)
        theme.changed.connect(self.update)

    def take(self, plan: RemovalPlan) -> None:
        self._plan = plan
        self.setFixedHeight(86 if not plan.shared_only_inside else 104)
        self.setAccessibleName(f"{self.verdict()}. {self.frees()}. {self.rest()}")
        self.update()

    def verdict(self) -> str:
        if self._plan is None:
            return ""
        if not self._plan.images and self._plan.untag:
            return self.tr("Remove %n tag(s)", "", len(self._plan.untag))
        images = self.tr("Delete %n image(s)", "", len(self._plan.images))
        return f"{images}, {self.tr('%n layer(s)', '', self._plan.layers)}"

    def frees(self) -> str:
        return self.tr("Frees %s") % size_text(self._plan.reclaimed if self._plan else 0)

    def rest(self) -> str:
        if self._plan is None:
            return ""
        plan = self._plan
        before, after = size_text(plan.on_disk), size_text(plan.on_disk - plan.reclaimed)
        if before == after:  # too little to change a rounded figure
            words = self.tr("%1 of %2 on disk.").replace("%1", size_text(plan.reclaimed))
            words = words.replace("%2", before)
        else:
            words = self.tr("%1 → %2 on disk.").replace("%1", before).replace("%2", after)
        if plan.stays_shared:
            others = len(plan.needed_by)
            stays = self.tr("%1 of shared layers stay: %n other image(s) need them.", "", others)
            if others == 1:
                stays = self.tr("%1 of shared layers stay: 1 other image needs them.")
            words += "  " + stays.replace("%1", size_text(plan.stays_shared))
        return words

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        paint.draw_round(painter, QRectF(self.rect()), sizes.RADIUS_CARD, look.surf2, look.line)
        if self._plan is None:
            return
        wide = self.width() - 34.0
        head, bold = QRectF(16, 9, wide, 20), paint.font(12.5, 600)
        paint.draw_text(painter, head, self.verdict(), bold, look.tx)
        right = Qt.AlignmentFlag.AlignRight
        paint.draw_text(painter, head, self.frees(), bold, look.tx, right)
        plan = self._plan
        share = plan.reclaimed / plan.on_disk if plan.on_disk else 0.0
        freed = min(wide, max(6.0, wide * share)) if plan.reclaimed else 0.0
        kept = QRectF(16, 36, wide - freed - (2 if freed else 0), 11)
        paint.draw_round(painter, kept, 3, look.line2)
        if freed:
            part = QRectF(16 + wide - freed, 36, freed, 11)
            paint.draw_round(painter, part, 3, look.modbg)
            paint.draw_hatch(painter, part, look.warn, 6)
            paint.draw_round(painter, part, 3, None, look.warn, 1.2, (3, 2))
        line = QRectF(16, 56, wide, 20)
        paint.draw_text(painter, line, self.rest(), paint.font(12), look.tx2)
        if plan.shared_only_inside:
            words = self.tr("%s of that is shared only between these images.")
            words = words % size_text(plan.shared_only_inside)
            paint.draw_text(painter, line.translated(0, 19), words, paint.font(12), look.tx2)

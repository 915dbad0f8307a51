"""The list in the prune and remove sheets: it is the command, row by row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QVBoxLayout, QWidget

from layerscope.engine.library.values import Candidate, size_text
from layerscope.engine.oci import Digest
from layerscope.gui import paint, sizes, theme
from layerscope.gui.dialogs.sheet import scrolling
from layerscope.gui.plain import display

_RIGHT = Qt.AlignmentFlag.AlignRight
_VISIBLE = 8


class CandidateList(QWidget):
    """Rows with a box each; ``changed`` after any of them was switched."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Images to delete"))
        self._inner = QWidget()
        self._rows: list[CandidateRow] = []
        self._layout = QVBoxLayout(self._inner)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addStretch(1)
        self._area: QScrollArea = scrolling(self._inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 29, 1, 4)
        layout.addWidget(self._area)
        theme.changed.connect(self.update)

    @property
    def rows(self) -> Sequence[CandidateRow]:
        return self._rows

    def unchecked(self) -> frozenset[Digest]:
        return frozenset(
            row.candidate.digest
            for row in self._rows
            if not row.candidate.kept and not row.isChecked()
        )

    def take(self, candidates: Sequence[Candidate]) -> None:
        """Show a plan's rows; rows that are still there keep their widget and the focus."""
        if [row.candidate.digest for row in self._rows] == [one.digest for one in candidates]:
            for row, one in zip(self._rows, candidates, strict=True):
                row.tell(one)
            return
        for row in self._rows:
            row.setParent(None)
            row.deleteLater()
        self._rows = []
        ordered = sorted(candidates, key=lambda one: bool(one.kept))
        for one in ordered:
            row = CandidateRow(one)
            row.clicked.connect(self.changed)
            self._layout.insertWidget(self._layout.count() - 1, row)
            self._rows.append(row)
        self.setFixedHeight(34 + sizes.ROW_PRUNE * max(1, min(_VISIBLE, len(self._rows))))

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(self.rect())
        paint.draw_round(painter, box, sizes.RADIUS_CARD, look.surf2, look.line)
        painter.fillRect(QRectF(1, 28, box.width() - 2, 1), look.line)
        used = paint.font(11, 500)
        for text, left, right, align in (
            (self.tr("Image"), 50, _why(self.width()), Qt.AlignmentFlag.AlignLeft),
            (self.tr("Why"), _why(self.width()), box.width() - 110, Qt.AlignmentFlag.AlignLeft),
            (self.tr("Frees"), box.width() - 110, box.width() - 18, _RIGHT),
        ):
            cell = QRectF(left, 0, right - left, 28)
            paint.draw_text(painter, cell, text, used, look.tx3, align)


class CandidateRow(QAbstractButton):
    """One image of a plan: a box, its names, why it is here, what it frees."""

    def __init__(self, candidate: Candidate) -> None:
        super().__init__()
        self.setFixedHeight(sizes.ROW_PRUNE)
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.candidate = candidate
        self.tell(candidate)

    def tell(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.setEnabled(not candidate.kept)
        self.setFocusPolicy(
            Qt.FocusPolicy.NoFocus if candidate.kept else Qt.FocusPolicy.StrongFocus
        )
        self.setChecked(candidate.checked and not candidate.kept)
        names = ", ".join(map(display, candidate.references)) or self.tr("untagged")
        end = (
            self.tr("kept") if candidate.kept else self.tr("frees %s") % size_text(candidate.frees)
        )
        parts = (names, candidate.image_id.short, display(candidate.kept or candidate.why), end)
        self.setAccessibleName(", ".join(part for part in parts if part))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, sizes.ROW_PRUNE)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box, one = QRectF(self.rect()), self.candidate
        if self.underMouse() and not one.kept:
            painter.fillRect(box, look.hover)
        if one.kept:
            paint.draw_icon(painter, "lock", QRectF(17, 8, 15, 15), look.tx3)
        else:
            draw_box(painter, QRectF(16, 7, 17, 17), self.isChecked())
        loose = not one.references
        used = paint.font(12.5, 400 if loose or one.kept else 500)
        ink = look.tx3 if one.kept else look.tx2 if loose else look.tx
        words = self.tr("<untagged>") if loose else "  ".join(map(display, one.references))
        mono = paint.font(11, mono=True)
        why = _why(self.width())
        identity = one.image_id.short
        room = why - 50 - 24 - paint.text_width(identity, mono)
        cell = QRectF(50, 0, room, box.height())
        taken = min(room, paint.draw_text(painter, cell, words, used, ink))
        cell = QRectF(50 + taken + 10, 0, why - 60 - taken, box.height())
        paint.draw_text(painter, cell, identity, mono, look.tx3)
        cell = QRectF(why, 0, box.width() - why - 120, box.height())
        reason = display(one.kept or one.why)
        paint.draw_text(painter, cell, reason, paint.font(12), look.tx3 if one.kept else look.tx2)
        cell = QRectF(box.width() - 117, 0, 100, box.height())
        if one.kept:
            paint.draw_text(painter, cell, self.tr("Kept"), paint.font(12), look.tx3, _RIGHT)
        else:
            text = size_text(one.frees)
            ink = look.tx if self.isChecked() else look.tx3
            weight = 600 if self.isChecked() else 400
            paint.draw_text(painter, cell, text, paint.font(12.5, weight), ink, _RIGHT)
        if self.hasFocus():
            ring = box.adjusted(5, 1, -5, -1)
            paint.draw_round(painter, ring, 5, None, look.acc, sizes.FOCUS_RING)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()


def draw_box(painter: QPainter, rect: QRectF, checked: bool) -> None:
    """A check box as every sheet draws it."""
    look = theme.current()
    if checked:
        paint.draw_round(painter, rect, 4, look.acc)
        tick = QRectF(rect.x() + 2, rect.y() + 2, 13, 13)
        paint.draw_icon(painter, "check", tick, look.acctx, stroke=3)
    else:
        paint.draw_round(painter, rect, 4, look.surf, look.ctl, 1.4)


def _why(width: int) -> float:
    return 50 + (width - 50 - 120) * 0.53

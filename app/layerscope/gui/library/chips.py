"""The chips above the library: which images are shown, with how many there are of each."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QWidget

from layerscope.gui import paint, theme
from layerscope.gui.library.model import Filter, LibraryModel


class FilterChips(QWidget):
    """One is always on.  A chip for something that no image is stays away."""

    chosen = Signal(Filter)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(28)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self._group = QButtonGroup(self)
        self._chips: dict[Filter, Chip] = {}
        for which, name in (
            (Filter.ALL, self.tr("All")),
            (Filter.TAGGED, self.tr("Tagged")),
            (Filter.DANGLING, self.tr("Dangling")),
            (Filter.INCOMPLETE, self.tr("Incomplete")),
        ):
            chip = Chip(name)
            chip.setProperty("filter", which.value)
            chip.clicked.connect(self._choose)
            self._group.addButton(chip)
            self._chips[which] = chip
            layout.addWidget(chip)
        layout.addStretch(1)
        self._chips[Filter.ALL].setChecked(True)

    def count(self, model: LibraryModel) -> None:
        for which, chip in self._chips.items():
            chip.count = model.count(which)
            chip.setAccessibleName(f"{chip.text()} {chip.count}")
            wanted = which is Filter.ALL or chip.count > 0 or chip.isChecked()
            chip.setVisible(wanted)
            chip.updateGeometry()
            chip.update()

    def choose(self, which: Filter) -> None:
        self._chips[which].setChecked(True)
        self.chosen.emit(which)

    def chip(self, which: Filter) -> Chip:
        return self._chips[which]

    def _choose(self) -> None:
        chip = self.sender()
        assert isinstance(chip, Chip)
        self.chosen.emit(Filter(chip.property("filter")))


class Chip(QAbstractButton):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.count = 0
        self.setText(name)
        self.setCheckable(True)
        self.setFixedHeight(28)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        name = paint.text_width(self.text(), paint.font(12.5, 500))
        return QSize(int(name + paint.text_width(str(self.count), paint.font(12)) + 34), 28)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        on = self.isChecked()
        fill = look.acc if on else look.hover if self.underMouse() else look.surf
        box = QRectF(self.rect())
        paint.draw_round(painter, box, 14, fill, None if on else look.line2)
        used = paint.font(12.5, 500)
        words = box.adjusted(13, -1, 0, 0)
        taken = paint.draw_text(
            painter, words, self.text(), used, look.acctx if on else look.tx, elide=None
        )
        number = words.adjusted(taken + 6, 0, 0, 0)
        ink = look.acctx if on else look.tx3
        paint.draw_text(painter, number, str(self.count), paint.font(12), ink, elide=None)
        if self.hasFocus():
            ring = look.acctx if on else look.acc
            paint.draw_round(painter, box.adjusted(2, 2, -2, -2), 12, None, ring, 2)

"""The line above the file list: a filter, the change chips, and what they compare with."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QWidget,
)

from layerscope.engine.rootfs import ChangeCounts
from layerscope.gui import icons, marks, paint, theme
from layerscope.gui.image.hues import Hues
from layerscope.gui.plain import in_menu, tooltip

LETTERS = "AMPDO"
_SHORT = 530  #: below this width chips show no counts


class FilterBar(QWidget):
    """``typed`` tells each change of the filter; ``changes_chosen`` the letters that are on;
    ``baseline_chosen`` the layer to compare with, 0 for nothing."""

    typed = Signal(str)
    changes_chosen = Signal(object)
    baseline_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Filter  ( / )"))
        self.field.setAccessibleName(self.tr("Filter files"))
        self.field.setClearButtonEnabled(False)
        self.field.setFont(paint.font(12.5))
        self.field.setFixedHeight(28)
        self.field.setMinimumWidth(110)
        self.field.setMaximumWidth(260)
        self.field.setMaxLength(1_000)
        self.field.setToolTip(
            tooltip(
                self.tr(
                    "Part of a name, *.py, re:pattern, size:>1M, layer:6, change:D, owner:0,"
                    " mode:suid"
                )
            )
        )
        leading = QLineEdit.ActionPosition.LeadingPosition
        self.field.addAction(icons.icon("list-filter", "tx3"), leading)
        names = (
            self.tr("Added"),
            self.tr("Modified"),
            self.tr("Properties changed"),
            self.tr("Deleted"),
            self.tr("Replaced folders"),
        )
        self.chips = {
            letter: ChangeChip(letter, name) for letter, name in zip(LETTERS, names, strict=True)
        }
        self.baseline = BaselineButton()
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 0, 12, 0)
        line.setSpacing(6)
        line.addWidget(self.field, 1)
        line.addSpacing(4)
        for chip in self.chips.values():
            line.addWidget(chip)
            chip.toggled.connect(self._toggled)
        line.addStretch(1)
        line.addWidget(self.baseline)
        self.field.textChanged.connect(self.typed)
        self.baseline.chosen.connect(self.baseline_chosen)
        self.setFixedHeight(34)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for chip in self.chips.values():
            chip.show_short(self.width() < _SHORT)

    @property
    def changes(self) -> frozenset[str]:
        return frozenset(letter for letter, chip in self.chips.items() if chip.isChecked())

    def show_counts(self, counts: ChangeCounts | None) -> None:
        """None while they are counted, or where there is nothing to compare."""
        numbers = (None,) * 5
        if counts is not None:
            numbers = (
                counts.added,
                counts.modified,
                counts.metadata,
                counts.deleted,
                counts.opaque,
            )  # type: ignore[assignment]  # five numbers for five blanks
        for chip, number in zip(self.chips.values(), numbers, strict=True):
            chip.show_count(number)

    def clear(self) -> None:
        """No filter and no chip; emits what that changes."""
        self.field.clear()
        for chip in self.chips.values():
            chip.setChecked(False)

    def _toggled(self) -> None:
        self.changes_chosen.emit(self.changes)


class _Painted(QAbstractButton):
    """A button that paints itself and shows hover and focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._over = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._over = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._over = False
        self.update()


class ChangeChip(_Painted):
    """A badge with a count that can be switched on: only such rows are listed."""

    def __init__(self, letter: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._letter = letter
        self._name = name
        self._count: int | None = None
        self._short = False
        self.setCheckable(True)
        self.show_count(None)

    def show_short(self, short: bool) -> None:
        """Show the letter alone, for want of room."""
        if short != self._short:
            self._short = short
            self.updateGeometry()
            self.update()

    def show_count(self, count: int | None) -> None:
        self._count = count
        words = self._name if count is None else f"{self._name}, {count:,}"
        self.setAccessibleName(words)
        self.setToolTip(tooltip(words))
        self.updateGeometry()
        self.update()

    @property
    def _words(self) -> str:
        return "…" if self._count is None else f"{self._count:,}"

    def sizeHint(self) -> QSize:
        if self._short:
            return QSize(26, 26)
        return QSize(int(paint.text_width(self._words, paint.font(11.5, 500))) + 33, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        fill = look.sel if self.isChecked() else look.hover if self._over else None
        strong = self.isChecked() or self.hasFocus()
        line, width = (
            (look.acc, 1.5 if not self.hasFocus() else 2.0) if strong else (look.line2, 1.0)
        )
        paint.draw_round(painter, box, 12, fill, line, width)
        marks.draw_badge(painter, QRectF(4, 4, 18, 18), self._letter)
        if self._short:
            return
        words = QRectF(25, box.y() - 0.5, self.width() - 25, box.height())
        used = paint.font(11.5, 600 if self.isChecked() else 500)
        colour = look.tx if self.isChecked() else look.tx2
        paint.draw_text(painter, words, self._words, used, colour, elide=None)


class BaselineButton(_Painted):
    """``vs base [4]``: which layer A, M, P, D and O are relative to."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hues = Hues()
        self._names: tuple[str, ...] = ()
        self._baseline = 0
        self._base = 0
        self.clicked.connect(self._ask)
        self.show_baseline(0, 0, (), Hues())

    def show_baseline(self, baseline: int, base: int, names: tuple[str, ...], hues: Hues) -> None:
        """``names`` describe the layers that can be chosen, bottom first; ``base`` is the top
        layer of the base image, 0 if it is not known."""
        self._hues = hues
        self._names = names
        self._baseline = baseline
        self._base = base
        said = self._words + (f" {baseline}" if baseline else "")
        self.setAccessibleName(self.tr("Compare with: {what}").format(what=said))
        self.setToolTip(tooltip(self.tr("What added, modified and deleted are relative to")))
        self.updateGeometry()
        self.update()

    @property
    def _words(self) -> str:
        if not self._baseline:
            return self.tr("vs nothing")
        return self.tr("vs base") if self._baseline == self._base else self.tr("vs layer")

    def sizeHint(self) -> QSize:
        chip = 28 if self._baseline else 4
        return QSize(int(paint.text_width(self._words, paint.font(12))) + 26 + chip, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        if self._over or self.hasFocus():
            line = look.acc if self.hasFocus() else None
            paint.draw_round(painter, QRectF(self.rect()), 6, look.hover, line, 2)
        paint.draw_icon(painter, "git-compare", QRectF(4, 6.5, 13, 13), look.tx3)
        words = QRectF(22, 0, self.width(), self.height() - 1)
        width = paint.draw_text(painter, words, self._words, paint.font(12), look.tx2, elide=None)
        if self._baseline:
            box = QRectF(22 + width + 6, 5, 20, 16)
            marks.draw_chip(painter, box, self._hues.of(self._baseline), text=str(self._baseline))

    def _ask(self) -> None:
        menu = QMenu(self)
        for number in range(len(self._names), -1, -1):
            words = self._names[number - 1] if number else self.tr("Nothing: all is added")
            if number and number == self._base:
                words = self.tr("{layer}  (base image)").format(layer=words)
            action = menu.addAction(in_menu(words))
            action.setCheckable(True)
            action.setChecked(number == self._baseline)
            action.setData(number)
        menu.triggered.connect(self._picked)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPointF(0, self.height() + 2).toPoint()))

    def _picked(self, action: object) -> None:
        self.chosen.emit(int(action.data()))  # type: ignore[attr-defined]  # a QAction

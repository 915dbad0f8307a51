"""All steps of an image, newest first, those without files as well."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QListView,
    QSplitter,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from layerscope.engine.library.values import ImageDetail, StepRow, size_text
from layerscope.gui import explaining, marks, paint, theme
from layerscope.gui.image.counting import counted
from layerscope.gui.image.facts import date_time_text
from layerscope.gui.image.hues import Hues
from layerscope.gui.image.notice_box import NoticeBox
from layerscope.gui.image.step_box import StepBox
from layerscope.gui.plain import display, plain

Index = QModelIndex | QPersistentModelIndex
_HEIGHT = 30
_SHOWN = 400  #: characters of an instruction that a row needs at most
_RIGHT = Qt.AlignmentFlag.AlignRight
_LEFTS = (24, 72, 204)  #: of chip, date and instruction


class Role(IntEnum):
    STEP = Qt.ItemDataRole.UserRole + 1


class StepsModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.steps: tuple[StepRow, ...] = ()

    def show(self, steps: tuple[StepRow, ...]) -> None:
        self.beginResetModel()
        self.steps = steps
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.steps)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        step = self.steps[index.row()]
        if role == Role.STEP:
            return step
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            layer = self.tr("Layer {number}").format(number=step.layer)
            said = [
                layer if step.layer else self.tr("Step without files"),
                f"{step.keyword} {display(step.command[:_SHOWN])}".strip(),
                size_text(step.size) if step.size is not None else "",
                date_time_text(step.created) if step.created else "",
            ]
            return ", ".join(filter(None, said))
        return None


class StepsDelegate(QStyledItemDelegate):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hues = Hues()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(400, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        step: StepRow = index.data(Role.STEP)
        look = theme.current()
        rect = QRectF(option.rect)
        painter.save()
        paint.smooth(painter)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(rect, look.sel)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.fillRect(QRectF(rect.x(), rect.y(), 3, rect.height()), look.acc)
        chip = QRectF(_LEFTS[0], rect.y() + 6, 24 if (step.layer or 0) < 100 else 32, 18)
        if step.layer:
            marks.draw_chip(painter, chip, self.hues.of(step.layer), text=str(step.layer))
        else:
            centre = Qt.AlignmentFlag.AlignHCenter
            paint.draw_text(painter, chip, "—", paint.font(12), look.tx3, centre)
        if not step.certain:
            box = QRectF(chip.right() + 4, rect.y() + 9, 12, 12)
            paint.draw_icon(painter, "circle-help", box, look.warn)
        when = QRectF(_LEFTS[1], rect.y(), 126, rect.height())
        paint.draw_text(painter, when, date_time_text(step.created), paint.font(12), look.tx3)
        size = QRectF(rect.right() - 100, rect.y(), 84, rect.height())
        words = size_text(step.size) if step.size is not None else "—"
        paint.draw_text(painter, size, words, paint.font(12), look.tx2, _RIGHT)
        line = QRectF(_LEFTS[2], rect.y(), size.x() - _LEFTS[2] - 12, rect.height())
        tone = look.tx if step.layer else look.tx2
        bold = paint.font(12, 600, mono=True)
        width = paint.draw_text(painter, line, step.keyword, bold, tone) + 7
        rest = line.adjusted(width, 0, 0, 0)
        command = display(step.command[:_SHOWN])
        paint.draw_text(painter, rest, command, paint.font(12, mono=True), look.tx2)
        painter.restore()


class Heading(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(27)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        painter.fillRect(self.rect(), look.surf)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), look.line)
        used = paint.font(11, 500)
        words = (self.tr("Layer"), self.tr("Created (UTC)"), self.tr("Instruction"))
        for x, word in zip(_LEFTS, words, strict=True):
            rect = QRectF(x, 0, 200, self.height())
            paint.draw_text(painter, rect, word, used, look.tx3)
        size = QRectF(self.width() - 100, 0, 84, self.height())
        paint.draw_text(painter, size, self.tr("Size"), used, look.tx3, _RIGHT)


class HistoryTab(QWidget):
    """The list of steps, and everything about the chosen one below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "surf")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("pane", True)
        self.setWhatsThis(explaining.words("history"))
        self.steps = StepsModel(self)
        self._rows = StepsDelegate(self)
        self.list = QListView()
        self.list.setModel(self.steps)
        self.list.setItemDelegate(self._rows)
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(self.tr("History"))
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        self.box = StepBox()
        self._note = plain("", 12, tone="tx3")
        self._note.setContentsMargins(24, 10, 16, 8)
        self._empty = NoticeBox()
        self._empty.tell(self.tr("This image has no history entries."), icon="history")
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.addWidget(self.list)
        self._split.addWidget(self.box)
        self._split.setStretchFactor(0, 1)
        self._split.setSizes([500, 200])
        self._heading = Heading()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self._note)
        lines.addWidget(self._heading)
        lines.addWidget(self._split, 1)
        lines.addWidget(self._empty, 1)
        theme.changed.connect(self.list.viewport().update)

    def show_image(self, detail: ImageDetail, hues: Hues) -> None:
        if detail.steps == self.steps.steps:
            return
        self._rows.hues = hues
        self.steps.show(detail.steps)
        empty = not detail.steps
        for one in (self._note, self._heading, self._split):
            one.setVisible(not empty)
        self._empty.setVisible(empty)
        without = sum(step.layer is None for step in detail.steps)
        words = counted(
            len(detail.steps), self.tr("1 step"), self.tr("{count} steps, newest first")
        )
        if without:
            only = self.tr("{count} of them set metadata only").format(count=without)
            words = f"{words} · {only}"
        self._note.setText(words)
        if not empty:
            self.list.setCurrentIndex(self.steps.index(0))

    def _current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.box.show_step(self.steps.steps[current.row()])

"""The path of the current row: parts to click, siblings to list, or a field to type into."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QSizePolicy, QWidget

from layerscope.engine.dataclass import dataclass
from layerscope.gui import paint, theme
from layerscope.gui.plain import display

_HEIGHT = 30


@dataclass(frozen=True, slots=True)
class Crumb:
    """One part of a path: ``node`` is what it stands for."""

    node: int
    name: bytes


class Breadcrumb(QWidget):
    """``crumb_chosen`` tells the node of a clicked part; ``siblings_wanted`` the node whose folder
    is to be listed and where; ``path_typed`` the bytes that were typed; ``completing`` the text so
    far, to be answered with ``offer``."""

    crumb_chosen = Signal(int)
    siblings_wanted = Signal(int, QPoint)
    path_typed = Signal(object)
    completing = Signal(str)
    left = Signal()  #: the field is gone, and with it the focus

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.crumbs: tuple[Crumb, ...] = ()
        self._places: list[tuple[QRectF, QRectF, int]] = []
        self._at = -1
        self.field = QLineEdit(self)
        self.field.hide()
        self.field.setAccessibleName(self.tr("Path"))
        self.field.returnPressed.connect(self._typed)
        self.field.textEdited.connect(self.completing)
        self.field.editingFinished.connect(self._leave)
        self._offers = QStringListModel(self)
        completer = QCompleter(self._offers, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseSensitive)
        self.field.setCompleter(completer)
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Path"))
        theme.changed.connect(self.update)

    def show_path(self, crumbs: tuple[Crumb, ...]) -> None:
        """Parts from below the root to the current row."""
        self.crumbs = crumbs
        self._at = -1
        self.setAccessibleDescription("/" + "/".join(display(one.name) for one in crumbs))
        self.update()

    def edit(self) -> None:
        """Become a field with the path in it."""
        text = "/" + "/".join(one.name.decode("utf-8", "replace") for one in self.crumbs)
        self.field.setText(text)
        self.field.setGeometry(self.rect())
        self.field.show()
        self.field.setFocus()
        self.field.selectAll()
        self.completing.emit(text)

    def offer(self, paths: list[str]) -> None:
        """Completions for what is being typed."""
        self._offers.setStringList(paths)

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(300, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        box = QRectF(self.rect())
        line, width = (look.acc, 2.0) if self.hasFocus() else (look.ctl, 1.0)
        paint.draw_round(painter, box, 6, look.surf, line, width)
        paint.draw_icon(painter, "hard-drive", QRectF(9, 8, 14, 14), look.tx3)
        used = paint.font(11)
        hint = self.tr("Ctrl+L")
        keys = QRectF(0, 0, box.width() - 12, _HEIGHT)
        right = (
            box.width()
            - 24
            - paint.draw_text(painter, keys, hint, used, look.tx3, Qt.AlignmentFlag.AlignRight)
        )
        self._draw_parts(painter, right)

    def _draw_parts(self, painter: QPainter, right: float) -> None:
        look = theme.current()
        parts = [(0, "/"), *((one.node, display(one.name)) for one in self.crumbs)]
        widths = [
            min(220.0, paint.text_width(words, paint.font(12.5, 600))) + 24
            for _node, words in parts
        ]
        first = 0
        while first < len(parts) - 1 and sum(widths[first:]) > right - 29:
            first += 1
        self._places = []
        x = 29.0
        for number in range(first, len(parts)):
            node, words = parts[number]
            last = number == len(parts) - 1
            used = paint.font(12.5, 600 if last else 500)
            room = QRectF(x, 0, max(0.0, min(220.0, right - x)), _HEIGHT)
            if self.hasFocus() and number == self._at:
                wide = paint.text_width(words, used)
                mark = QRectF(x - 4, 5, min(wide, room.width()) + 8, _HEIGHT - 10)
                paint.draw_round(painter, mark, 4, look.sel)
            middle = Qt.TextElideMode.ElideMiddle
            colour = look.tx if last else look.tx2
            width = paint.draw_text(painter, room, words, used, colour, elide=middle)
            arrow = QRectF(x + width + 2, 0, 16, _HEIGHT)
            if not last:
                icon = QRectF(arrow.x() + 2, 9, 12, 12)
                paint.draw_icon(painter, "chevron-right", icon, look.tx3)
            self._places.append((QRectF(x - 2, 0, width + 4, _HEIGHT), arrow, node))
            x += width + 20

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        for number, (words, arrow, node) in enumerate(self._places):
            if words.contains(point):
                self.crumb_chosen.emit(node)
                return
            if arrow.contains(point) and number + 1 < len(self._places):
                following = self._places[number + 1][2]
                at = self.mapToGlobal(QPoint(int(arrow.x()), _HEIGHT))
                self.siblings_wanted.emit(following, at)
                return
        self.edit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = len(self.crumbs) + 1
        match event.key():
            case Qt.Key.Key_Left:
                self._at = (count - 2 if self._at < 0 else self._at - 1) % count
            case Qt.Key.Key_Right:
                self._at = (self._at + 1) % count
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self._at >= 0:
                node = 0 if self._at == 0 else self.crumbs[self._at - 1].node
                self.crumb_chosen.emit(node)
            case Qt.Key.Key_Down if self._at > 0:
                at = self.mapToGlobal(QPoint(40, _HEIGHT))
                self.siblings_wanted.emit(self.crumbs[self._at - 1].node, at)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.edit()
            case _:
                super().keyPressEvent(event)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.field.setGeometry(self.rect())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    # Inside

    def _typed(self) -> None:
        text = self.field.text()
        self.path_typed.emit(text.encode("utf-8", "surrogateescape").strip(b"/"))

    def _leave(self) -> None:
        QTimer.singleShot(0, self, self._hide_field)

    def _hide_field(self) -> None:
        had_focus = self.field.hasFocus()
        self.field.hide()
        if had_focus:
            self.left.emit()

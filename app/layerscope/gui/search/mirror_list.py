"""The mirrors of one registry, in the order they are asked: added, moved and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from layerscope.gui.dialogs.sheet import scrolling
from layerscope.gui.plain import Button, button, display, icon_button, plain, tooltip

_HIGHEST = 3 * 30  # three mirrors; a small window has no room for more


class MirrorList(QWidget):
    """``changed`` comes whenever it takes another height."""

    changed = Signal()

    def __init__(self, mirrors: Sequence[str] = ()) -> None:
        super().__init__()
        self._mirrors = list(mirrors)
        self.lines: list[MirrorLine] = []
        self.field = _Field()
        self.field.setFixedHeight(32)
        self.field.setMaxLength(512)
        self.field.setPlaceholderText("mirror.example.com:5000/path")
        self.field.setAccessibleName(self.tr("Another mirror"))
        self.field.textChanged.connect(self._judge)
        self.field.entered.connect(self._take)
        self.add = button(self.tr("Add mirror"), "plus")
        self.add.clicked.connect(self._take)
        self._inner = QWidget()
        self._rows = QVBoxLayout(self._inner)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(2)
        self._area = scrolling(self._inner)
        line = QHBoxLayout()
        line.addWidget(self.field, 1)
        line.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._area)
        column.addLayout(line)
        self._show()

    @property
    def mirrors(self) -> tuple[str, ...]:
        """What is in the list, and last what is typed but not added yet."""
        typed = self.field.text().strip()
        return (*self._mirrors, *((typed,) if typed else ()))

    def _take(self, _checked: bool = False) -> None:
        typed = self.field.text().strip().removeprefix("https://").rstrip("/")
        if typed and typed not in self._mirrors:
            self._mirrors.append(typed)
        if typed:
            self.field.clear()
            self._show()

    def _move(self, place: int, step: int, _checked: bool = False) -> None:
        other = place + step
        self._mirrors[place], self._mirrors[other] = self._mirrors[other], self._mirrors[place]
        self._show()
        moved = self.lines[other]
        target = moved.up if step < 0 else moved.down
        (target if target.isEnabled() else moved.remove).setFocus(Qt.FocusReason.OtherFocusReason)

    def _remove(self, place: int, _checked: bool = False) -> None:
        del self._mirrors[place]
        self._show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _judge(self) -> None:
        self.add.setEnabled(bool(self.field.text().strip()))

    def _show(self) -> None:
        for old in self.lines:
            old.setParent(None)
            old.deleteLater()
        count = len(self._mirrors)
        self.lines = [MirrorLine(place, text, count) for place, text in enumerate(self._mirrors)]
        for place, line in enumerate(self.lines):
            line.up.clicked.connect(partial(self._move, place, -1))
            line.down.clicked.connect(partial(self._move, place, 1))
            line.remove.clicked.connect(partial(self._remove, place))
            self._rows.addWidget(line)
            line.show()  # or the layout would leave it out of the height for now
        self._area.setVisible(bool(self.lines))
        self._area.setFixedHeight(min(_HIGHEST, self._inner.sizeHint().height()))
        self._judge()
        self.changed.emit()


class MirrorLine(QWidget):
    """One mirror: its number in the order of asking, its name, and what can be done to it."""

    def __init__(self, place: int, text: str, count: int) -> None:
        super().__init__()
        name = self._whole = display(text)
        self.up = self._button("arrow-up", self.tr("Ask %s earlier") % name, place > 0)
        self.down = self._button("arrow-down", self.tr("Ask %s later") % name, place < count - 1)
        self.remove = self._button("x", self.tr("Remove %s") % name, possible=True)
        line = self._line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 8, 0)
        line.setSpacing(4)
        number = plain(str(place + 1), 12, 500, "tx2")
        number.setFixedWidth(18)
        line.addWidget(number)
        self.name = plain(name, 13, 500)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.name.setToolTip(tooltip(name))
        self.name.setAccessibleName(name)
        line.addWidget(self.name, 1)
        for one in (self.up, self.down, self.remove):
            line.addWidget(one)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A long path is cut in its middle, so that the buttons stay in sight."""
        super().resizeEvent(event)
        self._line.activate()
        room = self.name.width()
        mode = Qt.TextElideMode.ElideMiddle
        self.name.setText(self.name.fontMetrics().elidedText(self._whole, mode, room))

    def _button(self, icon: str, name: str, possible: bool) -> Button:
        made = icon_button(icon, name, side=28)
        made.setEnabled(possible)
        return made


class _Field(QLineEdit):
    """Enter adds what is typed, and does not press the button of the sheet."""

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self.text().strip():
            self.entered.emit()
            event.accept()
        else:
            super().keyPressEvent(event)

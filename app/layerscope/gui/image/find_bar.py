"""The bar above a text that finds words in it."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QKeyEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QTextEdit, QWidget

from layerscope.gui import icons, paint, theme
from layerscope.gui.image.text_search import MOST, SearchedText
from layerscope.gui.image.text_view import TextView
from layerscope.gui.plain import icon_button, plain, retone

_SHOWN = 300  #: places around the current one that are marked in the text
_LONGEST = 500


class FindBar(QWidget):
    """Hidden until ``begin``; Enter and Shift+Enter go on and back, Esc leaves."""

    def __init__(self, text: TextView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = text
        self._searched = SearchedText("")
        self._places: list[tuple[int, int]] = []
        self._at = -1
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Find in this text"))
        self.field.setAccessibleName(self.tr("Find in this text"))
        self.field.setMaxLength(_LONGEST)
        self.field.setFixedHeight(28)
        self.field.setFont(paint.font(12.5))
        self.field.addAction(icons.icon("search", "tx3"), QLineEdit.ActionPosition.LeadingPosition)
        self.count = plain("", 11.5, tone="tx3")
        self.previous = icon_button("arrow-up", self.tr("Previous (Shift+Enter)"), side=26)
        self.next = icon_button("arrow-down", self.tr("Next (Enter)"), side=26)
        self.close_button = icon_button("x", self.tr("Close the search (Esc)"), side=26)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 5, 8, 5)
        line.setSpacing(4)
        line.addWidget(self.field, 1)
        line.addSpacing(4)
        line.addWidget(self.count)
        for one in (self.previous, self.next, self.close_button):
            line.addWidget(one)
        self.hide()
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._search)
        self.previous.clicked.connect(self.go_back)
        self.next.clicked.connect(self.go_on)
        self.close_button.clicked.connect(self.leave)
        text.replaced.connect(self._text_replaced)
        theme.changed.connect(self._mark)

    def begin(self) -> None:
        """Show the bar, ready to type; a selected word is what is looked for at first."""
        chosen = self._view.textCursor().selectedText()
        if not self.isVisible():
            self.show()
            self._text_replaced()
        if chosen and len(chosen) <= _LONGEST and "\N{PARAGRAPH SEPARATOR}" not in chosen:
            self.field.setText(chosen)
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def leave(self) -> None:
        """Put the bar away; what was found last stays selected."""
        self.hide()
        self._view.setExtraSelections([])
        self._view.setFocus()

    def go_on(self) -> None:
        self._go(self._at + 1)

    def go_back(self) -> None:
        self._go(self._at - 1)

    # Inside

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.go_back() if back else self.go_on()
        elif event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            return False
        return True

    def _text_replaced(self) -> None:
        if self.isVisible():
            self._searched = SearchedText(self._view.shown)
            self._search()

    def _search(self) -> None:
        """From where the cursor is, so that what is typed on stays at its place."""
        self._places = self._searched.find(self.field.text())
        start = self._view.textCursor().selectionStart()
        at = bisect_left(self._places, (start, 0))
        if self._places:
            self._go(at if at < len(self._places) else 0)
        else:
            self._at = -1
            cursor = self._view.textCursor()
            cursor.setPosition(start)
            self._view.setTextCursor(cursor)
            self._tell()

    def _go(self, at: int) -> None:
        if not self._places:
            return
        self._at = at % len(self._places)
        start, end = self._places[self._at]
        cursor = self._view.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self._view.setTextCursor(cursor)
        self._tell()

    def _tell(self) -> None:
        count = len(self._places)
        if not self.field.text():
            words = ""
        elif not count:
            words = self.tr("Nothing found")
        else:
            most = f"{count:,}+" if count == MOST else f"{count:,}"
            words = self.tr("{number} of {count}").format(number=f"{self._at + 1:,}", count=most)
        self.count.setText(words)
        retone(self.count, "tx3" if count or not words else "warn")
        for one in (self.previous, self.next):
            one.setEnabled(count > 1)
        self._mark()
        if words:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.field, words))

    def _mark(self) -> None:
        """All places are too many to mark: those that may be seen now."""
        if not self.isVisible():
            return
        look = theme.current()
        near = self._places[max(0, self._at - _SHOWN) : self._at + _SHOWN]
        marks = []
        for start, end in near:
            mark = QTextEdit.ExtraSelection()
            mark.cursor = self._view.textCursor()
            mark.cursor.setPosition(start)
            mark.cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            mark.format.setBackground(look.modbg)
            mark.format.setForeground(look.tx)
            marks.append(mark)
        self._view.setExtraSelections(marks)

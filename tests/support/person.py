"""A person at the window: finds what is visible by its words, and acts with mouse and keys.

Nothing is called that the hands cannot reach: clicks and keys go to the widgets as events, and
what is seen is what visible widgets say.  Every wait is for a visible state and ends in an
assertion that tells what was to be seen instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from layerscope.gui.window import MainWindow

PATIENCE = 15_000  #: milliseconds until something must have become visible
_ROWS = 300  #: so many rows of a list are read


class Person:
    """``window`` may be looked into for what is only painted; prefer the words."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.bot = qtbot
        self.window = window

    # Seeing

    def reads(self, inside: QWidget | None = None) -> list[str]:
        """All words on the screen: labels, buttons, fields, rows, and what painted parts tell a
        screen reader."""
        place = inside or self.window
        widgets = [place, *place.findChildren(QWidget)]
        return [words for one in widgets if one.isVisible() for words in _words_of(one) if words]

    def sees(self, words: str, inside: QWidget | None = None, timeout: int = PATIENCE) -> str:
        """Wait until ``words`` are somewhere on the screen; the text they are part of."""
        self.waits(lambda: _found(words, self.reads(inside)), f"to see {words!r}", timeout)
        return next(text for text in self.reads(inside) if words in text)

    def sees_no_more(self, words: str, inside: QWidget | None = None) -> None:
        self.waits(lambda: not _found(words, self.reads(inside)), f"{words!r} to go away")

    def waits(self, state: Callable[[], object], what: str, timeout: int = PATIENCE) -> None:
        """Let the window run until ``state`` holds."""
        try:
            self.bot.waitUntil(lambda: bool(state()), timeout=timeout)
        except Exception as error:  # pytest-qt's own class is private
            seen = "\n".join(self.reads())
            raise AssertionError(f"waited for {what}, but saw:\n{seen}") from error

    def rows(self, name: str) -> list[str]:
        """The rows of the list of this name."""
        return list(_rows_of(self.list(name)))

    def list(self, name: str) -> QAbstractItemView:
        """The visible list of this accessible name."""
        found: list[QAbstractItemView] = []

        def look() -> bool:
            found[:] = [
                one
                for one in self.window.findChildren(QAbstractItemView)
                if one.isVisible() and one.accessibleName() == name
            ]
            return bool(found)

        self.waits(look, f"the list {name!r}")
        return found[0]

    # Acting

    def clicks(self, name: str, inside: QWidget | None = None) -> None:
        """Press the button of this text or accessible name, once it is there and enabled."""
        found: list[QAbstractButton] = []

        def look() -> bool:
            place = inside or self.window
            found[:] = [
                one
                for one in place.findChildren(QAbstractButton)
                if one.isVisible() and one.isEnabled() and name in _names_of(one)
            ]
            return bool(found)

        self.waits(look, f"a button {name!r} that can be pressed")
        QTest.mouseClick(found[-1], Qt.MouseButton.LeftButton)

    def clicks_tab(self, name: str) -> None:
        for bar in self.window.findChildren(QTabBar):
            places = [place for place in range(bar.count()) if bar.tabText(place) == name]
            if bar.isVisible() and places:
                where = bar.tabRect(places[0]).center()
                QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=where)
                return
        raise AssertionError(f"there is no tab {name!r}")

    def clicks_row(self, words: str, name: str, *, add: bool = False) -> None:
        """Click the row of the list ``name`` whose text starts with ``words``."""
        where, view = self._row(words, name)
        keys = Qt.KeyboardModifier.ControlModifier if add else Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, keys, where)

    def opens_row(self, words: str, name: str) -> None:
        """Double click it."""
        where, view = self._row(words, name)
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(view.viewport(), left, none, where)
        QTest.mouseDClick(view.viewport(), left, none, where)
        QTest.mouseRelease(view.viewport(), left, none, where)

    def chooses(self, words: str, name: str) -> None:
        """Choose the entry ``words`` of the combo box ``name``, by the keyboard."""
        found: list[QComboBox] = []

        def look() -> bool:
            found[:] = [
                one
                for one in self.window.findChildren(QComboBox)
                if one.isVisible() and one.accessibleName() == name and one.findText(words) >= 0
            ]
            return bool(found)

        self.waits(look, f"{words!r} among the choices of {name!r}")
        box = found[0]
        while box.currentText() != words:
            before = box.currentIndex()
            up = box.findText(words) < before
            QTest.keyClick(box, Qt.Key.Key_Up if up else Qt.Key.Key_Down)
            assert box.currentIndex() != before, f"{words!r} cannot be reached"

    def fills(self, name: str, text: str) -> None:
        """Put ``text`` into the field of this name, replacing what is there."""
        found: list[QLineEdit] = []

        def look() -> bool:
            found[:] = [
                one
                for one in self.window.findChildren(QLineEdit)
                if one.isVisible() and one.isEnabled() and one.accessibleName() == name
            ]
            return bool(found)

        self.waits(look, f"a field {name!r}")
        QTest.mouseClick(found[-1], Qt.MouseButton.LeftButton)
        found[-1].selectAll()
        QTest.keyClick(found[-1], Qt.Key.Key_Delete)
        QTest.keyClicks(found[-1], text)

    def types(self, text: str) -> None:
        """Type into whatever has the focus."""
        QTest.keyClicks(self._focus(), text)

    def presses(self, keys: str) -> None:
        """Press keys by name: ``Ctrl+K``, ``Return``, ``Down``."""
        chord = QKeySequence(keys)[0]  # type: ignore[index]  # the stubs do not know of it
        QTest.keyClick(self._focus(), chord.key(), chord.keyboardModifiers())

    def _focus(self) -> QWidget:
        if not self.window.isActiveWindow() and QApplication.activePopupWidget() is None:
            # The offscreen platform does not give the focus back when a popup closes.
            self.window.activateWindow()
            self.waits(self.window.isActiveWindow, "the window to be active again")
        return QApplication.activePopupWidget() or QApplication.focusWidget() or self.window

    def _row(self, words: str, name: str) -> tuple[QPoint, QAbstractItemView]:
        view = self.list(name)
        self.waits(lambda: _place(view, words) >= 0, f"a row {words!r} in {name!r}")
        index = view.model().index(_place(view, words), 0)
        view.scrollTo(index)
        rect = view.visualRect(index)
        return QPoint(rect.x() + min(90, rect.width() // 2), rect.center().y()), view


def _found(words: str, texts: list[str]) -> bool:
    return any(words in text for text in texts)


def _words_of(widget: QWidget) -> Iterator[str]:
    yield widget.accessibleName()
    yield widget.accessibleDescription()
    match widget:
        case QLabel():
            yield widget.text()
        case QAbstractButton():
            yield _plain(widget.text())
        case QLineEdit():
            yield widget.text()
        case QPlainTextEdit():
            yield widget.toPlainText()
        case QComboBox():
            yield widget.currentText()
        case QTabBar():
            for place in range(widget.count()):
                yield widget.tabText(place)
        case QAbstractItemView():
            yield from _rows_of(widget)


def _rows_of(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    if model is None:
        return
    for row in range(min(_ROWS, model.rowCount())):
        index = model.index(row, 0)
        yield str(model.data(index) or "")
        yield str(model.data(index, Qt.ItemDataRole.AccessibleTextRole) or "")


def _place(view: QAbstractItemView, words: str) -> int:
    """The first row that begins with these words, or is these words."""
    model = view.model()
    texts = [_texts(model.index(row, 0)) for row in range(model.rowCount())]
    for row, said in enumerate(texts):
        if words in said:
            return row
    for row, said in enumerate(texts):
        if any(text.startswith(words) for text in said):
            return row
    return -1


def _texts(index: QModelIndex) -> tuple[str, str]:
    spoken = index.data(Qt.ItemDataRole.AccessibleTextRole)
    return str(index.data() or ""), str(spoken or "")


def _names_of(one: QAbstractButton) -> tuple[str, str]:
    return _plain(one.text()), one.accessibleName()


def _plain(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")

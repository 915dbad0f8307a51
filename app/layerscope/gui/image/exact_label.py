"""A label that shows a long value broken into lines, and gives it away exactly as it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from PySide6.QtCore import Qt
from PySide6.QtGui import QClipboard, QContextMenuEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QLabel, QMenu, QWidget

from layerscope.gui import icons, paint
from layerscope.gui.image.copying import copy_text
from layerscope.gui.image.fitting import fitted
from layerscope.gui.plain import display

LONGEST = 4_000  #: characters of a value that are shown; all of it can be copied
_BREAK = "\u200b"  #: labels break lines at spaces only; this is one more place


class ExactLabel(QLabel):
    """Shows ``text`` escaped, cut after ``most`` characters and breakable everywhere.

    What is selected is copied as it is in ``text``, by Ctrl+C, from the menu and as the selection
    of X11: without the places for breaks, and with the real characters for escaped ones.
    ``text`` may have bytes that are not UTF-8 in it as ``surrogateescape`` decodes them.
    """

    def __init__(
        self,
        text: str,
        px: float = 12,
        tone: str = "tx",
        *,
        mono: bool = False,
        most: int = LONGEST,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._exact = text
        self._most = most
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(paint.font(px, 400, mono))
        self.setProperty("tone", tone)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setText(shortened(text, most))
        fitted(self)

    def selected(self) -> str:
        """What is selected, as it is in the text."""
        start = self.selectionStart()
        if start < 0:
            return ""
        end = start + _units(self.selectedText())
        found: list[str] = []
        at = 0
        rest = self._exact[self._most :]
        for real, shown in chain(_pieces(self._exact[: self._most]), [(rest, "…")] if rest else []):
            # A place for a break belongs to the letter before it, but is nothing to copy.
            letters = _units(shown.rstrip(_BREAK))
            if at < end and at + letters > start:
                found.append(real)
            at += _units(shown)
        return "".join(found)

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.button() == Qt.MouseButton.LeftButton and not shift and self.hasSelectedText():
            self.setSelection(0, 0)  # else Qt would drag what is shown, breaks and all
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self.hasSelectedText():
            copy_text(self.selected(), QClipboard.Mode.Selection)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu().popup(event.globalPos())

    def menu(self) -> QMenu:
        """Copy what is selected, or everything."""
        menu = QMenu(self)
        copy = menu.addAction(icons.icon("copy"), self.tr("Copy"))
        copy.setEnabled(self.hasSelectedText())
        copy.triggered.connect(self._copy)
        every = menu.addAction(self.tr("Copy everything"))
        every.triggered.connect(self._copy_everything)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    # Inside

    def _copy(self) -> None:
        if self.hasSelectedText():
            copy_text(self.selected())

    def _copy_everything(self) -> None:
        copy_text(self._exact)


def shortened(text: str, most: int = LONGEST) -> str:
    """A value as it is shown: escaped, cut, and breakable everywhere."""
    shown = breakable(display(text[:most]))
    return shown if len(text) <= most else f"{shown}…"


def breakable(text: str) -> str:
    """Labels break lines at spaces only; long words get more places where they may break."""
    return "".join(letter + _BREAK * breaks for letter, breaks in _breaks(text))


def _breaks(text: str) -> Iterator[tuple[str, bool]]:
    """Each letter, and whether a line may be broken after it."""
    run = 0
    for letter in text:
        run = 0 if letter.isspace() else run + 1
        yield letter, bool(run) and (letter in "/&;,=:" or run % 24 == 0)


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Each character of ``text`` with what ``shortened`` shows for it."""
    breaks = _breaks("".join(map(display, text)))
    for real in text:
        letters = (next(breaks) for _ in display(real))
        yield real, "".join(letter + _BREAK * breaks_after for letter, breaks_after in letters)


def _units(text: str) -> int:
    """How long Qt takes a text for."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2

"""Bytes in rows of sixteen, for files of any size: only what is seen is read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from layerscope.gui import paint, theme

COLUMNS = 16
CHUNK = 64 * 1024
_KEPT = 64  #: chunks in memory
_LINE = 18
_MOST = 1 << 30  #: steps of a scroll bar

Ask = Callable[[int, int, Callable[[int, bytes], None]], None]


class HexView(QAbstractScrollArea):
    """``show_bytes`` takes a size and a way to ask for a piece; pieces may come late."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.size_shown = 0
        self._ask: Ask | None = None
        self._chunks: OrderedDict[int, bytes] = OrderedDict()
        self._asked: set[int] = set()
        self._session = 0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Bytes in hexadecimal"))
        theme.changed.connect(self.viewport().update)

    def show_bytes(self, size: int, ask: Ask | None) -> None:
        self._session += 1
        self.size_shown = size
        self._ask = ask
        self._chunks.clear()
        self._asked.clear()
        self.verticalScrollBar().setValue(0)
        self._measure()
        self.viewport().update()

    def row(self, line: int) -> bytes | None:
        """The bytes of a line, None while they are being read."""
        offset = line * COLUMNS
        chunk = self._chunks.get(offset // CHUNK)
        if chunk is None:
            self._want(offset // CHUNK)
            return None
        at = offset % CHUNK
        return chunk[at : at + COLUMNS]

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), look.code)
        used = paint.font(11, mono=True)
        cell = paint.text_width("0", used)
        digits = max(4, len(f"{max(0, self.size_shown - 1):x}"))
        x = 8.0 - self.horizontalScrollBar().value()
        first = self._first_line()
        lines = (self.size_shown + COLUMNS - 1) // COLUMNS
        painter.setFont(used)
        for place in range(self.viewport().height() // _LINE + 1):
            line = first + place
            if line >= lines:
                break
            y = place * _LINE + 4.0
            offset = QRectF(x, y, cell * digits + 2, _LINE)
            numbers = f"{line * COLUMNS:0{digits}x}"
            paint.draw_text(painter, offset, numbers, used, look.tx3, elide=None)
            data = self.row(line)
            if data is None:
                box = QRectF(x + cell * (digits + 1), y + 6, 160, 6)
                paint.draw_round(painter, box, 3, look.hover)
                continue
            at = x + cell * (digits + 1.2)
            left, right = data[:8].hex(" "), data[8:].hex(" ")
            rect = QRectF(at, y, cell * 49, _LINE)
            paint.draw_text(painter, rect, f"{left:<23}  {right}", used, look.tx2, elide=None)
            letters = "".join(chr(one) if 32 <= one < 127 else "·" for one in data)
            rect = QRectF(at + cell * 49.6, y, cell * 17, _LINE)
            paint.draw_text(painter, rect, letters, used, look.tx, elide=None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        steps = {
            Qt.Key.Key_Down: bar.singleStep(),
            Qt.Key.Key_Up: -bar.singleStep(),
            Qt.Key.Key_PageDown: bar.pageStep(),
            Qt.Key.Key_PageUp: -bar.pageStep(),
            Qt.Key.Key_Home: -_MOST,
            Qt.Key.Key_End: _MOST,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            bar.setValue(max(0, min(bar.maximum(), bar.value() + step)))

    # Inside

    def _measure(self) -> None:
        lines = (self.size_shown + COLUMNS - 1) // COLUMNS
        visible = max(1, self.viewport().height() // _LINE)
        bar = self.verticalScrollBar()
        bar.setRange(0, min(_MOST, max(0, lines - visible + 1)))
        bar.setPageStep(visible)
        digits = max(4, len(f"{max(0, self.size_shown - 1):x}"))
        cell = paint.text_width("0", paint.font(11, mono=True))
        width = int(cell * (digits + 1.2 + 49.6 + 17)) + 16
        across = self.horizontalScrollBar()
        across.setRange(0, max(0, width - self.viewport().width()))
        across.setPageStep(self.viewport().width())

    def _first_line(self) -> int:
        """Scroll bars count to 2^31 at most; beyond, one step is several lines."""
        lines = (self.size_shown + COLUMNS - 1) // COLUMNS
        bar = self.verticalScrollBar()
        if lines <= _MOST or not bar.maximum():
            return bar.value()
        return bar.value() * lines // bar.maximum()

    def _want(self, chunk: int) -> None:
        if self._ask is None or chunk in self._asked:
            return
        self._asked.add(chunk)
        session = self._session

        def arrived(offset: int, data: bytes) -> None:
            if session == self._session:
                self._keep(offset // CHUNK, data)

        self._ask(chunk * CHUNK, CHUNK, arrived)

    def _keep(self, chunk: int, data: bytes) -> None:
        self._asked.discard(chunk)
        self._chunks[chunk] = data
        while len(self._chunks) > _KEPT:
            self._chunks.popitem(last=False)
        self.viewport().update()

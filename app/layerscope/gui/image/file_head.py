"""The top of the inspector: which file it is about."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from layerscope.engine.library.values import size_text
from layerscope.engine.rootfs import Row
from layerscope.gui import paint, theme
from layerscope.gui.image.copying import copy_paths
from layerscope.gui.image.facts import mode_text
from layerscope.gui.image.files_words import icon_name
from layerscope.gui.image.sentences import kind_text
from layerscope.gui.plain import display, icon_button, tooltip


class FileHead(QWidget):
    """Icon, name, path and four facts."""

    closing = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: Row | None = None
        self._path = b""
        self._facts: tuple[tuple[str, str, bool], ...] = ()
        self.copy = icon_button("copy", self.tr("Copy path"), side=24)
        self.close_button = icon_button("x", self.tr("Hide the inspector"), side=24)
        for one in (self.copy, self.close_button):
            one.setParent(self)
            one.setIconSize(QSize(15, 15))
        self.copy.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.closing)
        self.setFixedHeight(100)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_row(self, row: Row, path: bytes) -> None:
        self._row = row
        self._path = path
        size = size_text(row.size)
        self._facts = (
            (self.tr("Size"), size, False),
            (self.tr("Mode"), mode_text(row.kind, row.mode), True),
            (self.tr("Owner"), f"{row.uid}:{row.gid}", False),
            (self.tr("Type"), kind_text(row.kind), False),
        )
        said = ", ".join(f"{name} {value}" for name, value, _mono in self._facts)
        self.setAccessibleName(f"/{display(path)}, {said}")
        exact = self.tr("{count} bytes").format(count=f"{row.size:,}")
        self.setToolTip(tooltip(f"/{display(path)}\n{exact}"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        row = self._row
        if row is None:
            return
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        icon = QRectF(16, 14, 20, 20)
        paint.draw_icon(painter, icon_name(row), icon, look.tx2, 1.6)
        room = self.width() - 44 - 62
        name = QRectF(44, 8, room, 20)
        paint.draw_text(painter, name, display(row.name) or "/", paint.font(15, 600), look.tx)
        path = QRectF(44, 28, room + 10, 16)
        mono = paint.font(11.5, mono=True)
        paint.draw_text(painter, path, f"/{display(self._path)}", mono, look.tx2)
        x = 16.0
        for title, value, fixed in self._facts:
            small, used = paint.font(10.5, 500), paint.font(12, 500, mono=fixed)
            rest = self.width() - x - 8
            paint.draw_text(painter, QRectF(x, 56, rest, 14), title, small, look.tx3)
            wide = paint.draw_text(painter, QRectF(x, 71, rest, 16), value, used, look.tx)
            x += max(wide, paint.text_width(title, small)) + 18

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.copy.move(self.width() - 60, 10)
        self.close_button.move(self.width() - 34, 10)

    def _copy(self) -> None:
        copy_paths([self._path])

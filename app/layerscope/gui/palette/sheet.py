"""The palette's sheet: the field, the list, and what a key does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from layerscope.gui import icons, paint, sizes, theme
from layerscope.gui.palette.entries import MOVES, Entry, OpenImage, Sources, entries
from layerscope.gui.palette.list import PaletteModel, PaletteView
from layerscope.gui.plain import plain
from layerscope.gui.rail import Section

if TYPE_CHECKING:
    from layerscope.gui.window import MainWindow

_TALLEST = 440
_TOP = 0.24


class Palette(QWidget):
    """Covers the window until something is chosen, Escape is pressed or it is clicked away."""

    def __init__(self, window: MainWindow, text: str = "") -> None:
        super().__init__(window)
        self._window = window
        self._came_from = QApplication.focusWidget()
        self._card = QWidget(self)
        self.field = QLineEdit(text)
        self.field.setFixedHeight(42)
        self.field.setFont(paint.font(15))
        self.field.setMaxLength(1024)
        self.field.setPlaceholderText(self.tr("Search images, files, tags or run a command"))
        self.field.setAccessibleName(self.tr("Command palette"))
        self.field.addAction(icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._changed)
        kinds = plain(
            self.tr(">  commands    #  layers    @  images    /  files"), 11.5, tone="tx3"
        )
        self.model = PaletteModel(self)
        self.view = PaletteView(self.model)
        self.view.clicked.connect(self._clicked)
        self._nothing = plain("", 13, tone="tx3")
        column = self._column = QVBoxLayout(self._card)
        column.setContentsMargins(sizes.GAP_S + 2, sizes.GAP_S + 2, sizes.GAP_S + 2, sizes.GAP_S)
        column.setSpacing(sizes.GAP_S)
        column.addWidget(self.field)
        column.addWidget(self.view, 1)
        column.addWidget(self._nothing)
        column.addWidget(kinds)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(sizes.REST)
        self._soon.timeout.connect(self._search)
        window.installEventFilter(self)
        self.hide()

    def appear(self) -> None:
        """Show it and take the focus."""
        self._search()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def leave(self) -> None:
        """Close without doing anything and give the focus back."""
        self._window.removeEventFilter(self)
        self.hide()
        if self._came_from is not None and self._came_from.isVisible():
            self._came_from.setFocus(Qt.FocusReason.PopupFocusReason)
        self.deleteLater()

    # Qt's overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self._place()
        elif watched is self.field and isinstance(event, QKeyEvent):
            return event.type() == QEvent.Type.KeyPress and self._key(event)
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._card.geometry().contains(event.position().toPoint()):
            self.leave()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        painter.fillRect(self.rect(), look.scrim)
        card = QRectF(self._card.geometry())
        paint.draw_round(painter, card, sizes.RADIUS_DIALOG, look.surf, look.line2)

    # Searching and choosing

    def _changed(self) -> None:
        self._soon.start()

    def _search(self) -> None:
        text = self.field.text()
        found = entries(text, self._sources())
        self.view.wanted = text.lstrip(">#@/").strip()
        self.model.show(found)
        self._nothing.setVisible(not found)
        self._nothing.setText(self.tr("Nothing fits.") if text else "")
        self._move(1, start=-1)
        self._place()

    def _sources(self) -> Sources:
        window = self._window
        return Sources(
            window.actions_, window.images.rows, self._open_image(), window.open_image, self._pull
        )

    def _open_image(self) -> OpenImage | None:
        if self._window.section is not Section.IMAGE:
            return None
        from layerscope.gui.image.page import ImagePage
        from layerscope.gui.palette.open_image import PageOfImage

        page = self._window.pages.currentWidget()
        return PageOfImage(page) if isinstance(page, ImagePage) else None

    def _pull(self, text: str) -> None:
        from layerscope.gui.search.page import SearchPage

        self._window.open_section(Section.SEARCH)
        page = self._window.pages.currentWidget()
        if isinstance(page, SearchPage):
            page.search_for(text)

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.leave()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._soon.isActive():
                self._soon.stop()
                self._search()
            self._choose(self.model.entry(self.view.currentIndex().row()))
        elif key in MOVES:
            self._move(MOVES[key])
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._move(1 if key == Qt.Key.Key_Tab else -1)
        else:
            return False
        return True

    def _move(self, step: int, start: int | None = None) -> None:
        """Select the entry ``step`` rows on, over headings and round the ends."""
        rows = self.model.rowCount()
        row = self.view.currentIndex().row() if start is None else start
        for _ in range(rows):
            row = (row + step) % rows
            if self.model.entry(row) is not None:
                self.view.setCurrentIndex(self.model.index(row))
                return
            step = 1 if step > 0 else -1

    def _clicked(self, index: QModelIndex) -> None:
        self._choose(self.model.entry(index.row()))

    def _choose(self, entry: Entry | None) -> None:
        if entry is not None and entry.act is not None:
            self.leave()
            entry.act()

    def _place(self) -> None:
        self.setGeometry(self._window.rect())
        width = min(sizes.PALETTE, self.width() - 2 * sizes.GAP_XL)
        room = min(_TALLEST, self.model.height + 4)
        self.view.setFixedHeight(max(0, room))
        height = self._column.sizeHint().height()
        top = int(self.height() * _TOP)
        self._card.setGeometry((self.width() - width) // 2, top, width, height)
        self.update()

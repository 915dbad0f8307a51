"""The palette's sheet: the field, the list, and what a key does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from layerscope.gui import paint, sizes, theme
from layerscope.gui.palette.entries import KINDS, Entry, Sources, entries
from layerscope.gui.palette.field import PaletteField
from layerscope.gui.palette.list import ENTRY_HEIGHT, PaletteModel, PaletteView
from layerscope.gui.palette.recents import Recents
from layerscope.gui.plain import plain
from layerscope.gui.rail import Section
from layerscope.gui.search.going import search_in

if TYPE_CHECKING:
    from layerscope.gui.palette.open_image import PageOfImage
    from layerscope.gui.window import MainWindow

_TALLEST = 440
_TOP = 0.24


class Palette(QWidget):
    """Covers the window until something is chosen, Escape is pressed or it is clicked away.

    It searches again when there is more to find: files that have been read meanwhile, images that
    came or went.  What is selected stays selected then.

    Files are looked for beside the window.  The list waits a blink for them and shows the rest if
    they take longer; they come first, so Enter waits for them if it was pressed before.
    """

    def __init__(self, window: MainWindow, text: str = "") -> None:
        super().__init__(window)
        self._window = window
        self._came_from = QApplication.focusWidget()
        self._recents = Recents(window.settings)
        self._image = self._open_image()
        self._card = QWidget(self)
        self.field = PaletteField(text)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._changed)
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
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(sizes.REST)
        self._soon.timeout.connect(self._search)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(sizes.SKELETON_AFTER)
        self._late.timeout.connect(self._show_rest)
        self._entered = False  #: Enter was pressed before the list was that of the text
        window.images.changed.connect(self._search_again)
        if self._image is not None:
            self._image.changed.connect(self._search_again)
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

    # Searching

    @property
    def behind(self) -> bool:
        """Whether the list is that of an older text."""
        return self._soon.isActive() or self._late.isActive()

    def _changed(self) -> None:
        self._entered = False
        self._soon.start()

    def _search(self) -> None:
        found = entries(self.field.text(), self._sources())
        if not self._searching or not self.isVisible():
            self._show(found)
        if self._searching:
            self._late.start()

    @property
    def _searching(self) -> bool:
        return self._image is not None and self._image.searching

    def _show_rest(self) -> None:
        """What there is besides the files, which take long to be found."""
        self._show(entries(self.field.text(), self._sources()))

    def _show(self, found: list[Entry]) -> None:
        self._late.stop()
        text = self.field.text()
        self.view.wanted = text.lstrip("".join((*KINDS, "/"))).strip()
        self.model.show(found)
        self._nothing.setVisible(not found and not self._searching)
        self._nothing.setText(self.tr("Nothing fits.") if text else "")
        self._select(self.model.first)
        self._place()

    def _search_again(self) -> None:
        """The same question to a world that has changed."""
        if self.isHidden() or self._soon.isActive():
            return
        found = entries(self.field.text(), self._sources())
        if self._searching and self.behind:
            return
        chosen = None if self.behind else self.model.entry(self.view.currentIndex().row())
        self._show(found)
        if self._entered and not self._searching:
            self._choose(self.model.entry(self.view.currentIndex().row()))
        elif chosen is not None and (place := self.model.place_of(chosen)) is not None:
            self._select(place)

    def _sources(self) -> Sources:
        window = self._window
        return Sources(
            window.actions_,
            window.images.rows,
            self._image,
            window.open_image,
            self._pull,
            self.field.setText,
            self._recents.first,
        )

    def _open_image(self) -> PageOfImage | None:
        if self._window.section is not Section.IMAGE:
            return None
        from layerscope.gui.image.page import ImagePage
        from layerscope.gui.palette.open_image import PageOfImage

        page = self._window.pages.currentWidget()
        return PageOfImage(page, self) if isinstance(page, ImagePage) else None

    def _pull(self, text: str) -> None:
        search_in(self._window, text)

    # Choosing

    def _key(self, event: QKeyEvent) -> bool:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        match Qt.Key(event.key()):
            case Qt.Key.Key_Escape:
                self.leave()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                if self._soon.isActive():
                    self._soon.stop()
                    self._search()
                if self._late.isActive():
                    self._entered = True
                else:
                    self._choose(self.model.entry(self.view.currentIndex().row()))
            case Qt.Key.Key_Down | Qt.Key.Key_Tab:
                self._step(1)
            case Qt.Key.Key_Up | Qt.Key.Key_Backtab:
                self._step(-1)
            case Qt.Key.Key_PageDown:
                self._page(1)
            case Qt.Key.Key_PageUp:
                self._page(-1)
            case Qt.Key.Key_Home if control or self.field.at_start:
                self._select(self.model.first)
            case Qt.Key.Key_End if control or self.field.at_end:
                self._select(self.model.last)
            case _:
                return False
        return True

    def _step(self, step: int) -> None:
        """Select the entry before or after, over headings and round the ends."""
        self._select(self.model.neighbour(self.view.currentIndex().row(), step, wrap=True))

    def _page(self, direction: int) -> None:
        """As many entries on as can be seen, and no farther than the last."""
        row = self.view.currentIndex().row()
        for _ in range(max(1, self.view.height() // ENTRY_HEIGHT - 1)):
            row = self.model.neighbour(row, direction, wrap=False)
        self._select(row)

    def _select(self, row: int) -> None:
        if row < 0:
            return
        self.view.setCurrentIndex(self.model.index(row))
        if row <= self.model.first:
            self.view.scrollToTop()  # with the heading

    def _clicked(self, index: QModelIndex) -> None:
        self._choose(self.model.entry(index.row()))

    def _choose(self, entry: Entry | None) -> None:
        if entry is None or entry.act is None:
            return
        self._recents.add(entry)
        if not entry.stays:
            self.leave()
        entry.act()

    def _place(self) -> None:
        self.setGeometry(self._window.rect())
        width = min(sizes.PALETTE, self.width() - 2 * sizes.GAP_XL)
        top = int(self.height() * _TOP)
        room = min(_TALLEST, self.model.height + 4, self.height() - top - 120)
        self.view.setFixedHeight(max(0, room))
        height = self._column.sizeHint().height()
        self._card.setGeometry((self.width() - width) // 2, top, width, height)
        self.update()

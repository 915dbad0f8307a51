"""The Library page: title and verbs, filter chips, disk card, table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from layerscope.engine.library.values import BlockUse, ImageRow, size_text
from layerscope.gui import explaining, sizes, theme
from layerscope.gui.actions import Actions
from layerscope.gui.library.blocks import BlockHues
from layerscope.gui.library.chips import FilterChips
from layerscope.gui.library.columns import Column
from layerscope.gui.library.disk_card import DiskCard
from layerscope.gui.library.empty import FirstRun, NoMatch, Skeleton
from layerscope.gui.library.filter_field import FilterField
from layerscope.gui.library.header import Header
from layerscope.gui.library.model import Filter, LibraryModel
from layerscope.gui.library.selection_bar import SelectionBar
from layerscope.gui.library.table import LibraryTable
from layerscope.gui.listing import Images, address
from layerscope.gui.notices import Banner, Notice, notice
from layerscope.gui.plain import button, display, plain

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs
    from layerscope.gui.settings import Settings

_ORDER, _FILTER = "library.order", "library.filter"


class LibraryPage(QWidget):
    opened = Signal(str)
    menu_asked = Signal(object, QPoint)
    search_wanted = Signal(str)  #: something to look for in a registry
    selection_changed = Signal()

    def __init__(
        self,
        images: Images,
        jobs: Jobs,
        actions: Actions,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setProperty("pane", "library")
        self.setWhatsThis(explaining.words("library"))
        self._images = images
        self._verify_store = actions["tools.verify"].trigger
        self._choose_store = actions["file.store"].trigger
        self.model = LibraryModel(self)
        self.table = LibraryTable(self.model)
        self.header = Header()
        self.chips = FilterChips()
        self.filter = FilterField()
        self.card = DiskCard()
        self.bar = SelectionBar(jobs, actions)
        self.banner = Banner()
        self.first_run = FirstRun(actions)
        self.no_match = NoMatch()
        self.skeleton = Skeleton()
        self._counts = plain("", 13, tone="tx3")
        self._lay_out(actions)
        self.table.opened.connect(self._open)
        self.table.menu_asked.connect(self.menu_asked)
        self.table.selected.connect(self._note_selection)
        self.header.sorted.connect(self._sort)
        self.chips.chosen.connect(self._filter)
        self.filter.textChanged.connect(self._match)
        self.filter.left.connect(self._go_to_list)
        self.table.pasted.connect(self.search_wanted)
        self.no_match.search_wanted.connect(self.search_wanted)
        for keys in ("/", "Ctrl+F"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self._go_to_filter)
        self._restore()
        self.bar.cleared.connect(self.table.clearSelection)
        self.no_match.clear.clicked.connect(self._show_all)
        images.changed.connect(self._take)
        images.failed.connect(self._fail)
        self.table.verticalScrollBar().rangeChanged.connect(self._align_header)
        self.header.show_order(self.model.column, self.model.descending)
        QTimer.singleShot(sizes.SKELETON_AFTER, self.skeleton, self._show_skeleton)

    def selected(self) -> list[ImageRow]:
        """The selected images, from the top of the table."""
        return self.table.rows() if self._body.currentWidget() is self._listed else []

    def focusInEvent(self, event: QFocusEvent) -> None:
        # A focus proxy would take everything between page and table out of the tab order.
        self.table.setFocus(event.reason())

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.current().surf)

    # Building

    def _lay_out(self, actions: Actions) -> None:
        head = QHBoxLayout()
        head.setSpacing(sizes.GAP_S)
        head.addWidget(plain(self.tr("Library"), 20, 600))
        head.addSpacing(4)
        head.addWidget(self._counts)
        head.addStretch(1)
        self._verbs = []
        for identity, text, icon, kind in (
            ("image.prune", self.tr("Prune…"), "eraser", ""),
            ("file.load", self.tr("Load…"), "folder-open", ""),
            ("image.pull", self.tr("Pull…"), "download", "primary"),
        ):
            made = button(text, icon, kind)
            made.obey(actions[identity])
            head.addWidget(made)
            self._verbs.append(made)
        self._listed = QWidget()
        rows = QVBoxLayout(self._listed)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        self._over = QHBoxLayout()
        self._over.addWidget(self.header)
        rows.addLayout(self._over)
        rows.addWidget(self.table, 100)
        foot = self.tr(
            "Deleting an image frees its unique bytes. Shared bytes stay while another image "
            "needs them."
        )
        self._foot = plain(foot, 11.5, tone="tx3")
        self._foot.setContentsMargins(20, 6, 0, 8)
        rows.addWidget(self._foot)
        rows.addStretch(1)
        self._body = QStackedWidget()
        for page in (self.skeleton, self._listed, self.first_run, self.no_match):
            self._body.addWidget(page)
        inner = QVBoxLayout()
        inner.setContentsMargins(sizes.GAP_XL, 13, sizes.GAP_XL, 0)
        inner.setSpacing(0)
        inner.addLayout(head)
        inner.addSpacing(16)
        above = QHBoxLayout()
        above.addWidget(self.chips, 1)
        above.addWidget(self.filter, 1)
        inner.addLayout(above)
        inner.addSpacing(14)
        boxes = QVBoxLayout()
        boxes.setSpacing(14)
        boxes.addWidget(self.banner)
        boxes.addWidget(self.card)
        inner.addLayout(boxes)
        inner.addSpacing(16)
        inner.addWidget(self._body, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(inner, 1)
        layout.addWidget(self.bar)

    # What arrives

    def _take(self) -> None:
        listing = self._images.listing
        if listing is None:
            self._forget()
            return
        hues = BlockHues(listing.disk.blocks or _all_blocks(listing.images))
        self.table.delegate.hues = hues
        self.card.take(listing.disk, hues, listing.images)
        self._rebuild(lambda: self.model.take(listing.images))
        count = self.tr("%n image(s)", "", len(listing.images))
        disk = self.tr("%s on disk") % size_text(listing.disk.on_disk)
        self._counts.setText(f"{count} · {disk}")
        self.chips.count(self.model)
        self._show_state()
        if not listing.writable:
            words = self.tr("This store can only be read.")
            why = "\n".join(map(display, listing.warnings)) or self.tr(
                "Images can be looked at, but not pulled, tagged or removed."
            )
            self.banner.tell(Notice(words, why), "warn")
            self.banner.offer(self.tr("Verify store…"), self._verify_store, "shield-check")
            self.banner.offer(self.tr("Choose another store…"), self._choose_store, "hard-drive")
        elif listing.warnings:
            more = "\n".join(map(display, listing.warnings[1:4]))
            self.banner.tell(Notice(display(listing.warnings[0]), more), "warn")
        else:
            self.banner.hide()

    def _forget(self) -> None:
        """Nothing is known of the store yet."""
        self.banner.hide()
        self._counts.setText("")
        self._rebuild(lambda: self.model.take(()))
        self._body.setCurrentWidget(self.skeleton)

    def _fail(self, error: Exception) -> None:
        self.banner.tell(notice(error))
        self.banner.offer(self.tr("Try again"), self._images.refresh, "rotate-cw")
        self.banner.offer(self.tr("Choose another store…"), self._choose_store, "hard-drive")
        if self._images.listing is None:
            self._body.setCurrentWidget(self.skeleton)
            self.skeleton.shown = False
            self.card.hide()
            self.chips.hide()
            self.filter.hide()
            self.skeleton.update()

    def _show_state(self) -> None:
        empty = not self._images.rows
        for one in (self.card, self.chips, self.filter, self._counts, *self._verbs):
            one.setVisible(not empty)
        if empty:
            self._body.setCurrentWidget(self.first_run)
        elif self.model.rowCount() == 0:
            text = self.filter.text().strip()
            self.no_match.tell(text, self.chips.chip(self.model.filter).text())
            self._body.setCurrentWidget(self.no_match)
        else:
            self._body.setCurrentWidget(self._listed)

    def _align_header(self, _least: int, most: int) -> None:
        """Keep the header over the rows when the scroll bar takes room beside them."""
        bar = self.table.verticalScrollBar().sizeHint().width() if most > 0 else 0
        self._over.setContentsMargins(0, 0, bar, 0)

    def _show_skeleton(self) -> None:
        self.skeleton.shown = self._images.error is None
        self.skeleton.update()

    # What a person does

    def _open(self, row: ImageRow) -> None:
        self.opened.emit(address(row))

    def _note_selection(self) -> None:
        self.bar.take(self.table.rows())
        self.selection_changed.emit()

    def _sort(self, column: Column, descending: bool) -> None:
        self._settings.put(_ORDER, f"{column.value} {'down' if descending else 'up'}")
        self._rebuild(lambda: self.model.sort_by(column, descending))
        self.header.show_order(column, descending)

    def _filter(self, which: Filter) -> None:
        self._settings.put(_FILTER, which.value)
        self._rebuild(lambda: self.model.show_only(which))
        self.chips.count(self.model)
        self._show_state()

    def _match(self, text: str) -> None:
        self._rebuild(lambda: self.model.show_matching(text))
        self.chips.count(self.model)
        self._show_state()

    def _go_to_filter(self) -> None:
        if self.filter.isVisible():
            self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.filter.selectAll()

    def _go_to_list(self) -> None:
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_all(self) -> None:
        self.filter.clear()
        self.chips.choose(Filter.ALL)
        self.table.setFocus()

    def _restore(self) -> None:
        """Order and filter as they were left."""
        name, _, way = self._settings.value(_ORDER, "").partition(" ")
        if name in [one.value for one in Column]:
            self.model.sort_by(Column(name), way == "down")
        kept = self._settings.value(_FILTER, "")
        if kept in [one.value for one in Filter]:
            self.chips.choose(Filter(kept))

    def _rebuild(self, change: Callable[[], None]) -> None:
        """Change the model and keep selection, current row and place by image."""
        chosen = {row.digest for row in self.table.rows()}
        index = self.table.currentIndex()
        current = self.model.row(index.row()).digest if index.isValid() else None
        offset = self.table.verticalScrollBar().value()
        change()
        self.table.setMaximumHeight(max(1, self.model.rowCount()) * sizes.ROW_LIBRARY)
        places = self.model.places(lambda row: row.digest in chosen)
        here = self.model.places(lambda row: row.digest == current)
        fallback = 0 if self.model.rowCount() else None
        self.table.select_again(places, here[0] if here else fallback)
        self.table.verticalScrollBar().setValue(offset)
        self._note_selection()


def _all_blocks(rows: tuple[ImageRow, ...]) -> tuple[BlockUse, ...]:
    return tuple({block.key: block for row in rows for block in row.blocks}.values())

"""The sidebar of the image view: all images by repository, and the disk meter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListView, QVBoxLayout, QWidget

from layerscope.engine.library.values import DiskUse, ImageRow, size_text
from layerscope.gui import explaining, icons, paint, theme
from layerscope.gui.actions import Actions
from layerscope.gui.listing import Images
from layerscope.gui.plain import icon_button, tooltip
from layerscope.gui.sidebar_list import ITEM, Item, SidebarDelegate, SidebarModel, What

if TYPE_CHECKING:
    from layerscope.gui.transfers.transfers import Transfers


class Sidebar(QWidget):
    """Emits ``opened`` with a reference or digest; ``menu_asked`` for a context menu."""

    opened = Signal(str)
    menu_asked = Signal(object, QPoint)  #: an ImageRow, and where on the screen

    def __init__(
        self,
        images: Images,
        transfers: Transfers,
        actions: Actions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("pane", "sidebar")
        self.setWhatsThis(explaining.words("sidebar"))
        self.setMinimumWidth(180)
        self._images = images
        self._transfers = transfers
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter images"))
        self.filter.setAccessibleName(self.tr("Filter images"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedHeight(30)
        self.filter.addAction(icons.icon("search", "tx3"), QLineEdit.ActionPosition.LeadingPosition)
        pull = icon_button("download", self.tr("Pull an image…"), "")
        pull.obey(actions["image.pull"])
        head = QHBoxLayout()
        head.setContentsMargins(12, 12, 12, 4)
        head.setSpacing(6)
        head.addWidget(self.filter)
        head.addWidget(pull)
        self.model = SidebarModel(self)
        self.list = _List()
        self.list.setAccessibleName(self.tr("Images"))
        self.list.setModel(self.model)
        self.list.setItemDelegate(SidebarDelegate(self.model, self.list))
        self.list.chosen.connect(self._choose)
        self.list.asked.connect(self._ask_menu)
        self.meter = DiskMeter(actions)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.meter)
        self.filter.textChanged.connect(self.model.filter_by)
        images.changed.connect(self._refresh)
        transfers.changed.connect(self._show_transfers)
        theme.changed.connect(self._repaint)
        self._refresh()
        self._show_transfers()

    def show_current(self, name: str) -> None:
        """Mark the open image; ``name`` is what it was opened by."""
        row = self._images.named(name)
        place = self.model.mark(name, row.digest if row else None)
        if place is not None:
            self.list.setCurrentIndex(self.model.index(place))
            self.list.scrollTo(self.model.index(place))

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.current().win)

    def _refresh(self) -> None:
        self.model.take(self._images.rows)
        if self._images.listing is not None:
            self.meter.take(self._images.listing.disk)

    def _show_transfers(self) -> None:
        self.model.show_pulls(
            {one.name: one.fraction or 0.0 for one in self._transfers.active if "/" in one.name}
        )

    def _choose(self, index: QModelIndex) -> None:
        item = index.data(ITEM)
        if isinstance(item, Item):
            if item.what is What.GROUP:
                self.model.fold(index.row())
            elif item.row is not None:
                self.opened.emit(item.name)

    def _ask_menu(self, index: QModelIndex, where: QPoint) -> None:
        item = index.data(ITEM)
        if isinstance(item, Item) and isinstance(item.row, ImageRow):
            self.menu_asked.emit(item.row, where)

    def _repaint(self) -> None:
        self.list.viewport().update()
        self.update()


class _List(QListView):
    chosen = Signal(QModelIndex)
    asked = Signal(QModelIndex, QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self.setStyleSheet("QListView { background: transparent; }")
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self.chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        item = index.data(ITEM) if index.isValid() else None
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        folds = (
            event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
            and isinstance(item, Item)
            and item.what is What.GROUP
            and item.folded == (event.key() == Qt.Key.Key_Right)
        )
        if folds or (event.key() in keys and index.isValid()):
            self.chosen.emit(index)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if not index.isValid():
            index = self.currentIndex()
        if index.isValid():
            self.asked.emit(index, event.globalPos())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        over = self.indexAt(event.position().toPoint()).isValid()
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.viewport().update()


class DiskMeter(QWidget):
    """What is shared, what belongs to one image, what a prune would free."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setFixedHeight(92)
        self._disk: DiskUse | None = None
        self._prune = icon_button("eraser", self.tr("Prune…"), side=26, parent=self)
        self._prune.setIcon(icons.icon("eraser", "warn"))
        self._prune.obey(actions["image.prune"])
        self._prune.hide()
        theme.changed.connect(self.update)

    def take(self, disk: DiskUse) -> None:
        self._disk = disk
        self._prune.setVisible(disk.reclaimable > 0)
        words = self.tr("Disk use %s") % size_text(disk.on_disk)
        self.setAccessibleName(words)
        self.setToolTip(tooltip(f"{disk.on_disk:,} B"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        painter.fillRect(0, 0, self.width(), 1, look.line)
        if self._disk is None:
            return
        disk, wide = self._disk, self.width() - 32
        bold, right = paint.font(12, 600), Qt.AlignmentFlag.AlignRight
        line = QRectF(16, 8, wide, 20)
        paint.draw_text(painter, line, self.tr("Disk use"), bold, look.tx)
        paint.draw_text(painter, line, size_text(disk.on_disk), bold, look.tx, right)
        reclaimable = min(disk.reclaimable, disk.unique)
        parts = (
            (disk.shared, look.acc),
            (disk.unique - reclaimable, look.tx3),
            (reclaimable, look.warn),
        )
        total = sum(size for size, _ink in parts)
        x = 16.0
        for size, ink in parts:
            part = wide * size / total if total else 0
            if part >= 1:
                paint.draw_round(painter, QRectF(x, 33, max(2, part - 2), 7), 2, ink)
                x += part
        words = self.tr("Shared %1 · unique %2")
        words = words.replace("%1", size_text(disk.shared)).replace("%2", size_text(disk.unique))
        paint.draw_text(painter, QRectF(16, 45, wide, 18), words, paint.font(11), look.tx2)
        if disk.reclaimable:
            words = self.tr("Reclaimable now %s") % size_text(disk.reclaimable)
            used = paint.font(11, 500)
            paint.draw_text(painter, QRectF(16, 63, wide - 28, 18), words, used, look.warn)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._prune.move(self.width() - 40, 58)

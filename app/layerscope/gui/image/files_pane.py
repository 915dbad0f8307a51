"""The middle pane: what is looked at, the path, the filter, and the list of files."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from layerscope.gui import explaining, marks, paint, sizes, theme
from layerscope.gui.image.breadcrumb import Breadcrumb
from layerscope.gui.image.files_header import FilesHeader
from layerscope.gui.image.files_view import FilesView
from layerscope.gui.image.filter_bar import FilterBar
from layerscope.gui.image.hues import Hues
from layerscope.gui.image.notice_box import NoticeBox
from layerscope.gui.image.segmented import Segmented
from layerscope.gui.plain import plain

_LEAST = 320  #: width; below it the list says nothing


class FilesPane(QWidget):
    """Puts the parts together; what they mean is decided by ``FilesTab``."""

    layer_only_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "surf")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("pane", True)
        self.setWhatsThis(explaining.words("files"))
        self.setMinimumWidth(_LEAST)
        self.heading = Heading()
        self.segment = Segmented(self.tr("Show"), (self.tr("Merged"), self.tr("Layer only")))
        self.breadcrumb = Breadcrumb()
        self.filter_bar = FilterBar()
        self.header = FilesHeader()
        self.view = FilesView()
        self.found = plain("", 11.5, tone="tx3")
        self.damage = plain("", 12, 500, "warn", wrap=True)
        self.notice = NoticeBox()
        self._body = QStackedWidget()
        self._lay_out()
        self.segment.chosen.connect(self._segment_chosen)
        self.view.resized.connect(self._align)
        self.header.order_chosen.connect(self.view.sort_by)
        self.header.order_chosen.connect(self.header.show_order)
        for keys, act in (
            ("/", self.filter_bar.field.setFocus),
            ("Ctrl+L", self.breadcrumb.edit),
            ("F3", self.view.next_change),
            ("Shift+F3", self._previous_change),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def show_list(self) -> None:
        self._body.setCurrentIndex(0)

    def show_notice(self) -> None:
        """Show ``notice`` in place of the list."""
        self._body.setCurrentIndex(1)

    @property
    def listing(self) -> bool:
        return self._body.currentIndex() == 0

    def show_segment(self, layer: int, layer_only: bool) -> None:
        words = self.tr("Layer {number} only").format(number=layer)
        self.segment.set_parts((self.tr("Merged"), words), int(layer_only))
        self.segment.setEnabled(layer > 0)

    def show_found(self, words: str) -> None:
        self.found.setText(words)
        self.found.setVisible(bool(words))

    def show_damage(self, words: str) -> None:
        """Say above the list why it is not complete."""
        self.damage.setText(words)
        self.damage.setVisible(bool(words))

    # Inside

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(16, 0, 16, 0)
        top.addWidget(self.heading, 1)
        top.addWidget(self.segment)
        head = QWidget()
        head.setFixedHeight(sizes.PANE_HEAD)
        head.setLayout(top)
        path = QHBoxLayout()
        path.setContentsMargins(12, 2, 12, 4)
        path.addWidget(self.breadcrumb)
        self.found.setContentsMargins(16, 3, 16, 3)
        self.found.hide()
        files = QWidget()
        listed = QVBoxLayout(files)
        listed.setContentsMargins(0, 0, 0, 0)
        listed.setSpacing(0)
        listed.addWidget(self.header)
        listed.addWidget(self.found)
        listed.addWidget(self.view, 1)
        self._body.addWidget(files)
        self._body.addWidget(self.notice)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(head)
        lines.addLayout(path)
        lines.addWidget(self.filter_bar)
        self.damage.setContentsMargins(16, 2, 16, 6)
        self.damage.hide()
        lines.addWidget(self.damage)
        lines.addWidget(self._body, 1)

    def _align(self) -> None:
        margin = self.view.width() - self.view.viewport().width()
        if margin != self.header.margin:
            self.header.margin = margin
            self.header.update()

    def _segment_chosen(self, part: int) -> None:
        self.layer_only_chosen.emit(part == 1)

    def _previous_change(self) -> None:
        self.view.next_change(backwards=True)


class Heading(QWidget):
    """``Merged filesystem  as of [8] top``, or ``Layer [6] as stored``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before = ""
        self._short = ""
        self._of = ""
        self._after = ""
        self._number = 0
        self._hues = Hues()
        theme.changed.connect(self.update)

    def show_view(self, as_of: int, top: int, layer: int | None, hues: Hues) -> None:
        self._hues = hues
        if layer is not None:
            self._before, self._short, self._of = self.tr("Entries of layer"), self.tr("Layer"), ""
            self._number, self._after = layer, self.tr("as stored")
        else:
            self._before, self._short = self.tr("Merged filesystem"), self.tr("Merged")
            self._of = self.tr("as of")
            self._number = as_of
            whole = as_of == top
            self._after = self.tr("top") if whole else self.tr("of {count}").format(count=top)
        said = (self._before, self._of, str(self._number), self._after)
        self.setAccessibleName(" ".join(filter(None, said)))
        self.update()

    def words(self, room: int) -> str:
        """What stands before the number: shorter words where the number would be cut off."""
        of = paint.text_width(self._of, paint.font(12)) + 8 if self._of else 0
        whole = paint.text_width(self._before, paint.font(13, 600)) + 10 + of + 34
        return self._before if whole < room else self._short

    def sizeHint(self) -> QSize:
        return QSize(200, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        paint.smooth(painter)
        height = float(self.height())
        room = QRectF(0, 0, self.width(), height)
        words = self.words(self.width())
        x = paint.draw_text(painter, room, words, paint.font(13, 600), look.tx) + 10
        small = paint.font(12)
        if self._of:
            rest = QRectF(x, 0, self.width() - x, height)
            x += paint.draw_text(painter, rest, self._of, small, look.tx3) + 8
        if self._number and x + 34 < self.width():
            box = QRectF(x, (height - 18) / 2, 24 if self._number < 100 else 32, 18)
            marks.draw_chip(painter, box, self._hues.of(self._number), text=str(self._number))
            rest = QRectF(box.right() + 7, 0, self.width() - box.right() - 7, height)
            paint.draw_text(painter, rest, self._after, small, look.tx3)

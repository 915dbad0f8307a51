"""The right pane: one file, where it comes from, and what is in it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from layerscope.engine.library.values import ImageDetail, size_text
from layerscope.engine.rootfs import ChangeCounts, Kind, Row, TraceStep
from layerscope.gui import paint, sizes, theme
from layerscope.gui.image.copying import copy_paths
from layerscope.gui.image.explanation_box import ExplanationBox
from layerscope.gui.image.facts import mode_text
from layerscope.gui.image.file_bytes import Version
from layerscope.gui.image.files_words import icon_name
from layerscope.gui.image.hues import Hues
from layerscope.gui.image.lookup import seen, stations
from layerscope.gui.image.metadata import metadata
from layerscope.gui.image.preview import Preview
from layerscope.gui.image.sentences import Circumstances, explain, kind_text
from layerscope.gui.image.summaries import FolderSummary, ImageSummary
from layerscope.gui.image.track import HEIGHT, Track
from layerscope.gui.jobs import Jobs
from layerscope.gui.panes import Line
from layerscope.gui.plain import display, icon_button, plain, tooltip

_FILE, _IMAGE = range(2)


class Inspector(QWidget):
    """``show_file`` shows a row with its trace; ``closed`` asks to be put away."""

    closed = Signal()
    node_chosen = Signal(int)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "surf")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("pane", True)
        self.setMinimumWidth(260)
        self._row: Row | None = None
        self._path = b""
        self._image = ""
        self.head = FileHead()
        self._title = plain("", 12.5, 600)
        self.track = Track()
        self.explanation = ExplanationBox()
        self.preview = Preview(jobs)
        self.folder = FolderSummary()
        self.summary = ImageSummary()
        self._content = QStackedWidget()
        self._pages = QStackedWidget()
        self._lay_out()
        self.track.version_chosen.connect(self._show_version)
        for keys, turn in (("Ctrl+PgDown", self._turn), ("Ctrl+PgUp", self._turn_back)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(turn)
        self.head.closing.connect(self.closed)
        self.folder.node_chosen.connect(self.node_chosen)

    def show_image(
        self, detail: ImageDetail, counts: ChangeCounts | None, baseline: int, hues: Hues
    ) -> None:
        """Nothing is selected: the image at a glance."""
        self._image = str(detail.row.digest)
        self._row = None
        self.preview.show_nothing()
        self.summary.show_image(detail, counts, baseline, hues)
        self._pages.setCurrentIndex(_IMAGE)

    def show_file(
        self,
        row: Row,
        path: bytes,
        trace: tuple[TraceStep, ...],
        detail: ImageDetail,
        as_of: int,
        hues: Hues,
    ) -> None:
        """Show a row of the file list as it is seen from layer ``as_of`` down."""
        self._row = row
        self._path = path
        self._image = str(detail.row.digest)
        folder = row.kind is Kind.DIR
        self.head.show_row(row, path)
        file_words = self.tr("Where this file comes from")
        self._title.setText(self.tr("Where this folder comes from") if folder else file_words)
        found = stations(trace, as_of)
        self.track.show_stations(found, detail.layers, hues, folder)
        around = Circumstances(
            as_of,
            names=row.links if not folder else 1,
            opaque=row.opaque,
            implicit=row.implicit,
            contributors=tuple(layer for layer, _size in row.composition),
        )
        self.explanation.show_explanation(explain(trace, around))
        shown = seen(trace, as_of) or next(
            (one for one in trace if one.entry_number is not None and one.layer <= as_of), None
        )
        if folder:
            self.folder.show_folder(row, hues)
            self._content.setCurrentWidget(self.folder)
            self.preview.show_nothing()
        else:
            self._content.setCurrentWidget(self.preview)
            self._show_version(shown)
        self._pages.setCurrentIndex(_FILE)

    def show_largest(self, row: Row, largest: list[Row], hues: Hues) -> None:
        """The answer for a folder that may no longer be the one that is shown."""
        if self._row is not None and self._row.node == row.node:
            self.folder.show_largest(largest, hues)

    # Inside

    def _turn(self) -> None:
        self.preview.next_tab(1)

    def _turn_back(self) -> None:
        self.preview.next_tab(-1)

    def _show_version(self, step: TraceStep | None) -> None:
        row = self._row
        if row is None or row.kind is Kind.DIR:
            return
        facts = metadata(row, step, self._path)
        kind = step.kind if step is not None and step.kind is not None else row.kind
        content = step.content if step is not None else row.entry
        if kind not in (Kind.FILE, Kind.HARDLINK) or content is None:
            target = step.link if step is not None and step.link else row.link
            words = kind_text(kind).capitalize()
            if target:
                words = self.tr("{kind} to {target}").format(kind=words, target=display(target))
            self.preview.show_nothing(words, facts)
            return
        size = step.size if step is not None and step.size is not None else row.size
        layer, entry = content
        self.preview.show_version(Version(self._image, layer, entry, size), facts)

    def _lay_out(self) -> None:
        title = QHBoxLayout()
        title.setContentsMargins(16, 6, 12, 4)
        title.addWidget(self._title)
        title.addStretch(1)
        boxed = QVBoxLayout()
        boxed.setContentsMargins(12, 4, 12, 12)
        boxed.addWidget(self.explanation)
        file = QWidget()
        lines = QVBoxLayout(file)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.head)
        lines.addWidget(Line(horizontal=True))
        lines.addLayout(title)
        lines.addWidget(self.track)
        lines.addLayout(boxed)
        lines.addWidget(Line(horizontal=True))
        lines.addWidget(self._content, 1)
        self._content.addWidget(self.preview)
        self._content.addWidget(self.folder)
        self._pages.addWidget(file)
        self._pages.addWidget(self.summary)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(sizes.INSPECTOR, 600)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.track.show_at_most((self.height() - 400) // HEIGHT)


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

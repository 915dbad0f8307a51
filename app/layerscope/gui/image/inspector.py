"""The right pane: one file, where it comes from, and what is in it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from layerscope.engine.library.values import ImageDetail
from layerscope.engine.rootfs import ROOT, ChangeCounts, Kind, Row, TraceStep
from layerscope.gui import explaining, sizes
from layerscope.gui.image.arrangement import track_rows
from layerscope.gui.image.file_bytes import Version
from layerscope.gui.image.file_head import FileHead
from layerscope.gui.image.hues import Hues
from layerscope.gui.image.lookup import seen, stations
from layerscope.gui.image.lookup_box import LookupBox
from layerscope.gui.image.lookup_steps import lookup_steps
from layerscope.gui.image.metadata import metadata
from layerscope.gui.image.preview import Preview
from layerscope.gui.image.sentences import Circumstances, explain, kind_text
from layerscope.gui.image.summaries import FolderSummary, ImageSummary
from layerscope.gui.jobs import Jobs
from layerscope.gui.panes import Line
from layerscope.gui.plain import display

_FILE, _IMAGE = range(2)


class Inspector(QWidget):
    """``show_file`` shows a row with its trace; ``closed`` asks to be put away.

    ``still`` tells whether motion is to be reduced.
    """

    closed = Signal()
    node_chosen = Signal(int)

    def __init__(
        self, jobs: Jobs, still: Callable[[], bool], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "surf")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("pane", True)
        self.setWhatsThis(explaining.words("inspector"))
        self.setMinimumWidth(260)
        self._row: Row | None = None
        self._path = b""
        self._image = ""
        self._play_next = ROOT
        # Each in its place from the start: what moves is polished by the style sheet again.
        self._pages = QStackedWidget(self)
        self._file = QWidget(self._pages)
        self._content = QStackedWidget(self._file)
        self.head = FileHead(self._file)
        self.lookup = LookupBox(still, self._file)
        self.preview = Preview(jobs, self._content)
        self.folder = FolderSummary(self._content)
        self.summary = ImageSummary(self._pages)
        self._lay_out()
        self.lookup.player.moved.connect(self._fit)
        self.lookup.track.version_chosen.connect(self._show_version)
        for keys, act in (
            ("Ctrl+PgDown", self._turn),
            ("Ctrl+PgUp", self._turn_back),
            ("Ctrl+F", self.preview.begin_find),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        self.head.closing.connect(self.closed)
        self.folder.node_chosen.connect(self.node_chosen)

    def show_image(
        self, detail: ImageDetail, counts: ChangeCounts | None, baseline: int, hues: Hues
    ) -> None:
        """Nothing is selected: the image at a glance."""
        self._image = str(detail.row.digest)
        self._row = None
        self.lookup.player.stop()
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
        found = stations(trace, as_of)
        self.lookup.track.show_stations(found, detail.layers, hues, folder)
        around = Circumstances(
            as_of,
            names=row.links if not folder else 1,
            opaque=row.opaque,
            implicit=row.implicit,
            contributors=tuple(layer for layer, _size in row.composition),
        )
        steps = lookup_steps(found, as_of, folder=folder, opaque=row.opaque)
        self.lookup.show_lookup(steps, explain(trace, around), folder)
        self._fit()
        if self._play_next == row.node:
            self.lookup.start()
        self._play_next = ROOT
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

    def play_lookup(self, node: int) -> bool:
        """Play the lookup of a node, or pause and go on; False if it has to be shown first, and
        then it is played at once."""
        shown = self._row is not None and self._row.node == node
        if shown:
            self.lookup.start()
        else:
            self._play_next = node
        return shown

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

    def _fit(self) -> None:
        """Let the track have what the sentence and the preview leave it."""
        others = self.head.height() + self.lookup.height_but_track
        self.lookup.track.show_at_most(track_rows(self.height(), others))

    def _lay_out(self) -> None:
        lines = QVBoxLayout(self._file)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.head)
        lines.addWidget(Line(horizontal=True))
        lines.addWidget(self.lookup)
        lines.addWidget(Line(horizontal=True))
        lines.addWidget(self._content, 1)
        self._content.addWidget(self.preview)
        self._content.addWidget(self.folder)
        self._pages.addWidget(self._file)
        self._pages.addWidget(self.summary)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(sizes.INSPECTOR, 600)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

"""The file that is current: its path above the list, its story in the inspector and the stack."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from layerscope.engine.library.values import ImageDetail
from layerscope.engine.rootfs import (
    ROOT,
    ChangeCounts,
    Kind,
    Row,
    Sort,
    Timeline,
    TraceEntry,
    TraceStep,
    View,
)
from layerscope.gui import sizes
from layerscope.gui.image import path_finder
from layerscope.gui.image.browsing import Browsing
from layerscope.gui.image.files_pane import FilesPane
from layerscope.gui.image.inspector import Inspector
from layerscope.gui.image.lookup import seen
from layerscope.gui.image.stack_pane import StackPane


class CurrentFile(QObject):
    """``node`` is ROOT while nothing is selected.  Details are asked for after 60 ms of rest, and
    then ``rested`` tells the node.

    While a view does not show the node, a folder above it is selected in its stead, but it is
    still what is told about, until a person chooses another row, or that folder.
    """

    rested = Signal(int)

    def __init__(
        self, files: FilesPane, stack: StackPane, inspector: Inspector, browsing: Browsing
    ) -> None:
        super().__init__(files)
        self.node = ROOT
        self._last: Row | None = None
        self._instead = ROOT  #: selected in place of the node, but not by a person
        self._detail: ImageDetail | None = None
        self._view = View(0)
        self._files = files
        self._stack = stack
        self._inspector = inspector
        self._browsing = browsing
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(sizes.REST)
        self._rest.timeout.connect(self._has_rested)
        files.view.row_chosen.connect(self._row_chosen)
        files.view.insisted.connect(self._take)
        seeking = files.view.files.seeking
        seeking.began.connect(self._wait)  # another is about to be current
        seeking.ended.connect(self._rest.start)

    def start(self, detail: ImageDetail | None, view: View) -> None:
        """Another image: nothing is selected in it yet."""
        self._detail = detail
        self._view = view
        self._rest.stop()
        self.node = ROOT
        self._last = None
        self._instead = ROOT
        self._stack.hold({})
        self.show_summary(None)

    def look(self, view: View, in_sight: bool = False) -> None:
        """Another view of the same image, shown by now: its story of the same path, even if it is
        not there.  Scrolls to what is selected then if that is to be ``in_sight``."""
        self._view = view
        timeline = self._browsing.timeline
        if timeline is None or self.node == ROOT:
            return
        rows = self._files.view
        if rows.files.seeking.node in (None, self.node, self._instead):
            node = timeline.nearest(self.node, view)
            self._instead = ROOT if node == self.node else node
            rows.keep(node, in_sight)
        self._rest.start()

    def show_crumbs(self) -> None:
        timeline = self._browsing.timeline
        if timeline is not None:
            self._files.breadcrumb.show_path(path_finder.crumbs(timeline, self.node))

    def show_summary(self, counts: ChangeCounts | None) -> None:
        """While nothing is selected: the image at a glance."""
        if self._detail is not None and self.node == ROOT:
            hues, baseline = self._stack.hues, self._view.baseline
            self._inspector.show_image(self._detail, counts, baseline, hues)

    def ask_details(self) -> None:
        """Of the selected row, if a person wants to know."""
        self.take_selected()
        self._ask()

    def take_selected(self) -> None:
        """Tell about the selected row, also if it was selected in place of another."""
        self._take(self._files.view.current)

    # Inside

    def _wait(self, _goal: object) -> None:
        self._rest.stop()

    def _has_rested(self) -> None:
        self._ask()
        self.rested.emit(self.node)

    def _row_chosen(self, row: Row | None) -> None:
        if row is not None and row.node != self._instead:
            self._take(row)

    def _take(self, row: Row | None) -> None:
        if row is None:
            return
        self._instead = ROOT
        if row.node != self.node:
            self.node = row.node
            self._last = row
            self.show_crumbs()
            self._rest.start()

    def _ask(self) -> None:
        reader, row = self._browsing.reader, self._last
        if reader is not None and row is not None:
            question = partial(_details, row.node, self._view)
            reader.ask("details", question, partial(self._details_came, row))

    def _details_came(self, known: Row, answer: object) -> None:
        """``known`` is the row as it was when a view last showed it."""
        detail, reader, view = self._detail, self._browsing.reader, self._view
        if detail is None or reader is None or not isinstance(answer, tuple):
            return
        shown, path, trace = answer
        row = known if shown is None else shown
        if row.node == self.node:
            self._last = row
        as_of = view.as_of if view.layer is None else view.layer
        hues = self._stack.hues
        self._inspector.show_file(row, path, trace, detail, as_of, hues)
        self._stack.hold(holding(trace, as_of))
        if row.kind is Kind.DIR and row.children:
            question = partial(_largest, row.node, view)
            reader.ask("largest", question, partial(self._largest_came, row))

    def _largest_came(self, row: Row, rows: object) -> None:
        if isinstance(rows, list):
            self._inspector.show_largest(row, rows, self._stack.hues)


def holding(trace: Sequence[TraceStep], as_of: int) -> dict[int, bool]:
    """The layers that store a traced path, and whether theirs is the copy that is seen."""
    visible = seen(trace, as_of)
    return {
        step.layer: visible is not None and step.layer == visible.layer
        for step in trace
        if step.entry is TraceEntry.PRESENT
    }


def _details(
    node: int, view: View, timeline: Timeline
) -> tuple[Row | None, bytes, tuple[TraceStep, ...]]:
    path = timeline.path(node)
    return timeline.row(node, view), path, timeline.trace(path)


def _largest(node: int, view: View, timeline: Timeline) -> list[Row]:
    return timeline.children(node, view, Sort.SIZE, descending=True, limit=10)

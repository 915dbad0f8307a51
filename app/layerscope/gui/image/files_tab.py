"""Files of an image: the stack, the list and the inspector, and what each drives."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from layerscope.engine.library.values import Browsable, ImageDetail
from layerscope.engine.rootfs import ChangeCounts, Timeline, View
from layerscope.gui import motion
from layerscope.gui.actions import Actions
from layerscope.gui.image.arranging import Arranging
from layerscope.gui.image.browsing import Browsing
from layerscope.gui.image.current_file import CurrentFile
from layerscope.gui.image.file_filter import FileFilter
from layerscope.gui.image.file_verbs import FileVerbs
from layerscope.gui.image.files_pane import FilesPane
from layerscope.gui.image.found_list import FoundList
from layerscope.gui.image.inspector import Inspector
from layerscope.gui.image.notices import FilesNotices
from layerscope.gui.image.path_bar import PathBar
from layerscope.gui.image.stack_pane import StackPane
from layerscope.gui.image.view_actions import ViewActions
from layerscope.gui.jobs import Jobs
from layerscope.gui.settings import Settings


class FilesTab(QWidget):
    """``view`` says what is looked at; all changes of it go through ``look``.

    ``unmade`` makes what is not there yet, a pane with each step.
    """

    image_wanted = Signal(str)
    pull_wanted = Signal()

    def __init__(
        self,
        jobs: Jobs,
        actions: Actions,
        settings: Settings,
        parent: QWidget | None = None,
        *,
        at_once: bool = True,
    ) -> None:
        super().__init__(parent)
        self.detail: ImageDetail | None = None
        self.view = View(0)
        self.selected_layer = 0
        self._name = ""
        self.arranging = Arranging(self)
        self.unmade = self._make(jobs, actions, settings)
        if at_once:
            deque(self.unmade, maxlen=0)

    def _make(self, jobs: Jobs, actions: Actions, settings: Settings) -> Iterator[None]:
        # A pane that gets its parent later is polished by the style sheet once more, with all
        # that is in it: that was most of the time this took.
        self.stack = StackPane(self.arranging.inner)
        yield
        self.files = FilesPane(self.arranging.inner)
        yield
        self.inspector = Inspector(jobs, partial(motion.reduced, settings), self.arranging.across)
        yield
        self.browsing = Browsing(jobs, self)
        self.filter = FileFilter(self)
        self.notices = FilesNotices(self.files, self)
        self.current = CurrentFile(self.files, self.stack, self.inspector, self.browsing)
        self.paths_ = PathBar(self)
        self.found = FoundList(self)
        self.verbs = FileVerbs(self)
        self.actions_ = ViewActions(self, actions, settings)
        self._connect()
        self.arranging.start(settings)

    def show_image(self, detail: ImageDetail, name: str) -> None:
        """Show an image from its top; the same image under another name stays as it is."""
        same = self.detail is not None and self.detail.row.digest == detail.row.digest
        self.detail = detail
        self._name = name
        self.stack.show_image(detail)
        if same and self.browsing.busy:
            self.stack.show_state(self.view.as_of, self.selected_layer)
            return
        count = len(detail.layers)
        self.selected_layer = count
        self.view = View(count, _baseline(detail))
        self.files.view.rows.hues = self.stack.hues
        self.files.view.rows.emphasis = 0
        self.files.filter_bar.clear()
        self.files.filter_bar.show_counts(None)
        self.filter.look_into(None, self.view)
        self.files.view.files.open(None, None, self.view)
        self.current.start(detail, self.view)
        self._show_view()
        self._read()

    def close_image(self) -> None:
        """Stop everything that is under way."""
        self.current.start(None, View(0))
        self.filter.look_into(None, self.view)
        self.files.view.files.open(None, None, self.view)
        self.browsing.close()
        self.detail = None

    def look(self, view: View) -> None:
        """Look at another state of the image; the current path stays current where it exists,
        and elsewhere the folder that it would be in."""
        detail = self.detail
        if detail is None:
            return
        top = self.browsing.top or len(detail.layers)
        as_of = max(1, min(view.as_of, top))
        view = replace(view, as_of=as_of, baseline=min(view.baseline, as_of))
        if view == self.view:
            return
        self.view = view
        self._show_view()
        if self.browsing.timeline is None:
            return
        rows = self.files.view
        scroll, in_sight = rows.verticalScrollBar().value(), rows.in_sight
        self.filter.look_into(self.browsing.reader, view)
        if not self.filter.active:
            rows.files.show_view(view)
            rows.verticalScrollBar().setValue(scroll)
            self.current.look(view, in_sight)
            self.notices.listed(rows.files.rowCount(), view, detail)
        self._ask_counts()

    def look_from(self, number: int) -> None:
        """Move the viewing line so that it lies on a layer."""
        self.look(replace(self.view, as_of=number, layer=None))

    def compare_with(self, number: int) -> None:
        """Let badges be relative to the merged view of a layer, 0 for nothing."""
        as_of = max(self.view.as_of, number)
        self.look(replace(self.view, baseline=number, as_of=as_of, layer=None))

    def select_layer(self, number: int) -> None:
        """Select a layer without moving the viewing line."""
        if self.detail is None or not 1 <= number <= len(self.detail.layers):
            return
        self.selected_layer = number
        self.files.view.rows.emphasis = number
        self.files.view.viewport().update()
        if self.view.layer is not None:
            self.look(replace(self.view, layer=number))
        self._show_view()

    def go_to_layer(self, number: int) -> None:
        """Select a layer, and bring the stack to the front where it shares its place."""
        self.select_layer(number)
        self.arranging.show_stack()

    def show_only(self, number: int) -> None:
        """Show the raw entries of one layer."""
        self.arranging.show_files()
        self.select_layer(number)
        self.look(replace(self.view, layer=number))

    def show_files_of(self, number: int) -> None:
        """List what a layer gives to the merged view, and go to that list."""
        self.arranging.show_files()
        self.look(replace(self.view, layer=None))
        self.files.filter_bar.field.setText(f"layer:{number}")
        self.files.view.setFocus()

    def show_layer_only(self, only: bool) -> None:
        self.look(replace(self.view, layer=self.selected_layer or None if only else None))

    def show_path(self, path: bytes) -> None:
        """Make a path current, if this view has it."""
        self.arranging.show_files()
        self.paths_.go_to(path)

    def clear_filter(self) -> None:
        """Back to the folders, as they were."""
        self.files.filter_bar.clear()
        self.files.view.setFocus()

    # Reading

    def _read(self) -> None:
        if self.detail is None:
            return
        if not self.detail.layers:
            self.notices.no_layers()
            return
        self.notices.waiting()
        self.browsing.start(self._name)

    def _ready(self, browsable: Browsable) -> None:
        detail, timeline = self.detail, self.browsing.timeline
        if detail is None:
            return
        self.notices.ready(browsable, len(detail.layers))
        if timeline is None:
            return
        as_of = min(self.view.as_of, browsable.top)
        self.view = replace(self.view, as_of=as_of, baseline=min(self.view.baseline, as_of))
        self._show_view()
        self.current.start(detail, self.view)
        self.files.view.files.open(timeline, self.browsing.reader, self.view)
        self.filter.look_into(self.browsing.reader, self.view)
        self.current.show_crumbs()
        self._ask_counts()
        self.notices.listed(self.files.view.files.rowCount(), self.view, detail)

    def _ask_counts(self) -> None:
        if self.browsing.reader is not None:
            self.browsing.reader.ask("counts", partial(_counts, self.view), self._show_counts)

    def _show_counts(self, counts: object) -> None:
        if isinstance(counts, ChangeCounts):
            self.files.filter_bar.show_counts(counts)
            self.current.show_summary(counts)

    # Showing

    def _show_view(self) -> None:
        detail = self.detail
        if detail is None:
            return
        view, hues = self.view, self.stack.hues
        self.stack.show_state(view.as_of, self.selected_layer)
        self.files.heading.show_view(view.as_of, len(detail.layers), view.layer, hues)
        self.files.show_segment(self.selected_layer, view.layer is not None)
        self.files.view.rows.raw = view.layer is not None
        names = tuple(
            f"{layer.number}  {layer.keyword} {layer.command}"[:80] for layer in detail.layers
        )
        bar = self.files.filter_bar.baseline
        bar.show_baseline(view.baseline, detail.base_layers, names, hues)
        bar.setVisible(view.layer is None)
        self.actions_.show_view(view)

    def _connect(self) -> None:
        browsing, rows, notices = self.browsing, self.files.view, self.notices
        browsing.ready.connect(self._ready)
        browsing.progressed.connect(notices.progressed)
        browsing.failed.connect(notices.failed)
        browsing.stopped.connect(notices.stopped)
        notices.cancel_wanted.connect(browsing.cancel)
        notices.retry_wanted.connect(self._read)
        notices.clear_wanted.connect(self.clear_filter)
        notices.pull_wanted.connect(self.pull_wanted)
        self.stack.layer_selected.connect(self.select_layer)
        self.stack.line_moved.connect(self.look_from)
        self.stack.layer_entered.connect(self.show_only)
        self.stack.files_wanted.connect(self.show_files_of)
        self.files.layer_only_chosen.connect(self.show_layer_only)
        self.files.filter_bar.typed.connect(self.filter.set_text)
        self.files.filter_bar.changes_chosen.connect(self.actions_.changes_chosen)
        self.files.filter_bar.baseline_chosen.connect(self.compare_with)
        self.filter.refused.connect(notices.refused)
        rows.origin_wanted.connect(self.go_to_layer)
        rows.chip_clicked.connect(self.select_layer)
        self.inspector.closed.connect(self.actions_.hide_inspector)


def _baseline(detail: ImageDetail) -> int:
    """What "changed" is relative to at first: the base image, or where none is known the bottom
    layer, so that a badge marks what the image's own steps did and not every file."""
    count = len(detail.layers)
    if 0 < detail.base_layers < count:
        return detail.base_layers
    return 1 if count > 1 else 0


def _counts(view: View, timeline: Timeline) -> ChangeCounts:
    return timeline.counts(view)

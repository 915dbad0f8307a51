"""The page of one image: header, and behind its tabs files, history, config and documents."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from layerscope.engine.library.values import ImageDetail, ImageRow
from layerscope.gui.actions import Actions
from layerscope.gui.image.files_tab import FilesTab
from layerscope.gui.image.further_tabs import FurtherTabs
from layerscope.gui.image.header import ImageHeader
from layerscope.gui.image.notice_box import NoticeBox
from layerscope.gui.jobs import Job, Jobs
from layerscope.gui.panes import Line
from layerscope.gui.settings import Settings

FILES, HISTORY, CONFIG, RAW = range(4)


class Window(Protocol):
    """What the page asks of the window it is in."""

    def open_image(self, name: str) -> None: ...


class ImagePage(QWidget):
    """``show_image`` takes a reference, image ID or digest and may be called again any time.

    All of the page at once takes a tenth of a second; with ``at_once`` off, ``unmade`` has to be
    gone through first, a piece with each step.
    """

    def __init__(
        self,
        jobs: Jobs,
        actions: Actions,
        settings: Settings,
        window: Window,
        parent: QWidget | None = None,
        *,
        at_once: bool = True,
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "surf")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.name = ""
        self.detail: ImageDetail | None = None
        self._jobs = jobs
        self._window = window
        self._job: Job | None = None
        self.unmade = self._make(jobs, actions, settings)
        if at_once:
            deque(self.unmade, maxlen=0)

    def _make(self, jobs: Jobs, actions: Actions, settings: Settings) -> Iterator[None]:
        self.header = ImageHeader(actions, self)
        self._tabs = QStackedWidget(self)
        self.notice = NoticeBox(self._tabs)
        yield
        self.files = FilesTab(jobs, actions, settings, self._tabs, at_once=False)
        yield from self.files.unmade
        self._tabs.addWidget(self.files)
        self._tabs.addWidget(self.notice)
        self.further = FurtherTabs(jobs, self._tabs)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.header)
        lines.addWidget(Line(horizontal=True))
        lines.addWidget(self._tabs, 1)
        self._connect(actions)

    def _connect(self, actions: Actions) -> None:
        self.header.tab_chosen.connect(self._show_tab)
        self.files.image_wanted.connect(self._window.open_image)
        self.files.pull_wanted.connect(actions["image.pull"].trigger)
        self.further.digest_clicked.connect(self._follow_digest)
        self.notice.pressed.connect(self._again)
        self._jobs.store_changed.connect(self._refresh)
        for step, keys in ((1, "Ctrl+PgDown"), (-1, "Ctrl+PgUp")):
            shortcut = QShortcut(QKeySequence(keys), self.header)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self._next_tab if step > 0 else self._previous_tab)

    @property
    def pieces(self) -> tuple[QWidget, ...]:
        """What can be painted one after another."""
        files = self.files
        return (self.header, files.stack, files.files, files.inspector)

    @property
    def row(self) -> ImageRow | None:
        """The open image, None while it is being read."""
        return self.detail.row if self.detail is not None else None

    def show_image(self, name: str) -> None:
        """Open an image; one that is open under another of its names keeps its state."""
        known = self.row
        self.name = name
        if known is not None and name in (*known.references, *known.familiar):
            self.header.show_image(known, name)
        elif known is not None:
            self.header.show_image(None, name)
        self._ask()

    def show_path(self, path: bytes) -> None:
        """Go to a file of the open image."""
        self.header.tabs.setCurrentIndex(FILES)
        self.files.show_path(path)

    def show_layer(self, number: int) -> None:
        """Go to a layer of the open image."""
        self.header.tabs.setCurrentIndex(FILES)
        self.files.select_layer(number)

    def close_image(self) -> None:
        """The window closes: stop what is under way, threads included."""
        self.files.close_image()

    # Inside

    def _ask(self) -> None:
        if self._job is not None:
            self._job.cancel()
        job = self._jobs.start("image", self.name)
        self._job = job
        job.succeeded.connect(self._arrived)
        job.failed.connect(self._failed)

    def _refresh(self) -> None:
        """The store changed: names, sharing and sizes may differ now."""
        if self.name:
            self._ask()

    def _arrived(self, detail: object) -> None:
        if self.sender() is not self._job or not isinstance(detail, ImageDetail):
            return
        self._job = None
        if detail == self.detail:
            self._show_tab(self.header.tabs.currentIndex())
            self.header.show_image(detail.row, self.name)
            return
        self.detail = detail
        self.header.show_image(detail.row, self.name)
        self.files.show_image(detail, self.name)
        self._show_tab(self.header.tabs.currentIndex())

    def _failed(self, error: object) -> None:
        if self.sender() is not self._job:
            return
        self._job = None
        self.detail = None
        self.files.close_image()
        self.header.show_image(None, self.name)
        hint = getattr(error, "hint", "")
        self.notice.tell(str(error), hint, (self.tr("Try again"),), "triangle-alert", "err")
        self._tabs.setCurrentWidget(self.notice)

    def _again(self, _button: int) -> None:
        self._ask()

    def _show_tab(self, number: int) -> None:
        if self.detail is not None:
            self._tabs.setCurrentWidget(self._filled(number, self.detail))

    def _filled(self, number: int, detail: ImageDetail) -> QWidget:
        if number == HISTORY:
            return self.further.show_history(detail, self.files.stack.hues)
        if number == CONFIG:
            return self.further.show_config(detail)
        if number == RAW:
            return self.further.show_raw(detail, self.name)
        return self.files

    def _next_tab(self) -> None:
        tabs = self.header.tabs
        tabs.setCurrentIndex((tabs.currentIndex() + 1) % tabs.count())

    def _previous_tab(self) -> None:
        tabs = self.header.tabs
        tabs.setCurrentIndex((tabs.currentIndex() - 1) % tabs.count())

    def _follow_digest(self, digest: str) -> None:
        if self.detail is None:
            return
        for layer in self.detail.layers:
            if digest in (str(layer.digest), str(layer.diff_id)):
                self.show_layer(layer.number)
                return

"""The window: puts the regions together and owns where a person is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout
from PySide6.QtWidgets import QWidget as Widget

from layerscope.engine.library.values import ImageRow
from layerscope.gui import panes, sizes
from layerscope.gui.actions import Actions
from layerscope.gui.bindings import Bindings
from layerscope.gui.changes import Changes
from layerscope.gui.dropping import Dropping
from layerscope.gui.library.menu import image_menu
from layerscope.gui.library.page import LibraryPage
from layerscope.gui.listing import Images
from layerscope.gui.moving import Moving
from layerscope.gui.rail import Rail, Section
from layerscope.gui.statusbar import StatusBar
from layerscope.gui.toasts import Toast, Toasts
from layerscope.gui.topbar import TopBar
from layerscope.gui.trail import Place, Trail
from layerscope.gui.transfers.transfers import Transfers

if TYPE_CHECKING:
    from layerscope.gui.jobs import Jobs
    from layerscope.gui.notices import Troubles
    from layerscope.gui.settings import Settings
    from layerscope.gui.sidebar import Sidebar


class ImagePage(Protocol):
    """What the window asks of the page that shows one image."""

    def show_image(self, name: str) -> None: ...


class MainWindow(Widget):
    """``open_image``, ``open_section`` and ``toast`` are what pages may ask of the window;
    ``images``, ``transfers`` and ``changes`` are the state and the verbs that they share."""

    section_changed = Signal(Section)

    def __init__(self, jobs: Jobs, settings: Settings, parent: Widget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("window")
        self.setProperty("surface", "win")
        self.setWindowTitle("Layerscope")
        self.setMinimumSize(*sizes.MIN_WINDOW)
        self.setAcceptDrops(True)
        self.jobs = jobs
        self.settings = settings
        self.actions_ = Actions(self)
        self.images = Images(jobs, self)
        self.transfers = Transfers(jobs, self)
        self.section = Section.LIBRARY
        self.image = ""  #: what the open image was opened by
        self._trail = Trail()
        self._search: Widget | None = None
        self._image_page: Widget | None = None
        self._drawer: Widget | None = None
        self._sidebar: Sidebar | None = None
        self._lay_out()
        self.toasts = Toasts(self)
        self.changes = Changes(jobs, self.images, self.toasts, self.transfers, self)
        self._moving = Moving(self.transfers, self.rail, self.status, self)
        self._dropping = Dropping(self.changes, self.status, self)
        self._connect()
        if not settings.restore_geometry(self):
            self.resize(*panes.first_size())
        self.open_section(Section.LIBRARY)
        QTimer.singleShot(0, self, self.images.refresh)  # the window first, then its worker

    # Where a person is

    def open_image(self, name: str) -> None:
        """Show an image by reference, image ID or digest."""
        self._go(Place(Section.IMAGE, name))

    def open_section(self, section: Section) -> None:
        """Show a section; Transfers opens the drawer under the present one."""
        if section is Section.TRANSFERS:
            self.show_transfers(True)
        else:
            self._go(Place(section, self.image if section is Section.IMAGE else ""))

    def show_transfers(self, shown: bool) -> None:
        """Open or close the drawer."""
        drawer = self._drawer_made() if shown else self._drawer
        if drawer is not None:
            drawer.setVisible(shown)
        self.actions_["view.transfers"].setChecked(shown)

    def open_palette(self, text: str = "") -> None:
        """The command palette, with ``text`` typed already."""
        from layerscope.gui.palette import Palette

        Palette(self, text).appear()

    def toast(
        self,
        text: str,
        undo: Callable[[], None] | None = None,
        action: str = "",
        act: Callable[[], None] | None = None,
        tone: str = "ok",
    ) -> Toast:
        """One sentence at the bottom left for 8 s, with Undo or another thing to do."""
        if undo is not None:
            return self.toasts.add_undoable(text, undo, tone)
        return self.toasts.add(text, action, act, tone)

    @property
    def sidebar(self) -> Sidebar:
        """The list beside an image, made when the first image is opened."""
        if self._sidebar is None:
            from layerscope.gui.sidebar import Sidebar

            self._sidebar = Sidebar(self.images, self.transfers, self.actions_)
            self._sidebar.addAction(self.actions_["image.remove"])
            self._sidebar.opened.connect(self.open_image)
            self._sidebar.menu_asked.connect(self._show_menu)
            self._sidebar.hide()
            self._across.insertWidget(0, self._sidebar)
            self._across.setStretchFactor(1, 1)
            self._across.setSizes([sizes.SIDEBAR, self.width() - sizes.RAIL - sizes.SIDEBAR])
            self.settings.keep_splitter(self._across, "sidebar")
        return self._sidebar

    def chosen_rows(self) -> list[ImageRow]:
        """The images that the Image menu is about: the open one, or those selected."""
        if self.section is Section.IMAGE:
            row = self.images.named(self.image)
            return [row] if row else []
        return self.library.selected() if self.section is Section.LIBRARY else []

    def watch(self, troubles: Troubles) -> None:
        """Show what nobody caught in one panel."""
        troubles.arrived.connect(self._show_trouble, Qt.ConnectionType.QueuedConnection)

    def leave_now(self) -> None:
        """Close without asking whether what runs may be interrupted."""
        self._moving.leaving = True
        self.close()

    # Qt's overrides

    def closeEvent(self, event: QCloseEvent) -> None:
        running = self.transfers.active
        if running and not self._moving.leaving:
            event.ignore()
            self._moving.ask_to_leave(len(running), self.close)
            return
        self.settings.keep_geometry(self)
        self.settings.flush()
        self.jobs.close()
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.toasts.place()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._dropping.enter(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._dropping.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self._dropping.drop(event)

    # Building

    def _lay_out(self) -> None:
        self.topbar = TopBar(self.actions_)
        self.rail = Rail(self.actions_)
        self.status = StatusBar()
        self.library = LibraryPage(self.images, self.jobs, self.actions_)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.library)
        self._across = QSplitter(Qt.Orientation.Horizontal)
        self._across.addWidget(self.pages)
        self._across.setCollapsible(0, False)
        self._down = QSplitter(Qt.Orientation.Vertical)
        self._down.addWidget(self._across)
        self._down.setCollapsible(0, False)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(panes.Line())
        middle.addWidget(self._down, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.topbar)
        layout.addLayout(middle, 1)
        layout.addWidget(self.status)

    def _connect(self) -> None:
        self.rail.asked.connect(self._ask_section)
        self.topbar.searched.connect(self.open_palette)
        self.library.opened.connect(self.open_image)
        self.library.menu_asked.connect(self._show_menu)
        self.changes.loaded.connect(self.open_image)
        self.images.changed.connect(self._show_listing)
        self.jobs.worker_stopped.connect(self.changes.complain)
        self.bindings = Bindings(self)

    # Moving about

    def _go(self, place: Place) -> None:
        self._trail.add(place)
        self._show_place(place)

    def go_back(self) -> None:
        if self._trail.can_go_back:
            self._show_place(self._trail.back())

    def go_forward(self) -> None:
        if self._trail.can_go_forward:
            self._show_place(self._trail.forward())

    def _show_place(self, place: Place) -> None:
        self.section = place.section
        page = self._page(place.section)
        if place.section is Section.IMAGE:
            self.image = place.name
            if self._image_page is not None:
                cast("ImagePage", self._image_page).show_image(place.name)
            self.sidebar.show_current(place.name)
        self.pages.setCurrentWidget(page)
        self.rail.show_section(place.section)
        self.show_sidebar(self.actions_["view.sidebar"].isChecked())
        self.section_changed.emit(place.section)
        page.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_sidebar(self, wanted: bool) -> None:
        """The sidebar belongs to the image view; elsewhere it is not there."""
        shown = wanted and self.section is Section.IMAGE
        if shown or self._sidebar is not None:
            self.sidebar.setVisible(shown)

    def can_go(self) -> tuple[bool, bool]:
        """Whether there is anything back, and anything forward."""
        return self._trail.can_go_back, self._trail.can_go_forward

    def _page(self, section: Section) -> Widget:
        """The page of a section, made when it is first needed."""
        if section is Section.LIBRARY:
            return self.library
        if section is Section.SEARCH:
            if self._search is None:
                from layerscope.gui.search.page import SearchPage

                self._search = SearchPage(self.jobs, self.actions_, self.settings, self)
                self.pages.addWidget(self._search)
            return self._search
        if self._image_page is None:
            from layerscope.gui.image.page import ImagePage as Page

            self._image_page = Page(self.jobs, self.actions_, self.settings, self)
            self.pages.addWidget(self._image_page)
        return self._image_page

    def _drawer_made(self) -> Widget:
        if self._drawer is None:
            from layerscope.gui.transfers.drawer import TransfersDrawer

            self._drawer = TransfersDrawer(self.jobs, self.transfers, self)
            self._down.addWidget(self._drawer)
            self._down.setStretchFactor(0, 1)
            self.settings.keep_splitter(self._down, "transfers")
        return self._drawer

    def _ask_section(self, section: Section) -> None:
        if section is Section.TRANSFERS:
            self.actions_["view.transfers"].trigger()
        else:
            self.open_section(section)

    def _show_listing(self) -> None:
        listing = self.images.listing
        if listing is not None:
            self.status.show_listing(listing)
        if self.section is Section.IMAGE:
            self.sidebar.show_current(self.image)

    def _show_trouble(self, line: str, report: str) -> None:
        from layerscope.gui.dialogs.trouble import TroublePanel

        panels = [one for one in self.findChildren(TroublePanel) if one.isVisible()]
        panel = panels[0] if panels else TroublePanel(self)
        panel.add(line, report)
        if not panels:
            panel.appear()

    def _show_menu(self, row: ImageRow, where: QPoint) -> None:
        image_menu(self, row).popup(where)

"""The window: puts the regions together and owns where a person is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSplitter, QStackedWidget
from PySide6.QtWidgets import QWidget as Widget

from layerscope.gui import panes, sizes, theme
from layerscope.gui.trail import Section

if TYPE_CHECKING:
    from layerscope.engine.library.values import ImageRow
    from layerscope.gui.actions import Actions
    from layerscope.gui.bindings import Bindings
    from layerscope.gui.changes import Changes
    from layerscope.gui.dropping import Dropping
    from layerscope.gui.giving.giving import Giving
    from layerscope.gui.jobs import Jobs
    from layerscope.gui.library.page import LibraryPage
    from layerscope.gui.listing import Images
    from layerscope.gui.moving import Moving
    from layerscope.gui.places import Places
    from layerscope.gui.rail import Rail
    from layerscope.gui.settings import Settings
    from layerscope.gui.shipping.shipping import Shipping
    from layerscope.gui.side import Side
    from layerscope.gui.sidebar import Sidebar
    from layerscope.gui.statusbar import StatusBar
    from layerscope.gui.stores import Stores
    from layerscope.gui.toasts import Toast, Toasts
    from layerscope.gui.topbar import TopBar
    from layerscope.gui.transfers.transfers import Transfers
    from layerscope.gui.troubles import Troubles


class MainWindow(Widget):
    """``open_image``, ``open_section`` and ``toast`` are what pages may ask of the window;
    ``images``, ``transfers`` and ``changes`` are the state and the verbs that they share.

    Without ``jobs`` the window is only its outline until ``furnish`` brings the rest: that is
    how it can show before most of the program is imported.
    """

    section_changed = Signal(object)

    # What ``furnish`` brings
    jobs: Jobs
    actions_: Actions
    images: Images
    transfers: Transfers
    toasts: Toasts
    changes: Changes
    giving: Giving
    shipping: Shipping
    bindings: Bindings
    topbar: TopBar
    rail: Rail
    status: StatusBar
    library: LibraryPage
    places: Places
    side: Side
    moving: Moving
    dropping: Dropping
    stores: Stores
    across: QSplitter
    down: QSplitter

    def __init__(self, jobs: Jobs | None, settings: Settings, parent: Widget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("window")
        self.setProperty("surface", "win")
        self.setWindowTitle("Layerscope")
        self.setMinimumSize(*sizes.MIN_WINDOW)
        self.settings = settings
        self.furnished = False
        self._bring: Callable[[], Jobs] | None = None
        self._drawer: Widget | None = None
        if not settings.restore_geometry(self):
            self.resize(*panes.first_size())
        if jobs is not None:
            self.furnish(jobs)

    def furnish_when_seen(self, bring: Callable[[], Jobs]) -> None:
        """After the first time the window is painted, ask ``bring`` for the jobs and furnish."""
        self._bring = bring

    def furnish(self, jobs: Jobs) -> None:
        """Put everything into the window; once."""
        from layerscope.gui.furnishing import furnish

        furnish(self, jobs)
        self.furnished = True
        self.setAcceptDrops(True)
        self.open_section(Section.LIBRARY)
        if self.settings.trouble:
            self.toast(self.settings.trouble, tone="err")
        QTimer.singleShot(0, self, self.images.refresh)  # the window first, then its worker

    # Where a person is

    def open_image(self, name: str) -> None:
        """Show an image by reference, image ID or digest."""
        self.places.go(Section.IMAGE, name)

    def open_section(self, section: Section) -> None:
        """Show a section; Transfers opens the drawer under the present one."""
        if section is Section.TRANSFERS:
            self.show_transfers(True)
        else:
            self.places.go(section)

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
    def section(self) -> Section:
        """Which section is shown."""
        return self.places.section

    @property
    def image(self) -> str:
        """What the open image was opened by; "" before the first."""
        return self.places.image

    @property
    def pages(self) -> QStackedWidget:
        """The pages; the current one is shown."""
        return self.places.pages

    @property
    def sidebar(self) -> Sidebar:
        """The list of images beside the open one."""
        return self.side.bar

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
        if self.furnished:
            self.moving.leaving = True
        self.close()

    # Qt's overrides

    def closeEvent(self, event: QCloseEvent) -> None:
        running = self.transfers.active if self.furnished else ()
        if running and not self.moving.leaving:
            event.ignore()
            self.moving.ask_to_leave(len(running), self.close)
            return
        self.settings.keep_geometry(self)
        self.settings.flush()
        self._bring = None
        if self.furnished:
            self.places.close()
            self.jobs.close()
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.furnished:
            self.toasts.place()
            self.side.fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.furnished:
            self._paint_outline()
            if self._bring is not None:
                QTimer.singleShot(0, self, self._furnish_now)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dropping.enter(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.dropping.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self.dropping.drop(event)

    # What the regions ask for

    def note_place(self, section: Section) -> None:
        """Tell the regions where a person has gone."""
        self.rail.show_section(section)
        if section is Section.IMAGE:
            self.side.show_current(self.image)
        self.side.fit()
        self.section_changed.emit(section)

    def _drawer_made(self) -> Widget:
        if self._drawer is None:
            from layerscope.gui.transfers.drawer import TransfersDrawer

            self._drawer = TransfersDrawer(self.jobs, self.transfers, self)
            self.down.addWidget(self._drawer)
            self.toasts.keep_above(self._drawer)
            self.down.setStretchFactor(0, 1)
            self.settings.keep_splitter(self.down, "transfers")
        return self._drawer

    def _furnish_now(self) -> None:
        bring, self._bring = self._bring, None
        if bring is not None:
            from layerscope.gui.warming import Warming

            self.furnish(bring())
            Warming(self)

    def _paint_outline(self) -> None:
        """Chrome and page as they are about to be, with nothing in them."""
        look = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.win)
        page = self.rect().adjusted(sizes.RAIL + 1, sizes.TOPBAR, 0, -sizes.STATUSBAR)
        painter.fillRect(page, look.surf)
        painter.setPen(look.line)
        painter.drawRect(page.adjusted(-1, -1, 0, 0))

    def ask_section(self, section: Section) -> None:
        if section is Section.TRANSFERS:
            self.actions_["view.transfers"].trigger()
        else:
            self.open_section(section)

    def show_listing(self) -> None:
        listing = self.images.listing
        self.status.show_listing(listing)
        if self.section is Section.IMAGE:
            self.side.show_current(self.image)

    def _show_trouble(self, line: str, report: str) -> None:
        from layerscope.gui.dialogs.trouble import TroublePanel

        panels = [one for one in self.findChildren(TroublePanel) if one.isVisible()]
        panel = panels[0] if panels else TroublePanel(self)
        panel.add(line, report)
        if not panels:
            panel.appear()

    def show_menu(self, row: ImageRow, where: QPoint) -> None:
        from layerscope.gui.library.menu import image_menu

        image_menu(self, row).popup(where)

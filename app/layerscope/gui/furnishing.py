"""Everything inside the window: what takes a while to import, brought after the first paint."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout

from layerscope.gui import panes
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
from layerscope.gui.search.going import search_in
from layerscope.gui.shipping.shipping import Shipping
from layerscope.gui.side import Side
from layerscope.gui.statusbar import StatusBar
from layerscope.gui.stores import Stores
from layerscope.gui.toasts import Toasts
from layerscope.gui.topbar import TopBar
from layerscope.gui.transfers.transfers import Transfers

if TYPE_CHECKING:
    from layerscope.gui.window import MainWindow


def furnish(window: MainWindow, jobs: Jobs) -> None:
    """Give ``window`` its state, its verbs and its regions."""
    window.jobs = jobs
    window.actions_ = Actions(window)
    window.images = Images(jobs, window)
    window.transfers = Transfers(jobs, window)
    _lay_out(window)
    window.toasts = Toasts(window)
    window.giving = Giving(jobs, window.transfers, window.settings, window)
    window.shipping = Shipping(jobs, window.transfers, window.toasts, window)
    window.changes = Changes(
        jobs, window.images, window.toasts, window.transfers, window.giving, window
    )
    window.moving = Moving(window.transfers, window.rail, window.status, window)
    window.dropping = Dropping(window.changes, window.status, window)
    window.stores = Stores(window)
    _connect(window)


def _lay_out(window: MainWindow) -> None:
    window.topbar = TopBar(window.actions_)
    window.rail = Rail(window.actions_)
    window.status = StatusBar()
    window.library = LibraryPage(window.images, window.jobs, window.actions_, window.settings)
    window.places = Places(window.library, window)
    window.across = QSplitter(Qt.Orientation.Horizontal)
    window.across.addWidget(window.pages)
    window.across.setCollapsible(0, False)
    window.down = QSplitter(Qt.Orientation.Vertical)
    window.down.addWidget(window.across)
    window.down.setCollapsible(0, False)
    middle = QHBoxLayout()
    middle.setSpacing(0)
    middle.addWidget(window.rail)
    middle.addWidget(panes.Line())
    middle.addWidget(window.down, 1)
    layout = QVBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(window.topbar)
    layout.addLayout(middle, 1)
    layout.addWidget(window.status)


def _connect(window: MainWindow) -> None:
    window.side = Side(window)
    window.places.changed.connect(window.note_place)
    window.rail.asked.connect(window.ask_section)
    window.topbar.searched.connect(window.open_palette)
    window.library.opened.connect(window.open_image)
    window.library.menu_asked.connect(window.show_menu)
    window.library.search_wanted.connect(partial(search_in, window))
    window.changes.loaded.connect(window.open_image)
    window.images.changed.connect(window.show_listing)
    window.jobs.worker_stopped.connect(window.changes.complain)
    window.bindings = Bindings(window)

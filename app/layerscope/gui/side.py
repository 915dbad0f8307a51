"""Where the sidebar is: beside the image, over it in a narrow window, or away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from layerscope.gui import sizes
from layerscope.gui.trail import Section

if TYPE_CHECKING:
    from layerscope.gui.flyout import Flyout
    from layerscope.gui.sidebar import Sidebar
    from layerscope.gui.window import MainWindow

_KEY = "sidebar.shown"


class Side(QObject):
    """The action ``view.sidebar`` says whether the sidebar is seen.

    In a wide window that is remembered.  In a narrow one the sidebar opens over the image, until
    something is chosen there or the person goes on elsewhere.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._action = window.actions_["view.sidebar"]
        self._sidebar: Sidebar | None = None
        self._flyout: Flyout | None = None
        self._narrow = False
        self._only_shown = False
        self._action.setChecked(window.settings.value(_KEY, True))
        self._action.toggled.connect(self._switched)

    @property
    def bar(self) -> Sidebar:
        """The list of images, made when it is first needed."""
        if self._sidebar is None:
            from layerscope.gui.sidebar import Sidebar

            window = self._window
            self._sidebar = Sidebar(window.images, window.transfers, window.actions_)
            self._sidebar.addAction(window.actions_["image.remove"])
            self._sidebar.opened.connect(self._opened)
            self._sidebar.menu_asked.connect(window.show_menu)
            self._dock(self._sidebar)
            window.across.setStretchFactor(1, 1)
            room = window.width() - sizes.RAIL - sizes.SIDEBAR
            window.across.setSizes([sizes.SIDEBAR, room])
            window.settings.keep_splitter(window.across, "sidebar")
            self._sidebar.show_current(window.image)
        return self._sidebar

    def fit(self) -> None:
        """Put it where it belongs: after another section was gone to, or another width."""
        window = self._window
        narrow = window.width() < sizes.ROOM_FOR_SIDEBAR
        if narrow != self._narrow:
            self._narrow = narrow
            self._close_flyout()
            self._check(not narrow and window.settings.value(_KEY, True))
        on_image = window.section is Section.IMAGE
        if not on_image:
            self._close_flyout()
        if narrow:
            if self._sidebar is not None and not self._over:
                self._sidebar.hide()
        elif on_image or self._sidebar is not None:
            self._dock(self.bar)
            self.bar.setVisible(on_image and self._action.isChecked())

    def show_current(self, name: str) -> None:
        """Mark the open image, now or when the sidebar is made."""
        if self._sidebar is not None:
            self._sidebar.show_current(name)

    # Inside

    @property
    def _over(self) -> bool:
        return self._flyout is not None and not self._flyout.isHidden()

    def _switched(self, shown: bool) -> None:
        if self._only_shown:
            return
        if not self._narrow:
            self._window.settings.put(_KEY, shown)
            self.fit()
        elif shown:
            self._open_flyout()
        else:
            self._close_flyout()

    def _open_flyout(self) -> None:
        from layerscope.gui.flyout import Flyout

        if self._flyout is None:
            self._flyout = Flyout(self._window.down, sizes.SIDEBAR + 40)
            self._flyout.closed.connect(self._flown)
        self.bar.show_current(self._window.image)
        self._flyout.open_with(self.bar, self.bar.list)

    def _close_flyout(self) -> None:
        if self._flyout is not None:
            self._flyout.close_()

    def _flown(self) -> None:
        self._check(False)

    def _opened(self, name: str) -> None:
        self._close_flyout()
        self._window.open_image(name)

    def _check(self, shown: bool) -> None:
        """Show the state in menus and palette without acting on it."""
        self._only_shown = True
        self._action.setChecked(shown)
        self._only_shown = False

    def _dock(self, sidebar: Sidebar) -> None:
        if self._window.across.indexOf(sidebar) != 0:
            sidebar.hide()
            self._window.across.insertWidget(0, sidebar)

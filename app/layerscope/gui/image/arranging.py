"""Puts stack, files and inspector where the room allows, and moves between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from layerscope.engine.rootfs import ROOT
from layerscope.gui import sizes, theme
from layerscope.gui.image import arrangement
from layerscope.gui.image.arrangement import Form, form
from layerscope.gui.image.tabs import Tabs
from layerscope.gui.panes import Line
from layerscope.gui.settings import Settings

if TYPE_CHECKING:
    from layerscope.gui.image.files_tab import FilesTab

LAYERS, FILES = range(2)
_SHADOW = 10


class Arranging(QObject):
    """Lays out a ``FilesTab``; ``form`` is how at present.

    The panes are made in their places: stack and files with ``inner`` as their parent, the
    inspector with ``across``.  Then ``start``.
    """

    def __init__(self, tab: FilesTab) -> None:
        super().__init__(tab)
        self.form = Form.BESIDE
        self._tab = tab
        self._told = ROOT  #: the file that the overlay last came for
        self.across = QSplitter(Qt.Orientation.Horizontal, tab)
        self._left = QWidget(self.across)
        words = (tab.tr("Layers"), tab.tr("Files"))
        self.tabs = Tabs(tab.tr("Layers and files"), words, parent=self._left)
        self.inner = QSplitter(Qt.Orientation.Horizontal, self._left)
        self._overlay = _Overlay(tab)

    def start(self, settings: Settings) -> None:
        """Everything is made: lay it out, and keep it laid out."""
        self._lay_out(settings)
        self.tabs.currentChanged.connect(self._show_tab)
        self._tab.current.rested.connect(self._selected)
        self._tab.installEventFilter(self)

    @property
    def overlaid(self) -> bool:
        """Whether the inspector lies over the files now."""
        return self._overlay.isVisible()

    def show_stack(self) -> None:
        """Bring the stack to the front where it shares its place."""
        self.tabs.setCurrentIndex(LAYERS)

    def show_files(self) -> None:
        """Bring the files to the front where they share their place."""
        self.tabs.setCurrentIndex(FILES)

    def show_inspector(self, shown: bool) -> None:
        if not shown:
            self._keep_focus()
        self._tab.inspector.setVisible(shown)
        self._overlay.setVisible(shown and self.form is Form.OVERLAID)
        self._overlay.raise_()

    # Inside

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._tab and event.type() == QEvent.Type.Resize:
            self._fit()
        return False

    def _fit(self) -> None:
        tab = self._tab
        wanted = form(tab.window().width(), tab.width())
        if wanted is not self.form:
            self.form = wanted
            self._place_inspector()
            self.tabs.setVisible(wanted is Form.TABBED)
            self._show_tab()
            tab.actions_.make_room(wanted is Form.OVERLAID)
        width = arrangement.overlay_width(tab.width()) + _SHADOW
        self._overlay.setGeometry(QRect(tab.width() - width, 0, width, tab.height()))

    def _place_inspector(self) -> None:
        inspector = self._tab.inspector
        self._keep_focus()
        if self.form is Form.OVERLAID:
            self._overlay.hold(inspector)
        elif self.across.indexOf(inspector) < 0:
            self._overlay.hide()
            self.across.addWidget(inspector)
            self.across.setCollapsible(1, False)

    def _keep_focus(self) -> None:
        """The inspector goes: the files get its focus, else Qt gives it to anything at all."""
        focus = QApplication.focusWidget()
        if focus is not None and self._tab.inspector.isAncestorOf(focus):
            self._tab.files.view.setFocus()

    def _selected(self, node: int) -> None:
        """The overlay comes for a file that a person chose, once."""
        if self.form is not Form.OVERLAID or not self._tab.files.view.hasFocus():
            return
        if node != self._told and self._tab.actions_.inspector_wanted:
            self._told = node
            self._tab.actions_.show_for_now(True)

    def _show_tab(self, _tab: int = 0) -> None:
        tabbed = self.form is Form.TABBED
        current = self.tabs.currentIndex()
        panes = (self._tab.stack, self._tab.files)
        focus = QApplication.focusWidget()
        left = panes[1 - current]
        moves = tabbed and focus is not None and left.isAncestorOf(focus)
        panes[current].show()
        left.setVisible(not tabbed)
        if moves:
            (self._tab.stack.view, self._tab.files.view)[current].setFocus()

    def _lay_out(self, settings: Settings) -> None:
        tab = self._tab
        tab.stack.setMinimumWidth(arrangement.STACK_LEAST)
        tab.files.setMinimumWidth(sizes.FILES_MIN)
        tab.inspector.setMinimumWidth(arrangement.INSPECTOR_LEAST)
        self.tabs.setProperty("pane", True)
        self.tabs.setCurrentIndex(FILES)
        self.tabs.hide()
        strip = QHBoxLayout()
        strip.setContentsMargins(16, 2, 0, 0)
        strip.addWidget(self.tabs)
        strip.addStretch(1)
        lines = QVBoxLayout(self._left)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addLayout(strip)
        lines.addWidget(self.inner, 1)
        for split, stretched, widths, key in (
            (self.inner, 1, [sizes.STACK, 596], "image.stack"),
            (self.across, 0, [948, sizes.INSPECTOR], "image.inspector"),
        ):
            split.setStretchFactor(stretched, 1)
            split.setChildrenCollapsible(False)
            split.setSizes(widths)
            settings.keep_splitter(split, key)
        line = QHBoxLayout(tab)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.across)


class _Overlay(QWidget):
    """Holds the inspector over the files, with a shadow on its left."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(_SHADOW, 0, 0, 0)
        self._line.setSpacing(0)
        self._line.addWidget(Line())
        self.hide()

    def hold(self, inspector: QWidget) -> None:
        self._line.addWidget(inspector, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        clear, dark = QColor(theme.current().shadow), theme.current().shadow
        clear.setAlpha(0)
        shade = QLinearGradient(0, 0, _SHADOW, 0)
        shade.setColorAt(0, clear)
        shade.setColorAt(1, dark)
        QPainter(self).fillRect(QRect(0, 0, _SHADOW, self.height()), shade)

"""What the breadcrumb asks for, answered from the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint

from layerscope.engine.rootfs import ROOT, Row
from layerscope.gui.image import path_finder
from layerscope.gui.image.menus import sibling_menu

if TYPE_CHECKING:
    from layerscope.gui.image.files_tab import FilesTab


class PathBar(QObject):
    def __init__(self, tab: FilesTab) -> None:
        super().__init__(tab)
        self._tab = tab
        bar = tab.files.breadcrumb
        bar.crumb_chosen.connect(self._crumb_chosen)
        bar.siblings_wanted.connect(self._ask_siblings)
        bar.completing.connect(self._complete)
        bar.path_typed.connect(self.go_to)
        bar.left.connect(tab.files.view.setFocus)

    def go_to(self, path: bytes) -> None:
        """Make a path current; says so if this view has none."""
        reader = self._tab.browsing.reader
        if reader is not None:
            reader.ask("find", path_finder.find(path, self._tab.view), self._found)

    def _found(self, row: object) -> None:
        if not isinstance(row, Row):
            self._tab.notices.no_such_path()
            return
        self._crumb_chosen(row.node)

    def _crumb_chosen(self, node: int) -> None:
        tab = self._tab
        if tab.filter.active:
            tab.clear_filter()
        tab.files.show_found("")
        tab.files.view.setFocus()  # first: with the focus Qt makes some row current
        if node == ROOT:
            tab.files.view.scrollToTop()
        else:
            tab.files.view.choose(node)

    def _ask_siblings(self, node: int, at: QPoint) -> None:
        tab = self._tab
        if tab.browsing.timeline is not None:
            rows = path_finder.siblings(tab.browsing.timeline, node, tab.view)
            sibling_menu(tab, rows, node, self._crumb_chosen).popup(at)

    def _complete(self, text: str) -> None:
        reader = self._tab.browsing.reader
        if reader is not None:
            reader.ask("complete", path_finder.completions(text, self._tab.view), self._offer)

    def _offer(self, paths: object) -> None:
        if isinstance(paths, list):
            self._tab.files.breadcrumb.offer(paths)

"""What can be done with the files that are chosen: look into them, copy their paths, the menus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut

from layerscope.engine.rootfs import ROOT, Row
from layerscope.gui.image.copying import copy_paths
from layerscope.gui.image.menus import file_menu, layer_menu

if TYPE_CHECKING:
    from layerscope.gui.image.files_tab import FilesTab


class FileVerbs(QObject):
    """The verbs of one ``FilesTab``, by key, double click and context menu."""

    def __init__(self, tab: FilesTab) -> None:
        super().__init__(tab)
        self._tab = tab
        rows = tab.files.view
        rows.peeked.connect(self.peek)
        rows.opened.connect(self._open_preview)
        rows.menu_wanted.connect(self._ask_file_menu)
        tab.stack.menu_wanted.connect(self._ask_layer_menu)
        tab.inspector.node_chosen.connect(self._go_to_node)
        copy = QShortcut(QKeySequence.StandardKey.Copy, rows)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_chosen)

    def paths(self, rows: Sequence[Row]) -> list[bytes]:
        """Where rows are, as bytes without a leading slash."""
        timeline = self._tab.browsing.timeline
        return [timeline.path(row.node) for row in rows] if timeline is not None else []

    def copy(self, rows: Sequence[Row]) -> None:
        """Copy the paths of rows."""
        copy_paths(self.paths(rows))

    def copy_chosen(self) -> None:
        self.copy(self._tab.files.view.chosen())

    def peek(self, _row: object = None) -> None:
        """Show the inspector for the current file."""
        self._tab.actions_.show_inspector()
        self._tab.current.ask_details()

    def play(self) -> None:
        """Play the lookup of the current file, or pause and go on."""
        self._tab.current.take_selected()
        if self._tab.current.node != ROOT:
            self._tab.actions_.show_inspector()
            if not self._tab.inspector.play_lookup(self._tab.current.node):
                self._tab.current.ask_details()

    # Inside

    def _open_preview(self, _row: object) -> None:
        self.peek()
        self._tab.inspector.preview.tabs.setFocus()

    def _go_to_node(self, node: int) -> None:
        self._tab.files.view.setFocus()  # first: with the focus Qt makes some row current
        self._tab.files.view.choose(node)

    def _ask_file_menu(self, at: QPoint) -> None:
        rows = self._tab.files.view.chosen()
        if rows:
            file_menu(self._tab, rows).popup(at)

    def _ask_layer_menu(self, number: int, at: QPoint) -> None:
        if self._tab.detail is not None:
            layer_menu(self._tab, self._tab.detail.layer(number)).popup(at)

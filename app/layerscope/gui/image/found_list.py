"""What a filter found in place of the folders, and the way back to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from layerscope.engine.rootfs import Matches

if TYPE_CHECKING:
    from layerscope.gui.image.files_tab import FilesTab


class FoundList(QObject):
    """Without a filter the list is as it was before: open folders, scroll position, current."""

    def __init__(self, tab: FilesTab) -> None:
        super().__init__(tab)
        self._tab = tab
        self._scroll = 0
        self._told = ("", frozenset[str]())
        tab.filter.found.connect(self._found)

    def _found(self, matches: Matches | None) -> None:
        tab = self._tab
        rows, detail, timeline = tab.files.view, tab.detail, tab.browsing.timeline
        if detail is None or timeline is None:
            return
        if matches is not None:
            told = (tab.filter.text, tab.filter.changes)
            self._show(matches, told == self._told)
            self._told = told
        elif rows.files.matches is not None:
            rows.files.show_matches(None)
            rows.files.show_view(tab.view)
            rows.verticalScrollBar().setValue(self._scroll)
            tab.current.look(tab.view)
        tab.notices.found(matches, len(timeline), tab.filter.text)
        if matches is None:
            tab.notices.listed(rows.files.rowCount(), tab.view, detail)

    def _show(self, matches: Matches, again: bool) -> None:
        """``again``: what the same filter finds in another view."""
        rows = self._tab.files.view
        in_sight = rows.in_sight
        if rows.files.matches is None:
            self._scroll = rows.verticalScrollBar().value()
        again = again and rows.files.matches is not None
        rows.files.show_matches(matches)
        if again:
            self._tab.current.look(self._tab.view, in_sight)
        first = next((row for row in matches.rows if row.node in matches.found), None)
        if first is not None and rows.current is None:
            rows.selectRow(rows.files.number_of(first.node))

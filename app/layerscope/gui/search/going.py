"""The way to the Search page from everywhere else, with a text to look for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerscope.gui.trail import Section

if TYPE_CHECKING:
    from layerscope.gui.window import MainWindow


def search_in(window: MainWindow, text: str) -> None:
    """Show the Search page and search for ``text``; a whole reference is previewed there."""
    from layerscope.gui.search.page import SearchPage

    window.open_section(Section.SEARCH)
    page = window.pages.currentWidget()
    if isinstance(page, SearchPage):
        page.search_for(text)

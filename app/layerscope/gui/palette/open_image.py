"""Lets the palette ask the page of the open image: for its files, its layers, and to go there."""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.engine.errors import BadInput
from layerscope.engine.library.values import LayerRow
from layerscope.engine.rootfs import Query, View
from layerscope.gui.image.page import ImagePage


class PageOfImage:
    """The open image as ``palette.entries.OpenImage``; finds nothing while it is being read."""

    def __init__(self, page: ImagePage) -> None:
        self._page = page

    def find_files(self, text: str, limit: int) -> Sequence[tuple[bytes, int]]:
        timeline = self._page.files.browsing.timeline
        if timeline is None:
            return ()
        view = self._page.files.view
        merged = View(view.as_of, view.baseline)
        try:
            matches = timeline.matching(Query.parse(text), merged, limit)
        except BadInput:  # half a word of the filter's language: nothing to find yet
            return ()
        found = [row for row in matches.rows if row.node in matches.found]
        return [(timeline.path(row.node), row.origin) for row in found[:limit]]

    def reveal(self, path: bytes) -> None:
        self._page.show_path(path)

    def layer_rows(self) -> Sequence[LayerRow]:
        return self._page.detail.layers if self._page.detail is not None else ()

    def select_layer(self, number: int) -> None:
        self._page.show_layer(number)

"""What the menus of an image ask to have written to the disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from layerscope.engine.library.values import LayerRow
from layerscope.engine.rootfs import Row
from layerscope.gui.giving.wishes import Layer, Tree
from layerscope.gui.listing import title

if TYPE_CHECKING:
    from layerscope.gui.image.files_tab import FilesTab


def extract(tab: FilesTab, rows: Sequence[Row]) -> None:
    """The chosen files as they are seen now."""
    detail, timeline = tab.detail, tab.browsing.timeline
    if detail is None or timeline is None:
        return
    paths = tuple(timeline.path(row.node) for row in rows)
    name, count = str(detail.row.digest), len(detail.layers)
    wish = Tree(name, title(detail.row), tab.view.as_of, count, paths, tab.view.layer)
    tab.actions_.ask_to_write(wish)


def export(tab: FilesTab, as_of: int) -> None:
    """All files as seen from a layer."""
    if tab.detail is not None:
        row, count = tab.detail.row, len(tab.detail.layers)
        tab.actions_.ask_to_write(Tree(str(row.digest), title(row), as_of, count))


def export_layer(tab: FilesTab, layer: LayerRow) -> None:
    if tab.detail is not None:
        row = tab.detail.row
        sizes = layer.compressed, layer.media_type
        tab.actions_.ask_to_write(Layer(str(row.digest), title(row), layer.number, *sizes))

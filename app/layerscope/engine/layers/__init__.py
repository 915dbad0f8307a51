"""One layer: its entries, indexed in one verified pass, and the bytes of its files."""

from importlib import import_module
from typing import TYPE_CHECKING

from layerscope.engine.layers.names import clean
from layerscope.engine.layers.values import Damage, Entry, Kind, LayerSummary, Mark, Warning

if TYPE_CHECKING:
    from layerscope.engine.layers.building import build_index
    from layerscope.engine.layers.columns import Block
    from layerscope.engine.layers.index_file import INDEX_VERSION, LayerIndex
    from layerscope.engine.layers.reading import open_file

__all__ = [
    "INDEX_VERSION",
    "Block",
    "Damage",
    "Entry",
    "Kind",
    "LayerIndex",
    "LayerSummary",
    "Mark",
    "Warning",
    "build_index",
    "clean",
    "open_file",
]

_LATER = {
    "INDEX_VERSION": "index_file",
    "Block": "columns",
    "LayerIndex": "index_file",
    "build_index": "building",
    "open_file": "reading",
}


def __getattr__(name: str) -> object:
    """The decompressors come with the first use: a window that only looks needs none."""
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)

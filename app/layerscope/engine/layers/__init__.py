"""One layer: its entries, indexed in one verified pass, and the bytes of its files."""

from layerscope.engine.layers.building import build_index
from layerscope.engine.layers.columns import Block
from layerscope.engine.layers.index_file import INDEX_VERSION, LayerIndex
from layerscope.engine.layers.names import clean
from layerscope.engine.layers.reading import open_file
from layerscope.engine.layers.values import Damage, Entry, Kind, LayerSummary, Mark, Warning

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

"""The command palette: one field that finds files, commands, layers, images and digests."""

from layerscope.gui.palette.sheet import Palette

__all__ = ["Palette"]

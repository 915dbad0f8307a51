"""What a page can ask to have written to the disk."""

from __future__ import annotations

from layerscope.engine.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of an image as seen from layer ``as_of`` of ``layers``.

    ``name`` is what the library finds the image by, ``title`` what people call it.  With ``paths``
    only these, and with ``layer`` only what this layer stores of them.
    """

    name: str
    title: str
    as_of: int
    layers: int
    paths: tuple[bytes, ...] = ()
    layer: int | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer as a file; ``compression`` is the end of a file name, such as ".gz"."""

    name: str
    title: str
    number: int
    compressed: int
    media_type: str

"""Deletes indexes and timelines of layers that no image of the store has any more."""

from __future__ import annotations

from . import browsing, indexes
from .ground import Ground
from .stacks import judged


def tidy(ground: Ground) -> int:
    """Bytes freed.  What belongs to images that were removed before goes as well, although an undo
    could still bring them back: all of it can be made again."""
    layers: set[str] = set()
    views: set[str] = set()
    for image in ground.catalogue.images():
        layers.update(indexes.index_key(layer.digest) for layer in image.layers)
        read = [
            judged(image, number, indexes.known_summary(ground, layer.digest))
            for number, layer in enumerate(image.layers, 1)
        ]
        readable = browsing.readable(read)
        if readable:
            views.add(browsing.timeline_key(browsing.stack_id(image, readable)))
    return ground.store.drop_unneeded_caches({indexes.KIND: layers, browsing.KIND: views})

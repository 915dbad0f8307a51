"""The index files of layers: where they are, what they say, and how missing ones are made."""

from __future__ import annotations

from pathlib import Path

from layerscope.engine.content import files
from layerscope.engine.errors import StoreUnreadable
from layerscope.engine.layers import INDEX_VERSION, LayerIndex, LayerSummary
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.store import Store
from layerscope.engine.task import Task

from .catalogue import StoredImage
from .ground import Ground
from .passes import IndexOrder, index_layer

KIND = "layers"


def index_key(layer: Digest) -> str:
    """The key is the digest of the compressed blob, not the DiffID: the index says where in these
    very bytes each file begins."""
    return f"{layer.algorithm}-{layer.hex}.v{INDEX_VERSION}"


def index_path(store: Store, layer: Digest) -> Path:
    return store.cache_path(KIND, index_key(layer))


def known_summary(ground: Ground, layer: Digest) -> LayerSummary | None:
    """What a finished index says about its layer; None if there is none."""
    remembered = ground.summaries.get(layer)
    if remembered is not None:
        return remembered
    path = index_path(ground.store, layer)
    try:
        with LayerIndex.open(path) as index:
            summary = index.summary
    except (FileNotFoundError, StoreUnreadable):
        return None
    ground.summaries[layer] = summary
    return summary


def finished_summary(ground: Ground, layer: Digest) -> LayerSummary | None:
    """Like ``known_summary``, but only while the index file is there, as another program that
    shares the store may have removed it, if none of its bytes has rotted, and if no raised limit
    lets more of the layer be read."""
    path = index_path(ground.store, layer)
    if layer not in ground.sound:
        try:
            with LayerIndex.open(path) as index:
                index.check()
        except FileNotFoundError:
            return None
        except StoreUnreadable:
            forget(ground, layer)
            return None
        ground.sound.add(layer)
    elif not path.exists():
        return None
    summary = known_summary(ground, layer)
    damage = summary.damage if summary is not None else None
    if damage is not None and damage.limit and getattr(ground.limits, damage.limit) > damage.value:
        return None
    return summary


def forget(ground: Ground, layer: Digest) -> None:
    """The index of this layer cannot be used: make a new one when it is next needed."""
    ground.summaries.pop(layer, None)
    ground.sound.discard(layer)
    files.remove_whatever(index_path(ground.store, layer))


def unpacked_size(ground: Ground, image: StoredImage) -> int | None:
    """The sum of the uncompressed layers; None until all of them are indexed to their end."""
    total = 0
    for layer in image.layers:
        summary = known_summary(ground, layer.digest)
        if summary is None or summary.damage is not None:
            return None
        total += summary.tar_size
    return total if image.parts.manifest is not None else None


def ensure_index(
    ground: Ground,
    layer: Descriptor,
    diff_id: Digest | None,
    task: Task,
    *,
    arriving: Path | None = None,
    urgent: bool = True,
) -> LayerSummary:
    """The summary of a stored layer, from a pass over it if there is no index yet.

    Does not raise for a layer that is damaged or has another DiffID: its summary says so.
    ``arriving`` is the file in which its blob is still being written: then this raises BlobDamaged
    if that is not seen to be right, and FileNotFoundError if it has become the blob already.
    What is not ``urgent`` leaves the processors to what is.
    """
    path = index_path(ground.store, layer.digest)
    with ground.making(path, task):
        summary = finished_summary(ground, layer.digest)
        if summary is not None:
            return summary
        blob = ground.store.blob_path(layer.digest)
        order = IndexOrder(blob, layer, diff_id, path, ground.limits, arriving, urgent)
        summary = ground.passes.run(index_layer, order, task=task)
        ground.summaries[layer.digest] = summary
        ground.sound.add(layer.digest)
        ground.has_built()
        return summary

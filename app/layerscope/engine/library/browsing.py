"""The merged view of an image: its timeline, made when it is first asked for, and file bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from layerscope.engine.content import files
from layerscope.engine.content.wording import display_name
from layerscope.engine.errors import (
    BlobMissing,
    LayerDamaged,
    LimitReached,
    PathNotFound,
    StoreUnreadable,
)
from layerscope.engine.layers import INDEX_VERSION, LayerIndex
from layerscope.engine.oci import Digest, chain_ids
from layerscope.engine.rootfs import TIMELINE_VERSION, check_timeline
from layerscope.engine.task import Task

from .catalogue import StoredImage
from .finding import find
from .ground import Ground
from .indexes import ensure_index, forget, index_path
from .passes import MergeOrder, merge_layers
from .stacks import ReadLayer, read_layers
from .values import Browsable

KIND = "views"


def browse(ground: Ground, name: str, task: Task) -> Browsable:
    image = find(ground.catalogue.images(), name).image
    if image.parts.manifest is None:
        raise LayerDamaged(
            f"{display_name(name)} has no layers to show: {image.parts.unreadable}",
            hint="Pull it again.",
            layer="",
            offset=0,
        )
    layers, chain = _made(ground, image, task)
    stack = readable(layers)
    return Browsable(
        timeline=str(timeline_path(ground, chain)),
        chain_id=chain,
        top=len(stack),
        damage=" ".join(layer.trouble for layer in layers if layer.trouble),
    )


def _made(ground: Ground, image: StoredImage, task: Task) -> tuple[tuple[ReadLayer, ...], Digest]:
    """The layers and the name of their timeline, which exists now.  Indexes that turn out to be
    gone or damaged are made once more."""
    layers = read_layers(ground, image, task)
    try:
        return _merged(ground, image, layers, task)
    except (FileNotFoundError, StoreUnreadable):
        for layer in image.layers:
            forget(ground, layer.digest)
    return _merged(ground, image, read_layers(ground, image, task), task)


def _merged(
    ground: Ground, image: StoredImage, layers: tuple[ReadLayer, ...], task: Task
) -> tuple[tuple[ReadLayer, ...], Digest]:
    """As ``_made``; the layers from the one on with which the merge reached a limit are left out.
    LimitReached if that is the first."""
    stack = readable(layers)
    chain = stack_id(image, stack)
    try:
        _make(ground, image, stack, timeline_path(ground, chain), task)
    except LimitReached as error:
        if error.layer <= 1:
            raise
        left_out = ReadLayer(error.layer, None, f"{error} {error.hint}")
        below, above = layers[: error.layer - 1], layers[error.layer :]
        return _merged(ground, image, (*below, left_out, *above), task)
    return layers, chain


def known_timeline(ground: Ground, image: StoredImage, layers: Sequence[ReadLayer]) -> Path | None:
    """The finished timeline of all layers of an image, if there is one."""
    stack = readable(layers)
    if len(stack) < len(image.layers) or not stack:
        return None
    path = timeline_path(ground, stack_id(image, stack))
    return path if path.exists() else None


def read_file(
    ground: Ground, name: str, layer: int, entry: int, offset: int, length: int, task: Task
) -> bytes:
    image = find(ground.catalogue.images(), name).image
    if not 1 <= layer <= len(image.layers):
        raise PathNotFound(
            f"{display_name(name)} has {len(image.layers)} layers, but no layer {layer}.", path=""
        )
    descriptor = image.layers[layer - 1]
    if not ground.store.has(descriptor):
        raise BlobMissing(
            f"Layer {layer} of {display_name(name)} is not stored.",
            hint="Pull the image again.",
            digest=str(descriptor.digest),
        )
    from layerscope.engine.layers import open_file

    ensure_index(ground, descriptor, image.diff_id(layer), task)
    task.checkpoint()
    blob = ground.store.blob_path(descriptor.digest)
    with LayerIndex.open(index_path(ground.store, descriptor.digest)) as index:
        try:
            file = open_file(blob, index, entry)
        except IndexError:
            raise PathNotFound(
                f"Layer {layer} of {display_name(name)} has no entry {entry}.", path=""
            ) from None
        with file:
            file.seek(offset)
            return file.read(length)


def stack_id(image: StoredImage, layers: Sequence[ReadLayer]) -> Digest:
    """The ChainID of what the layers really hold; where one is damaged, a name of its own."""
    found = [layer.summary for layer in layers if layer.summary is not None]
    whole = [each.diff_id for each in found if each.damage is None and each.diff_id is not None]
    if whole and len(whole) == len(layers):
        return chain_ids(whole)[-1]
    # How far a damaged layer could be read may change with the limits.
    parts = [
        f"{image.layers[number].digest} {each.damage.offset if each.damage else ''}"
        for number, each in enumerate(found)
    ]
    return Digest("sha256", hashlib.sha256("\n".join(parts).encode()).hexdigest())


def timeline_key(chain: Digest) -> str:
    return f"{chain.algorithm}-{chain.hex}.v{INDEX_VERSION}.{TIMELINE_VERSION}"


def timeline_path(ground: Ground, chain: Digest) -> Path:
    return ground.store.cache_path(KIND, timeline_key(chain))


def readable(layers: Sequence[ReadLayer]) -> list[ReadLayer]:
    """From the bottom up to the first layer that cannot be read at all."""
    stack = []
    for layer in layers:
        if layer.summary is None:
            break
        stack.append(layer)
    return stack


def _make(
    ground: Ground, image: StoredImage, layers: Sequence[ReadLayer], target: Path, task: Task
) -> None:
    with ground.making(target, task):
        if _usable(target):
            return
        indexes = tuple(
            index_path(ground.store, image.layers[layer.number - 1].digest) for layer in layers
        )
        order = MergeOrder(indexes, target, ground.limits)
        ground.passes.run(merge_layers, order, task=task)
        ground.has_built()


def _usable(timeline: Path) -> bool:
    """Whether it is there and whole; one that is not is removed, to be made again."""
    try:
        check_timeline(timeline)
    except FileNotFoundError:
        return False
    except StoreUnreadable:
        files.remove_whatever(timeline)
        return False
    return True

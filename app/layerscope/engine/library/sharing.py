"""Who shares which layers: the blocks of layers that the same images hold."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Descriptor, Digest

from .catalogue import StoredImage
from .values import BlockUse


@dataclass(frozen=True, slots=True)
class Sharing:
    """``holders`` maps the digest of a layer to the images that hold it, as the bits of a whole
    number: bit n is ``images[n]``.  Five hundred images that all share a base would otherwise need
    millions of set entries."""

    images: Sequence[StoredImage]
    holders: dict[Digest, int]
    blocks: tuple[tuple[BlockUse, ...], ...]  #: of each image, bottom first

    @classmethod
    def of(cls, images: Sequence[StoredImage], names: Sequence[str]) -> Sharing:
        """``names`` are what people call the images, in the same order."""
        holders: dict[Digest, int] = {}
        for number, image in enumerate(images):
            for layer in image.layers:
                holders[layer.digest] = holders.get(layer.digest, 0) | (1 << number)
        runs = [_runs(image, holders) for image in images]
        labels = _labels(images, names)
        blocks = tuple(tuple(_block(run, holders, labels) for run in each) for each in runs)
        return cls(images, holders, blocks)

    def others(self, digest: Digest, image: int) -> list[int]:
        """The numbers of the images besides ``image`` that hold a layer."""
        return _bits(self.holders.get(digest, 0) & ~(1 << image))

    def all_blocks(self) -> tuple[BlockUse, ...]:
        """Every shared block once, the most used bytes first, and last what only one image uses,
        added up under an empty key."""
        shared: dict[str, BlockUse] = {}
        alone = 0
        for blocks in self.blocks:
            for block in blocks:
                if block.images > 1:
                    shared.setdefault(block.key, block)
                else:
                    alone += block.size
        order = sorted(shared.values(), key=lambda block: (-block.size * block.images, block.key))
        return (*order, BlockUse("", alone, 1)) if alone else tuple(order)


def _runs(image: StoredImage, holders: dict[Digest, int]) -> list[list[Descriptor]]:
    """The layers, bottom first, cut wherever another set of images begins.  A layer that the
    image holds twice is stored once, so its second time is left out."""
    runs: list[list[Descriptor]] = []
    seen: set[Digest] = set()
    before = 0
    for layer in image.layers:
        if layer.digest in seen:
            continue
        seen.add(layer.digest)
        here = holders[layer.digest]
        if not runs or here != before:
            runs.append([])
        runs[-1].append(layer)
        before = here
    return runs


def _block(
    run: Sequence[Descriptor], holders: dict[Digest, int], labels: dict[Digest, str]
) -> BlockUse:
    key = hashlib.sha256(" ".join(str(layer.digest) for layer in run).encode()).hexdigest()[:24]
    top = run[-1].digest
    return BlockUse(
        key=key,
        size=sum(layer.size for layer in run),
        images=holders[top].bit_count(),
        label=labels.get(top, ""),
    )


def _labels(images: Sequence[StoredImage], names: Sequence[str]) -> dict[Digest, str]:
    """For each layer that is the top of some image: the name of the smallest such image."""
    smallest: dict[Digest, tuple[int, str]] = {}
    for image, name in zip(images, names, strict=True):
        if image.layers and name:
            top = image.layers[-1].digest
            size = sum(layer.size for layer in image.layers)
            smallest[top] = min(smallest.get(top, (size, name)), (size, name))
    return {top: name for top, (_, name) in smallest.items()}


def _bits(mask: int) -> list[int]:
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found

"""The files of an image ready to be given back: readable, kept from being deleted, and counted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from layerscope.engine.content.extraction import Extracted, Rules
from layerscope.engine.content.leaving import BY_RULE, LEFT_OUT, Why
from layerscope.engine.content.wording import display_name
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import BlobMissing, LayerDamaged, NotFound
from layerscope.engine.layers import LayerIndex
from layerscope.engine.layers.contents import LayerContents
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.rootfs import Timeline, View
from layerscope.engine.rootfs.selection import Tally
from layerscope.engine.rootfs.sinks import TarSink
from layerscope.engine.task import Progress, Task

from .browsing import browse
from .catalogue import StoredImage
from .finding import find
from .ground import Ground
from .indexes import index_path
from .stacks import ReadLayer, differs, read_layers
from .values.giving_back import Exported, OwnerCount, TreePlan, WrittenPath

_MOST_OWNERS = 100
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Tree:
    """The open timeline of one image; ``name`` is what people call it."""

    ground: Ground
    image: StoredImage
    name: str
    timeline: Timeline
    layers: tuple[ReadLayer, ...]

    def view(self, as_of: int | None = None, layer: int | None = None) -> View:
        """Raises NotFound for a layer that is not there or cannot be read."""
        count = len(self.image.layers)
        for number in (as_of, layer):
            if number is not None and not 1 <= number <= count:
                raise NotFound(
                    f"{self.name} has no layer {number}.",
                    hint=f"Its layers are 1 to {count}." if count else "It has none.",
                )
        return View(as_of or count, layer=layer)

    def require(self, numbers: Sequence[int]) -> None:
        """Raise BlobMissing or LayerDamaged unless all that these layers hold can be read."""
        for number in numbers:
            layer = self.layers[number - 1]
            descriptor = self.image.layers[number - 1]
            if layer.summary is None or not self.ground.store.has(descriptor):
                raise BlobMissing(
                    f"Layer {number} of {self.name} is not stored.",
                    hint="Pull the image again.",
                    digest=str(descriptor.digest),
                )
            if layer.summary.damage is not None:
                raise LayerDamaged(
                    f"{self.name} cannot be given back whole: {layer.trouble}",
                    hint="Single files can be extracted as far as the layer can be read.",
                    layer=str(descriptor.digest),
                    offset=layer.summary.damage.offset,
                )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about its layers, though they can be read."""
        return tuple(
            layer.trouble
            for layer in self.layers
            if layer.summary is not None
            and layer.summary.damage is None
            and differs(layer.summary, self.image.diff_id(layer.number))
        )

    @contextmanager
    def open_layer(self, number: int) -> Iterator[LayerContents]:
        descriptor = self.image.layers[number - 1]
        blob = open_layer_blob(self.ground, self.name, number, descriptor)
        with LayerIndex.open(index_path(self.ground.store, descriptor.digest)) as index:
            contents = LayerContents(blob, index)
            try:
                yield contents
            finally:
                contents.close()


@contextmanager
def open_tree(ground: Ground, name: str, task: Task) -> Iterator[Tree]:
    """Index and merge what is not yet, and keep the layers from being deleted meanwhile."""
    found = find(ground.catalogue.images(), name)
    image = found.image
    with held(ground, [layer.digest for layer in image.layers], task):
        browsable = browse(ground, str(image.digest), task)
        layers = read_layers(ground, image, task)
        with Timeline.open(Path(browsable.timeline), display_name(name)) as timeline:
            yield Tree(ground, image, display_name(name), timeline, layers)


@contextmanager
def held(ground: Ground, digests: Sequence[Digest], task: Task) -> Iterator[None]:
    """Nobody deletes these blobs during the block; in a store that cannot be changed, nobody can
    anyway."""
    if not ground.store.writable:
        yield
        return
    with ground.store.lease(task) as lease:
        lease.keep(digests, task)
        yield


def open_layer_blob(ground: Ground, name: str, number: int, layer: Descriptor) -> BinaryIO:
    try:
        return ground.store.open_blob(layer.digest, layer.size)
    except BlobMissing as error:
        raise BlobMissing(
            f"Layer {number} of {name} is not stored.",
            hint="Pull the image again.",
            digest=str(layer.digest),
        ) from error


class Reporter:
    """Tells how much content has been written."""

    def __init__(self, total: int, task: Task) -> None:
        self._total = total
        self._task = task
        self._done = 0

    def wrote(self, layer: int, count: int) -> None:
        self._done += count
        self._task.report(Progress(self._done, self._total, f"Writing files of layer {layer}"))


def planned(tree: Tree, tally: Tally, rules: Rules, conflicts: Sequence[str] = ()) -> TreePlan:
    me = (os.geteuid(), os.getegid()) if hasattr(os, "geteuid") else (-1, -1)
    owners = tuple(
        OwnerCount(uid, gid, count, rules.owners or (uid, gid) == me)
        for (uid, gid), count in tally.owners
    )
    return TreePlan(
        files=tally.files,
        folders=tally.folders,
        symlinks=tally.symlinks,
        hard_links=tally.hard_links,
        devices=tally.devices,
        fifos=tally.fifos,
        others=tally.others,
        bytes=tally.bytes,
        tar_bytes=tally.bytes + _BLOCK * tally.paths + _BLOCK // 2 * tally.files,
        setuid=tally.setuid,
        xattrs=tally.xattrs,
        owners=owners[:_MOST_OWNERS],
        owners_lost=sum(each.paths for each in owners if not each.kept),
        layers=len(tally.layers),
        conflicts=tuple(conflicts),
        warnings=tree.warnings,
    )


def of_folder(tree: Tree, done: Extracted, written: Sequence[WrittenPath] = ()) -> Exported:
    return Exported(
        target=done.folder,
        files=done.files,
        folders=done.folders,
        links=done.links,
        bytes=done.bytes,
        left_out=done.left_out,
        missed=_missed(done.counts.items()),
        notes=done.notes,
        counts=tuple(done.counts.items()),
        written=tuple(written),
        warnings=tree.warnings,
    )


def of_tar(tree: Tree, sink: TarSink, target: str, size: int) -> Exported:
    counts = sink.notes.counts
    return Exported(
        target=target,
        files=sink.files,
        folders=sink.folders,
        links=sink.links,
        bytes=sink.bytes,
        size=size,
        left_out=sum(count for why, count in counts.items() if why in LEFT_OUT),
        missed=_missed(counts.items()),
        notes=sink.notes.first,
        counts=tuple(counts.items()),
        warnings=tree.warnings,
    )


def _missed(counts: Iterable[tuple[Why, int]]) -> int:
    return sum(count for why, count in counts if why in LEFT_OUT and why not in BY_RULE)

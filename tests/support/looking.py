"""Everything that a window would ask about an image or a layer, however odd it is."""

from __future__ import annotations

import random
from pathlib import Path

from layerscope.engine.content.limits import Limits
from layerscope.engine.errors import LayerscopeError
from layerscope.engine.layers import Kind, LayerIndex, build_index, open_file
from layerscope.engine.library import open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.oci.media_types import OCI_LAYER
from layerscope.engine.rootfs import Query, Timeline, View
from layerscope.engine.task import Task

_LARGE = 64 << 20  #: bytes of a file system; writing holes of more takes longer than an input may


def look(store: Path, name: str, dice: random.Random) -> None:
    """Each question about an image may be refused."""
    library = open_library(store, InlinePasses())
    library.images(task=Task())
    library.verify(task=Task())
    library.plan_prune(all_unused=True, task=Task())
    try:
        library.image(name, task=Task())
        library.document(name, "config", task=Task())
    except LayerscopeError:
        pass
    found = library.browse(name, task=Task())
    library.image(name, task=Task())
    with Timeline.open(Path(found.timeline)) as timeline:
        view = View(found.top)
        rows = list(timeline.walk(view))
        timeline.matching(Query.parse("a"), view, 100)
        for row in rows[:50]:
            timeline.path(row.node)
            if row.entry is not None and row.size:
                try:
                    offset = dice.randrange(row.size + 1)
                    library.read_file(name, *row.entry, offset, 4096, task=Task())
                except LayerscopeError:
                    pass
        size = sum(row.size for row in rows)
    if size < _LARGE:
        library.export_stream(name, lambda piece: len(piece), task=Task())


def look_at_layer(tar: bytes, work: Path, dice: random.Random) -> None:
    """Everything about a layer on its own; files are made beside ``work``."""
    blob = work.with_name("blob")
    blob.write_bytes(tar)
    target = blob.with_name("index")
    descriptor = Descriptor(OCI_LAYER, Digest.of(tar), len(tar))
    build_index(blob, descriptor, descriptor.digest, target, Limits(), Task())
    with LayerIndex.open(target) as index:
        for number in range(min(len(index), 100)):
            entry = index.entry(number)
            if entry.kind is Kind.FILE and entry.size:
                with open_file(blob, index, number) as file:
                    file.seek(dice.randrange(entry.size))
                    file.read(4096)

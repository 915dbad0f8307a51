"""What is known of the images of the store, down to their layers and documents."""

from __future__ import annotations

from datetime import datetime

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Digest, Platform, RunConfig


@dataclass(frozen=True, slots=True)
class BlockUse:
    """One run of an image's layers that is shared by the same set of images.

    ``key`` is equal for equal blocks of different images; ``images`` counts the images that hold
    it; ``label`` names the smallest image that ends with it, or is empty.
    """

    key: str
    size: int
    images: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One image of the store: one manifest, however many tags point to it.

    ``size`` is the sum of the uncompressed layers, None until all of them are indexed;
    ``compressed`` the blobs as stored (layers and config).  ``unique`` is what deleting only this
    image would free, ``shared`` what other images need as well; both are stored bytes, so that
    ``unique + shared == compressed``.
    """

    image_id: Digest
    digest: Digest
    references: tuple[str, ...]  #: canonical, in the order they were given
    familiar: tuple[str, ...]  #: the same, as people write them
    created: datetime | None
    platform: Platform
    size: int | None
    compressed: int
    unique: int
    shared: int
    layers: int
    blocks: tuple[BlockUse, ...]
    dangling: bool
    missing: int  #: layers whose blob is not in the store
    invalid_name: str = ""  #: a name written by somebody else that is not a reference
    unreadable: str = ""  #: why manifest or config cannot be read; empty when they can


@dataclass(frozen=True, slots=True)
class DiskUse:
    """The store's disk use.  ``if_not_shared`` is what the images would take with no sharing."""

    path: str
    images: int
    layers: int
    on_disk: int
    if_not_shared: int
    shared: int  #: bytes of blobs that two or more images use
    unique: int  #: bytes of blobs that one image uses
    reclaimable: int  #: bytes that a prune of dangling images would free
    trash: int
    partial: int  #: bytes kept of unfinished downloads
    derived: int  #: indexes and timelines; can be made again
    blocks: tuple[BlockUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """All images, newest first, with the generation of the store they were read from."""

    generation: str
    images: tuple[ImageRow, ...]
    disk: DiskUse
    undoable: str = ""  #: what ``undo`` would take back, for people; empty when nothing
    warnings: tuple[str, ...] = ()
    writable: bool = True
    redoable: str = ""  #: what ``redo`` would do once more


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer of an image.  The counts are None until the layer is indexed."""

    number: int
    digest: Digest
    diff_id: Digest | None
    chain_id: Digest | None
    media_type: str
    compressed: int
    size: int | None
    created: datetime | None
    created_by: str
    keyword: str  #: RUN, COPY, … of the step that made it
    command: str  #: the rest of that step, builder noise removed
    comment: str
    entries: int | None = None
    added: int | None = None
    modified: int | None = None
    metadata: int | None = None
    deleted: int | None = None
    opaque: int | None = None
    shared_by: tuple[str, ...] = ()  #: names of other images of the store that hold it
    stored: bool = True
    damage: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepRow:
    """One history entry.  ``layer`` is None for steps that only set metadata."""

    layer: int | None
    created: datetime | None
    author: str
    created_by: str
    keyword: str
    command: str
    comment: str
    size: int | None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class ImageDetail:
    """Everything about one image but its files."""

    row: ImageRow
    layers: tuple[LayerRow, ...]  #: bottom first
    steps: tuple[StepRow, ...]  #: newest first
    run: RunConfig
    author: str
    base_layers: int  #: how many layers from the bottom another image of the store ends with
    base_name: str
    documents: tuple[str, ...]  #: of index, manifest, config: those that are stored
    warnings: tuple[str, ...] = ()

    def layer(self, number: int) -> LayerRow:
        """By its number, from 1 at the bottom."""
        return self.layers[number - 1]


@dataclass(frozen=True, slots=True)
class Document:
    """One document, byte-exact.  ``matches`` tells whether ``raw`` hashes to ``digest``."""

    which: str
    media_type: str
    digest: Digest
    raw: bytes
    matches: bool

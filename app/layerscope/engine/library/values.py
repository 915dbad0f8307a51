"""What the library answers: frozen values that the window and the command line show.

Numbers are bytes unless a name says otherwise, times are aware datetimes or None, layers are
numbered from the bottom starting at 1, digests are ``Digest`` values.  All values pickle, because
they travel from the worker to the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from layerscope.engine.content.wording import display_name, size_text
from layerscope.engine.oci import Digest, Platform, RunConfig

__all__ = [  # names that pass through here are for the window, which sees no lower floor
    "BlockUse",
    "Browsable",
    "Candidate",
    "DiskUse",
    "Document",
    "Finding",
    "FoundRow",
    "ImageDetail",
    "ImageRow",
    "LayerPlan",
    "LayerRow",
    "Listing",
    "Loaded",
    "PullPreview",
    "Pulled",
    "PulledLayer",
    "RegistryRow",
    "Removal",
    "RemovalPlan",
    "Searching",
    "Settings",
    "StepRow",
    "TagChange",
    "TagRow",
    "Verified",
    "display_name",
    "size_text",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the engine obeys; ``settings`` reads them and ``change_settings`` writes them.

    ``registries`` are hosts in the order they are offered; ``plain_http`` hosts are spoken to
    without TLS; ``ca_files`` maps a host to the PEM file it is trusted by; ``limits`` holds the
    fields of ``content.limits.Limits`` that differ from their defaults; ``downloads`` is how many
    layers of one pull travel at once.
    """

    registries: tuple[str, ...] = ("docker.io", "quay.io", "ghcr.io")
    plain_http: tuple[str, ...] = ()
    ca_files: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    downloads: int = 4


# Images of the store


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
        return self.layers[number - 1]


@dataclass(frozen=True, slots=True)
class Document:
    """One document, byte-exact.  ``matches`` tells whether ``raw`` hashes to ``digest``."""

    which: str
    media_type: str
    digest: Digest
    raw: bytes
    matches: bool


@dataclass(frozen=True, slots=True)
class Browsable:
    """A finished timeline that ``rootfs.Timeline.open`` reads, and where it came from.

    ``top`` is the highest layer in it; lower than the image's layer count when a layer is missing.
    A damaged layer is in it as far as it could be read.  ``damage`` then says which and why.
    """

    timeline: str
    chain_id: Digest
    top: int
    damage: str = ""


# The far side


class Searching(StrEnum):
    """What a registry can do about finding repositories."""

    SEARCH = "search"
    LIST = "list"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RegistryRow:
    host: str
    title: str
    searching: Searching
    words: str  #: why it can only do that, for people
    signed_in_as: str = ""


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One search result; ``stars`` and ``pulls`` are None where the registry does not tell."""

    name: str  #: familiar repository name
    description: str
    stars: int | None = None
    pulls: int | None = None
    official: bool = False


@dataclass(frozen=True, slots=True)
class TagRow:
    tag: str
    size: int | None = None
    digest: Digest | None = None
    updated: datetime | None = None
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """One layer of a pull that has not started.  ``here`` when the blob is in the store,
    ``partial`` the bytes an earlier try left."""

    number: int
    digest: Digest
    size: int
    here: bool
    partial: int = 0
    shared_with: str = ""


@dataclass(frozen=True, slots=True)
class PullPreview:
    """What a pull will fetch, before it starts."""

    reference: str
    digest: Digest
    platform: Platform | None
    platforms: tuple[Platform, ...]  #: all that the tag offers, best first
    runs_here: bool
    layers: tuple[LayerPlan, ...]
    download: int
    already_here: int
    rate_limit: str = ""  #: "76 of 100 pulls left for 6 hours", or empty


@dataclass(frozen=True, slots=True)
class PulledLayer:
    digest: Digest
    size: int
    status: str  #: pulled or exists


@dataclass(frozen=True, slots=True)
class Pulled:
    reference: str
    digest: Digest
    image_id: Digest
    downloaded: int
    layers: tuple[PulledLayer, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """One image of an archive, now in the store; ``reference`` is empty for an untagged one."""

    reference: str
    image_id: Digest
    digest: Digest
    warnings: tuple[str, ...] = ()


# Changes


@dataclass(frozen=True, slots=True)
class Removal:
    """What a change took away.  ``operation`` is what ``undo`` would name, empty if nothing
    changed; ``deleted`` are digests of manifests, configs and layers, ``untagged`` references.

    After an ``undo``: ``restored`` are the references that came back, ``brought_back`` the blobs,
    and ``untagged`` the names that the undone change had given.
    """

    operation: str
    untagged: tuple[str, ...]
    deleted: tuple[Digest, ...]
    reclaimed: int
    restored: tuple[str, ...] = ()
    brought_back: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True)
class TagChange:
    """A tag that was set.  ``moved_from`` is the manifest it pointed to before, if another one;
    ``left_untagged`` tells whether that image has no tag any more."""

    operation: str
    reference: str
    digest: Digest
    moved_from: Digest | None = None
    left_untagged: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """One image in the preview of a removal or prune.

    ``frees`` is marginal: what checking this row adds, given the other checked rows.  ``kept`` says
    why the image must stay; such rows cannot be checked.
    """

    digest: Digest
    image_id: Digest
    references: tuple[str, ...]
    why: str
    frees: int
    checked: bool = True
    kept: str = ""


@dataclass(frozen=True, slots=True)
class RemovalPlan:
    """Exactly what a removal or prune will take, made for one generation of the store."""

    generation: str
    candidates: tuple[Candidate, ...]
    untag: tuple[str, ...]  #: references that go
    images: tuple[Digest, ...]  #: manifests that go
    layers: int  #: layer blobs that go
    reclaimed: int
    on_disk: int  #: before
    stays_shared: int  #: bytes of the chosen images that stay because others need them
    needed_by: tuple[str, ...] = ()  #: the images that need them
    shared_only_inside: int = 0  #: freed only because all images that share it are chosen
    choice: Mapping[str, object] = field(default_factory=dict)  #: how the plan was asked for
    blobs: tuple[Digest, ...] = ()  #: every blob that goes: manifests, configs, layers


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that ``verify`` found wrong: about what, what it is, what to do."""

    about: str
    sentence: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """``repairable`` says that the list of images itself is damaged, and that ``repair`` helps."""

    blobs: int
    bytes: int
    findings: tuple[Finding, ...]
    repairable: bool = False


@dataclass(frozen=True, slots=True)
class Repaired:
    """What came back: references, and manifests of whole images that have no name any more."""

    references: tuple[str, ...]
    untagged: tuple[Digest, ...]

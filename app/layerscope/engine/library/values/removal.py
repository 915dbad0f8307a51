"""What a change of names or a removal takes, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Digest


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
class TrashRow:
    """What one operation removed and the trash still holds.  ``what`` is a phrase for people with
    a capital; it is deleted for good after ``until``; ``restorable`` is False for what no record
    tells of any more."""

    operation: str
    what: str
    names: tuple[str, ...]  #: familiar
    when: datetime
    until: datetime
    blobs: int
    bytes: int
    restorable: bool


@dataclass(frozen=True, slots=True)
class Emptied:
    """What is deleted for good now: ``operations`` of ``trash()``, and the bytes that came back."""

    operations: tuple[str, ...]
    bytes: int


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

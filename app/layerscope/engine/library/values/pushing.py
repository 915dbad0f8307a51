"""What a push will do, and what it did."""

from __future__ import annotations

from enum import StrEnum

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Digest


class PushState(StrEnum):
    """What a push has to do about one layer."""

    EXISTS = "exists"  #: it is in the repository
    UPLOAD = "upload"
    MOUNT = "mount"  #: the registry has it in another repository and can take it from there
    SKIPPED = "skipped"  #: it must not be distributed (image-spec layer.md)
    MISSING = "missing"  #: neither here nor there


@dataclass(frozen=True, slots=True)
class PushLayer:
    """``number`` counts from the bottom within its manifest; ``platform`` tells manifests of one
    index apart and is empty for what is no image (an attestation)."""

    number: int
    digest: Digest
    size: int
    state: PushState
    platform: str = ""
    mount_from: str = ""  #: the repository that it can be mounted from


@dataclass(frozen=True, slots=True)
class PushPlan:
    """What a push to ``reference`` (canonical) will do.

    ``digest`` is what the tag will name: the manifest, or with ``index`` the index of all
    ``platforms``.  ``replaces`` is what it names now.  ``upload``, ``exists`` and ``mountable`` are
    bytes of layers, each layer counted once.
    """

    source: str
    reference: str
    registry: str
    tag: str
    digest: Digest
    index: bool
    platforms: tuple[str, ...]
    layers: tuple[PushLayer, ...]
    upload: int
    exists: int
    mountable: int
    signed_in_as: str = ""
    replaces: Digest | None = None
    notes: tuple[str, ...] = ()
    trouble: str = ""  #: why it cannot be pushed; empty if nothing is known to stand in the way

    @property
    def unchanged(self) -> bool:
        """Whether the tag names this very image already."""
        return self.replaces == self.digest


@dataclass(frozen=True, slots=True)
class PushedLayer:
    """One blob of a push and what became of it; ``size`` is that of the compressed blob."""

    digest: Digest
    size: int
    status: str  #: pushed, exists, mounted or skipped
    platform: str = ""
    mounted_from: str = ""


@dataclass(frozen=True, slots=True)
class Pushed:
    """``uploaded`` bytes of blobs left here, ``sent_twice`` of them more than once because a
    connection broke; ``mounted`` bytes needed not to travel.  ``index`` as in PushPlan."""

    reference: str
    digest: Digest
    index: bool
    platforms: tuple[str, ...]
    uploaded: int
    mounted: int
    sent_twice: int
    layers: tuple[PushedLayer, ...]
    replaced: Digest | None = None
    notes: tuple[str, ...] = ()

"""What a pull or a load will bring, and what it brought."""

from __future__ import annotations

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Digest, Platform


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
    """What a pull will fetch, before it starts.  ``mirror`` is the mirror that sent the manifest,
    ``tag_from`` as in Pulled; both are empty where it was the registry.  ``notes`` are sentences
    about mirrors that did not help."""

    reference: str
    digest: Digest
    platform: Platform | None
    platforms: tuple[Platform, ...]  #: all that the tag offers, best first
    runs_here: bool
    layers: tuple[LayerPlan, ...]
    download: int
    already_here: int
    rate_limit: str = ""  #: "76 of 100 pulls left for 6 hours", or empty
    mirror: str = ""
    tag_from: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PulledLayer:
    """One layer of a finished pull; ``size`` is that of the compressed blob."""

    digest: Digest
    size: int
    status: str  #: pulled or exists


@dataclass(frozen=True, slots=True)
class Pulled:
    """``downloaded`` bytes of layers came over the wire, ``resumed`` were here from an earlier
    try, ``downloaded_twice`` came more than once because what was there had to be thrown away.
    ``mirrored`` of them came from mirrors.  ``tag_from`` names the mirror whose word it is what the
    tag means, where the registry could not be asked; else it is empty."""

    reference: str
    digest: Digest
    image_id: Digest
    downloaded: int
    layers: tuple[PulledLayer, ...]
    warnings: tuple[str, ...] = ()
    resumed: int = 0
    downloaded_twice: int = 0
    mirrored: int = 0
    tag_from: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """One image of an archive, now in the store; ``reference`` is empty for an untagged one."""

    reference: str
    image_id: Digest
    digest: Digest
    warnings: tuple[str, ...] = ()

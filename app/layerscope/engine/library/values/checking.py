"""What a check of the store found, and what a repair brought back."""

from __future__ import annotations

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Digest


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

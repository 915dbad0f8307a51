"""Where the files of an image can be read."""

from __future__ import annotations

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Digest


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

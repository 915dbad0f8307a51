"""Remembers, in the entry of a pulled platform, the index document it was chosen from.

The annotations make the document reachable, so that a prune keeps it, and let it be shown
byte-exact.
"""

from __future__ import annotations

from collections.abc import Iterable

from layerscope.engine.errors import MalformedDigest
from layerscope.engine.oci import Descriptor, Digest, media_types

DIGEST = "dev.layerscope.index.digest"
SIZE = "dev.layerscope.index.size"
MEDIA_TYPE = "dev.layerscope.index.media-type"


def remembering(index: Descriptor) -> dict[str, str]:
    """The annotations that name ``index``."""
    return {DIGEST: str(index.digest), SIZE: str(index.size), MEDIA_TYPE: index.media_type}


def remembered_index(entries: Iterable[Descriptor]) -> Descriptor | None:
    """The index that one of these entries remembers.  What does not parse is no index: anybody
    may have written these annotations."""
    for entry in entries:
        found = _read(entry)
        if found is not None:
            return found
    return None


def _read(entry: Descriptor) -> Descriptor | None:
    size = entry.annotations.get(SIZE, "")
    kind = entry.annotations.get(MEDIA_TYPE, "")
    if not (size.isascii() and size.isdigit() and len(size) < 12 and media_types.is_index(kind)):
        return None
    try:
        return Descriptor(kind, Digest.parse(entry.annotations.get(DIGEST, "")), int(size))
    except MalformedDigest:
        return None

"""Names for files that we propose; they are made of an image's names, which anybody may write."""

from __future__ import annotations

import re

_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 80
#: The ends that say how a file is packed.
PACKED = (".gz", ".zst")


def proposed(title: str, what: str = "") -> str:
    """A file name without an end: the last part of a reference, and nothing that leads anywhere."""
    last = title.rpartition("/")[2].replace(":", "-")
    parts = [part for part in (last, what) if part]
    name = _ODD.sub("-", "-".join(parts)).strip(".-")[:_LONGEST]
    return name or "image"


def with_end(path: str, end: str, ends: tuple[str, ...]) -> str:
    """``path`` with ``end`` in the place of any of ``ends``, longest first."""
    for one in sorted(ends, key=len, reverse=True):
        if one and path.endswith(one):
            return path.removesuffix(one) + end
    return path + end

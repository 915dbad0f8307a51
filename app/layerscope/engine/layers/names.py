"""Paths of entries: the only place where a raw tar name becomes a path inside the layer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from layerscope.engine.layers.values import Mark

WHITEOUT = b".wh."
OPAQUE = b".wh..wh..opq"
_AUFS = b".wh..wh."
_FOREIGN = re.compile(rb"(?:^|[/\\])\.\.\\|\\\.\.(?:$|[/\\])|^[A-Za-z]:\\|^\\\\")

#: How a raw name differs from its cleaned path; ODD names are kept as they are.
SAME, DOTTED, SLASHED, DOTTED_SLASHED, ODD = range(5)


def clean(name: bytes) -> bytes:
    """The path below the root, without a leading slash; b"" is the root itself.

    Empty parts and ``.`` are dropped, ``..`` climbs lexically and stops at the root; a backslash
    is an ordinary byte (FORMATS.md 5.5).
    """
    parts: list[bytes] = []
    for part in name.split(b"/"):
        if part == b"..":
            if parts:
                parts.pop()
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/".join(parts)


def climbs(name: bytes) -> bool:
    """Whether a name holds ``..``, or would climb out of a folder on another system."""
    return b".." in name.split(b"/") or (b"\\" in name and _FOREIGN.search(name) is not None)


def mark(path: bytes) -> Mark:
    """What a cleaned path says by its name alone (FORMATS.md 6.1)."""
    folder, _, base = path.rpartition(b"/")
    if folder.startswith(_AUFS) or b"/" + _AUFS in folder:
        return Mark.IGNORED
    if not base.startswith(WHITEOUT):
        return Mark.ENTRY
    if base == OPAQUE:
        return Mark.OPAQUE
    if base.startswith(_AUFS) or base in (b".wh.", b".wh..", b".wh..."):
        return Mark.IGNORED
    return Mark.WHITEOUT


def is_nameless_whiteout(path: bytes) -> bool:
    """Whether this is a whiteout of nothing, ``.`` or ``..``, which engines refuse."""
    return path.rpartition(b"/")[2] in (b".wh.", b".wh..", b".wh...")


def clean_all(names: Sequence[bytes]) -> tuple[list[bytes], bytes]:
    """Cleaned paths and, for each, how the raw name differs from it.

    Looks at all names at once first: nearly all tars hold nothing but ``a/b``, ``./a/b`` and
    ``a/b/``.
    """
    joined = b"\0%b\0" % b"\0".join(names)
    stripped = joined.replace(b"\0./", b"\0").replace(b"/\0", b"\0")
    parts = stripped.replace(b"\0", b"/")
    if b"//" in parts or (b"/." in parts and (b"/./" in parts or b"/../" in parts)):
        paths = [clean(name) for name in names]
    elif len(stripped) == len(joined):
        return list(names), bytes(len(names))
    else:
        paths = stripped[1:-1].split(b"\0")
    return paths, bytes(map(_style, names, paths))


def restored(path: bytes, style: int) -> bytes:
    """The raw name of a path whose style is not ODD."""
    if style == SAME:
        return path
    if style == DOTTED:
        return b"./" + path
    if style == SLASHED:
        return path + b"/"
    return b"./" + path + b"/"


def _style(name: bytes, path: bytes) -> int:
    if name == path:
        return SAME
    extra = len(name) - len(path)
    if extra == 1 and name.endswith(b"/") and name.startswith(path):
        return SLASHED
    if extra >= 2 and name.startswith(b"./"):
        if extra == 2 and name.endswith(path):
            return DOTTED
        if extra == 3 and name.endswith(b"/") and name[2:-1] == path:
            return DOTTED_SLASHED
    return ODD

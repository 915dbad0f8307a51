"""Files, and what each layer has for a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .forms import Answer

if TYPE_CHECKING:
    from layerscope.engine.rootfs import Kind, Row, TraceStep


def file(path: bytes, row: Row, *, merged: bool = True) -> Answer:
    """``path`` has no leading slash; ``mtime`` is seconds since 1970; ``change`` is null for
    folders that no layer stores.  ``merged``: a row of all layers together, where a hard link that
    leads to a file is a ``file``; in one layer it is an entry of its own, a ``hardlink``."""
    answer: Answer = {
        "path": _text(path),
        "type": _type(row.kind) if merged else row.kind.word,
        "size": row.size,
        "mode": _mode(row.mode),
        "uid": row.uid,
        "gid": row.gid,
        "mtime": _seconds(row.mtime_ns),
        "link": _text(row.link) if row.link else None,
        "origin": row.origin,
        "change": None if row.change is None else row.change.value,
        "shadowed": list(row.shadowed),
        "xattrs": _xattrs(row.xattrs) if row.xattrs else {},
    }
    # One after the other, as a listing has a million rows of which few have any of these.
    if row.device:
        answer["device"] = list(row.device)
    if row.deleted:
        answer["deleted"] = True
    if row.opaque:
        answer["opaque"] = True
    if row.implicit:
        answer["implicit"] = True
    if row.digest:
        answer["sha256"] = row.digest.hex()
    return answer


def trace_step(step: TraceStep) -> Answer:
    return {
        "layer": step.layer,
        "entry": step.entry.value,
        "type": None if step.kind is None else _type(step.kind),
        "size": step.size,
        "mode": None if step.mode is None else _mode(step.mode),
        "change": None if step.change is None else step.change.value,
        "visible": step.visible,
        **({"by": _text(step.by)} if step.by else {}),
    }


def _type(kind: Kind) -> str:
    """Of a merged path, which is a hard link only if it leads nowhere."""
    word = kind.word
    return "broken_hardlink" if word == "hardlink" else word


def _xattrs(packed: bytes) -> Answer:
    from layerscope.engine.layers.pax import decoded

    return {_text(key): _text(value) for key, value in decoded(packed).items()}


def _mode(mode: int) -> str:
    return f"{mode & 0o7777:04o}"


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _seconds(ns: int) -> int | float:
    whole, rest = divmod(ns, 1_000_000_000)
    return ns / 1_000_000_000 if rest else whole

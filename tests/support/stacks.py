"""The only maker of layer stacks for tests: from entries as in overlay.json to a timeline."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from layerscope.engine.content.limits import Limits
from layerscope.engine.layers import Kind, Mark, build_index
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.oci.media_types import OCI_LAYER
from layerscope.engine.rootfs import Timeline, View, build_timeline
from layerscope.engine.rootfs.build import write_stack
from layerscope.engine.rootfs.columns import NO_DIGEST
from layerscope.engine.task import Task
from support.tars import layer_tar

Entry = Mapping[str, Any]
LIMITS = Limits()

_serial = itertools.count()


def indexed(folder: Path, entries: Sequence[Entry]) -> Path:
    """The layer index of a tar of these entries, made the way that a pull makes it."""
    tar = layer_tar(entries)
    blob = folder / f"layer-{next(_serial)}"
    blob.write_bytes(tar)
    descriptor = Descriptor(OCI_LAYER, Digest.of(tar), len(tar))
    index = blob.with_suffix(".index")
    build_index(blob, descriptor, Digest.of(tar), index, LIMITS, Task())
    return index


def timeline(folder: Path, layers: Sequence[Sequence[Entry]]) -> Timeline:
    """A timeline of real layer indexes."""
    target = folder / f"timeline-{next(_serial)}"
    build_timeline([indexed(folder, layer) for layer in layers], target, LIMITS, Task())
    return Timeline.open(target)


class MemoryBlock:
    """Entries as columns, as a layer index would give them, but without tar and file."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.paths = [str(entry["path"]).encode("utf-8", "surrogateescape") for entry in entries]
        self.kinds = bytes(Kind[entry["type"].upper()] for entry in entries)
        self.marks = bytes(map(_mark, self.paths))
        contents = [str(entry.get("content", "")).encode() for entry in entries]
        self.sizes = [
            int(entry.get("size", len(content)))
            for entry, content in zip(entries, contents, strict=True)
        ]
        self.modes = [int(str(entry.get("mode", "0644")), 8) for entry in entries]
        self.uids = [int(entry.get("uid", 0)) for entry in entries]
        self.gids = [int(entry.get("gid", 0)) for entry in entries]
        self.mtimes = [int(entry.get("mtime", 1_700_000_000)) * 10**9 for entry in entries]
        self.links = [str(entry.get("linkname", "")).encode() for entry in entries]
        self.digest_column = b"".join(
            hashlib.sha256(content).digest() if kind == Kind.FILE else NO_DIGEST
            for kind, content in zip(self.kinds, contents, strict=True)
        )
        self.xattrs = [str(entry.get("xattrs", "")).encode() for entry in entries]
        self.devices = {
            row: (int(entry["major"]), int(entry["minor"]))
            for row, entry in enumerate(entries)
            if "major" in entry
        }

    def __len__(self) -> int:
        return len(self.paths)


def quick_timeline(
    folder: Path, layers: Sequence[Sequence[Entry]], named: str = "This image"
) -> Timeline:
    """A timeline without tars; paths must be clean already."""
    target = folder / f"timeline-{next(_serial)}"
    blocks: Iterable[Iterable[MemoryBlock]] = ([MemoryBlock(layer)] for layer in layers)
    write_stack(blocks, len(layers), target, LIMITS, Task())
    return Timeline.open(target, named)


def text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def paths(timeline: Timeline, view: View, start: bytes = b"") -> list[str]:
    """All that a view shows, in tree order."""
    return [text(timeline.path(row.node)) for row in timeline.walk(view, start)]


def file(path: str, content: str = "", **fields: Any) -> Entry:
    return {"path": path, "type": "file", "content": content, **fields}


def folder(path: str, mode: str = "0755", **fields: Any) -> Entry:
    return {"path": path, "type": "dir", "mode": mode, **fields}


def symlink(path: str, target: str) -> Entry:
    return {"path": path, "type": "symlink", "linkname": target, "mode": "0777"}


def hardlink(path: str, target: str) -> Entry:
    return {"path": path, "type": "hardlink", "linkname": target}


def whiteout(path: str) -> Entry:
    head, slash, name = path.rpartition("/")
    return {"path": f"{head}{slash}.wh.{name}", "type": "file", "mode": "0600"}


def opaque(path: str) -> Entry:
    return {"path": f"{path}/.wh..wh..opq".lstrip("/"), "type": "file", "mode": "0600"}


def chunks(entries: Sequence[Entry], size: int) -> Iterator[MemoryBlock]:
    for start in range(0, len(entries), size):
        yield MemoryBlock(entries[start : start + size])


def _mark(path: bytes) -> int:
    head, _, name = path.rpartition(b"/")
    if head.startswith(b".wh..wh.") or b"/.wh..wh." in head:
        return Mark.IGNORED
    if name == b".wh..wh..opq":
        return Mark.OPAQUE
    if name.startswith(b".wh..wh.") or name in (b".wh.", b".wh..", b".wh..."):
        return Mark.IGNORED
    return Mark.WHITEOUT if name.startswith(b".wh.") else Mark.ENTRY

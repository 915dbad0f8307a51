"""Every path of an image as a process would see it: shown by us, or on the disk where another tool
has unpacked it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from layerscope.engine.layers.pax import decoded
from layerscope.engine.library import open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.rootfs import Kind, Row, Timeline, View
from layerscope.engine.task import Task


@dataclass(frozen=True)
class Seen:
    """One path, as a process would see it.  ``links`` are all names of the file."""

    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int | None
    target: bytes
    digest: str
    device: tuple[int, int] | None
    xattrs: tuple[tuple[bytes, bytes], ...]
    links: tuple[bytes, ...]
    implicit: bool = False


def shown_by_us(layout: Path, digest: str) -> tuple[dict[bytes, Seen], set[str]]:
    """The merged view of an image that a layout holds, and the codes of our remarks on it."""
    library = open_library(layout, InlinePasses())
    found = library.browse(digest, task=Task())
    assert found.damage == ""
    with Timeline.open(Path(found.timeline)) as timeline:
        rows = {timeline.path(row.node): row for row in timeline.walk(View(found.top))}
        names: dict[object, list[bytes]] = defaultdict(list)
        for path, row in rows.items():
            if row.kind is not Kind.DIR:
                names[row.entry].append(path)
        seen = {path: _as_seen(row, sorted(names[row.entry])) for path, row in rows.items()}
        return seen, {remark.code for remark in timeline.warnings}


def _as_seen(row: Row, names: Sequence[bytes]) -> Seen:
    folder, link, file = (row.kind is kind for kind in (Kind.DIR, Kind.SYMLINK, Kind.FILE))
    empty = hashlib.sha256().hexdigest()
    return Seen(
        row.kind.word,
        0 if link else row.mode,
        row.uid,
        row.gid,
        row.size if file else 0,
        None if folder else row.mtime_ns,
        row.link if link else b"",
        (row.digest.hex() or empty) if file else "",
        row.device if row.kind in (Kind.CHAR, Kind.BLOCK) else None,
        tuple(sorted(decoded(row.xattrs).items())) if row.xattrs else (),
        () if folder else tuple(names),
        row.implicit,
    )


_KINDS: Mapping[int, str] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "dir",
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "char",
    stat.S_IFBLK: "block",
    stat.S_IFIFO: "fifo",
}


def on_disk(rootfs: Path) -> dict[bytes, Seen]:
    """What lies below a folder."""
    root = os.fsencode(rootfs)
    paths = [
        os.path.join(folder, name)
        for folder, folders, files in os.walk(root)
        for name in (*folders, *files)
    ]
    abouts = {path: os.lstat(path) for path in paths}
    names: dict[int, list[bytes]] = defaultdict(list)
    for path, about in abouts.items():
        names[about.st_ino].append(os.path.relpath(path, root))
    return {
        os.path.relpath(path, root): _seen(path, about, sorted(names[about.st_ino]))
        for path, about in abouts.items()
    }


def _seen(path: bytes, about: os.stat_result, names: Sequence[bytes]) -> Seen:
    kind = _KINDS[stat.S_IFMT(about.st_mode)]
    device = (os.major(about.st_rdev), os.minor(about.st_rdev))
    content = b""
    if kind == "file":
        with open(path, "rb") as file:
            content = file.read()
    return Seen(
        kind,
        0 if kind == "symlink" else stat.S_IMODE(about.st_mode),
        about.st_uid,
        about.st_gid,
        len(content),
        None if kind == "dir" else about.st_mtime_ns,
        os.readlink(path) if kind == "symlink" else b"",
        hashlib.sha256(content).hexdigest() if kind == "file" else "",
        device if kind in ("char", "block") else None,
        tuple(
            (os.fsencode(name), os.getxattr(path, name, follow_symlinks=False))
            for name in sorted(os.listxattr(path, follow_symlinks=False))
            if name.startswith("user.")
        ),
        () if kind == "dir" else tuple(names),
    )

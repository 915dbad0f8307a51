"""Generated stacks of layers, unpacked by umoci and looked at by us: the same, both ways.

umoci 0.4.7 refuses exactly the stacks that we remark upon with one of REFUSED_BY_UMOCI.  Two things
are not compared, because the file system beneath umoci decides them: the times of folders, and
modes and owners of folders that no layer stores (a setgid folder hands its group down).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layerscope.engine.layers.pax import decoded
from layerscope.engine.library import open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.rootfs import Kind, Row, Timeline, View
from layerscope.engine.task import Task
from support import archives, tars
from support.bad_inputs import image
from support.stacks import Entry, opaque, whiteout
from support.sweeps import FULL

pytestmark = pytest.mark.skipif(
    shutil.which("umoci") is None or os.geteuid() != 0, reason="needs umoci, and root for owners"
)

STACKS_TRIED = 1000 if FULL else 260
PACKED = 300 if FULL else 220

#: What umoci refuses to unpack, by the code of our remark, and what we do instead.
REFUSED_BY_UMOCI = {
    "broken-hard-link": "The name is shown and marked as a broken link.",
    "hard-link-to-itself": "The same.",
    "hard-link-to-folder": "The same.",
    "symlink-loop": "The entry is left out.",
    "parent-not-folder": "A folder takes the place of the file, as in later versions of umoci.",
}


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


# Stacks as builders write them, and odder ones

NAMES = st.sampled_from(["a", "b", "usr", "lib", "ü", "x y", ".hidden", "new\nline", "B"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
TARGETS = st.one_of(PATHS, PATHS.map("/".__add__), PATHS.map("../".__add__), st.just("nowhere"))
MODES = st.sampled_from(["0644", "0600", "0755", "4755", "2755", "1777", "0000"])
OWNERS = st.sampled_from([0, 0, 1000, 65534, 100_000])
MTIMES = st.sampled_from([0, 1, 1_700_000_000, 1_700_000_000.25])
ATTRIBUTES = st.sampled_from([{}, {}, {}, {"user.note": "yes"}, {"user.a": "1", "user.b": ""}])
COMMON: dict[str, st.SearchStrategy[Any]] = {"uid": OWNERS, "gid": OWNERS, "mtime": MTIMES}
FILES = st.fixed_dictionaries(
    COMMON
    | {
        "type": st.just("file"),
        "mode": MODES,
        "content": st.sampled_from(["", "x", "some words\n", "long" * 400]),
        "xattrs": ATTRIBUTES,
    }
)
FOLDERS = st.fixed_dictionaries(
    COMMON | {"type": st.just("dir"), "mode": MODES, "xattrs": ATTRIBUTES}
)
SYMLINKS = st.fixed_dictionaries(COMMON | {"type": st.just("symlink"), "linkname": TARGETS})
SPECIAL = st.fixed_dictionaries(
    COMMON
    | {
        "type": st.sampled_from(["char", "block", "fifo"]),
        "mode": MODES,
        "major": st.integers(0, 300),
        "minor": st.integers(1, 300),
    }
)


MOSTLY = st.integers(0, 9).map(bool)


@st.composite
def layer(draw: st.DrawFn) -> list[Entry]:
    """Mostly paths that occur once, and hard links to files of the same layer."""
    entries: list[Entry] = []
    files: list[str] = []
    used: set[str] = set()
    for _ in range(draw(st.integers(1, 9))):
        path = draw(PATHS)
        inside_a_file = any(path.startswith(f"{file}/") for file in files)
        if draw(MOSTLY) and (path in used or inside_a_file):
            continue
        used.add(path)
        kind = draw(st.integers(0, 12))
        if kind <= 1:
            entries.append(whiteout(path))
        elif kind == 2:
            entries.append(opaque(path))
        elif kind <= 4:
            entries.append({"path": path, **draw(FOLDERS)})
        elif kind == 5:
            entries.append({"path": path, **draw(SYMLINKS)})
        elif kind == 6:
            real = draw(MOSTLY) and files
            target = draw(st.sampled_from(files)) if real else draw(PATHS)
            entries.append({"path": path, "type": "hardlink", "linkname": target})
        elif kind == 7:
            entries.append({"path": path, **draw(SPECIAL)})
        else:
            entries.append({"path": path, **draw(FILES)})
            files.append(path)
    return entries


STACKS = st.lists(layer(), min_size=1, max_size=5)

tried = [0, 0]  #: stacks, and those of them that both unpacked


@settings(
    max_examples=STACKS_TRIED,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(STACKS)
def test_umoci_unpacks_what_we_show(layers: list[list[Entry]]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        compare(Path(scratch), layers)


def test_most_stacks_were_unpacked_by_both() -> None:
    """Or else the test above says little."""
    stacks, compared = tried
    print(f"umoci: {stacks} stacks, {compared} compared path by path")
    assert stacks >= STACKS_TRIED
    assert compared > stacks * 0.4


packed = [0, 0]  #: stacks, and those of them whose top umoci has packed


@settings(
    max_examples=PACKED,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(STACKS.filter(lambda layers: len(layers) > 1))
def test_we_show_what_umoci_packed(layers: list[list[Entry]]) -> None:
    """The other way: umoci finds out what the uppermost layer changed, and packs that."""
    with tempfile.TemporaryDirectory() as scratch:
        packed[0] += 1
        packed[1] += repacked(Path(scratch), layers)


def test_most_stacks_were_packed() -> None:
    stacks, done = packed
    print(f"umoci repack: {stacks} stacks, {done} packed and compared path by path")
    assert stacks >= PACKED
    assert done > stacks * 0.3


def repacked(folder: Path, layers: Sequence[Sequence[Entry]]) -> bool:
    """Whether umoci unpacked both the stack and all of it but the top; then what it packs as their
    difference is compared."""
    layout = archives.Layout()
    blobs = [tars.layer_tar(entries) for entries in layers]
    below = image(layout, blobs[:-1], annotations={archives.REF_NAME: "below"})
    whole = image(layout, blobs, annotations={archives.REF_NAME: "whole"})
    source = archives.as_folder(layout.whole(below, whole), folder / "layout")
    for name in ("below", "whole"):
        if umoci("unpack", "--image", f"{source}:{name}", str(folder / name)).returncode:
            return False
    rootfs = folder / "below" / "rootfs"
    shutil.rmtree(rootfs)
    subprocess.run(["cp", "-a", str(folder / "whole" / "rootfs"), str(rootfs)], check=True)
    done = umoci("repack", "--image", f"{source}:made", str(folder / "below"))
    assert done.returncode == 0, done.stderr[-600:]
    entries = json.loads((source / "index.json").read_bytes())["manifests"]
    (digest,) = [
        entry["digest"]
        for entry in entries
        if entry.get("annotations", {}).get(archives.REF_NAME) == "made"
    ]
    ours, _codes = shown(source, digest)
    theirs = on_disk(rootfs)
    assert ours.keys() == theirs.keys()
    for path, seen in ours.items():
        there = in_seconds(theirs[path])
        if seen.implicit:  # the kernel gives a new folder what the one above it passes on
            there = replace(there, mode=there.mode & ~0o2000, gid=seen.gid)
        # umoci packs no device again of which only the numbers have changed.
        there = replace(there, device=seen.device)
        assert there == replace(in_seconds(seen), implicit=False), path
    return True


def in_seconds(seen: Seen) -> Seen:
    """umoci packs whole seconds."""
    return seen if seen.mtime is None else replace(seen, mtime=seen.mtime // 10**9)


def umoci(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["umoci", *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=60,
    )


def compare(folder: Path, layers: Sequence[Sequence[Entry]]) -> None:
    layout = archives.Layout()
    blobs = [tars.layer_tar(entries) for entries in layers]
    entry = image(layout, blobs, annotations={archives.REF_NAME: "it"})
    source = archives.as_folder(layout.whole(entry), folder / "layout")
    done = umoci("unpack", "--image", f"{source}:it", str(folder / "bundle"))
    ours, codes = shown(source, entry["digest"])
    tried[0] += 1
    assert (done.returncode != 0) == bool(codes & set(REFUSED_BY_UMOCI)), done.stderr[-600:]
    if done.returncode != 0:
        return
    tried[1] += 1
    theirs = on_disk(folder / "bundle" / "rootfs")
    assert ours.keys() == theirs.keys()
    for path, seen in ours.items():
        other = theirs[path]
        if seen.implicit:  # its mode and group may be inherited from the folder around it
            assert other.kind == seen.kind, path
        else:
            assert other == seen, path


def shown(layout: Path, digest: str) -> tuple[dict[bytes, Seen], set[str]]:
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

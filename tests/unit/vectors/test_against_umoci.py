"""Generated stacks of layers, unpacked by umoci and looked at by us: the same, both ways.

umoci 0.4.7 refuses exactly the stacks that we remark upon with one of REFUSED_BY_UMOCI.  Two things
are not compared, because the file system beneath umoci decides them: the times of folders, and
modes and owners of folders that no layer stores (a setgid folder hands its group down).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from support import archives, tars
from support.bad_inputs import image
from support.built_stacks import STACKS
from support.seen_paths import Seen, on_disk, shown_by_us
from support.stacks import Entry
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
    ours, _codes = shown_by_us(source, digest)
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
    ours, codes = shown_by_us(source, entry["digest"])
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

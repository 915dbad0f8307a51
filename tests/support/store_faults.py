"""The only place that starts store operations in processes of their own, and makes them fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from layerscope.engine.oci import Descriptor, Digest, media_types
from layerscope.engine.store import Store
from support.stores import ref, store_image

# All that a store operation changes a disk with, but for opening: a file that was made and is
# still empty is seen at the first write to it.
CHANGING = [
    *("write", "pwrite64", "ftruncate", "fsync", "fchmod", "chmod", "utimensat", "flock"),
    *("rename", "renameat", "renameat2", "link", "unlink", "unlinkat", "rmdir"),
    *("mkdir", "mkdirat"),
]

NEW_LAYER = bytes(range(256)) * 1024
OPERATIONS = ("tag", "untag", "put", "publish", "remove", "prune", "undo")

_HERE = Path(__file__)
_DRIVER = (sys.executable, "-B", str(_HERE.with_name("store_driver.py")))

needs_strace = not shutil.which("strace")


def prepare(path: Path) -> None:
    """A store with two images that share a layer, an old orphan, and a removal to undo."""
    store = Store.open(path)
    with store.lease() as lease:
        store_image(lease, [b"base" * 1000, b"one"], "app:1", "app:one")
        store_image(lease, [b"base" * 1000, b"two" * 1000], "app:2")
        gone = store_image(lease, [b"base" * 1000, b"three"], "app:3")
        orphan = lease.put(b"orphan" * 1000, media_types.OCI_LAYER)
    os.utime(store.blob_path(orphan.digest), (1, 1))
    store.apply(store.plan(remove=[gone.digest]))


def perform(operation: str, path: Path) -> None:
    """Do one thing to a prepared store."""
    store = Store.open(path)
    named = {entry.name: entry.descriptor for entry in store.entries()}
    one = named["docker.io/library/app:one"]
    match operation:
        case "nothing":
            pass
        case "tag":
            store.tag(one.digest, ref("app:2"))
        case "untag":
            store.untag(ref("app:1"))
        case "put":
            with store.lease() as lease, lease.write(new_layer()) as writer:
                for start in range(writer.offset, len(NEW_LAYER), 100_000):
                    writer.write(NEW_LAYER[start : start + 100_000])
                writer.commit()
        case "publish":
            with store.lease() as lease:
                store_image(lease, [b"base" * 1000, b"new"], "app:2")
        case "remove":
            store.apply(store.plan(remove=[one.digest]))
        case "prune":
            store.apply(store.plan(orphans=True))
        case "undo":
            store.undo()


def new_layer() -> Descriptor:
    return Descriptor(media_types.OCI_LAYER, Digest.of(NEW_LAYER), len(NEW_LAYER))


@dataclass(frozen=True, slots=True)
class State:
    """What a person sees of a store."""

    names: tuple[tuple[str, str], ...]
    untagged: frozenset[str]
    new_layer: bool

    @classmethod
    def of(cls, path: Path) -> State:
        store = Store.open(path)
        entries = store.entries()
        return cls(
            tuple(sorted((e.name, str(e.descriptor.digest)) for e in entries if e.name)),
            frozenset(str(e.descriptor.digest) for e in entries if not e.name),
            store.sound(new_layer()),
        )


@dataclass(frozen=True, slots=True)
class Run:
    """How an operation ended: ``done`` if it said so, ``said`` what it said else."""

    done: bool
    said: str
    killed: bool


def run(operation: str, path: Path, *strace: str) -> Run:
    command = [*_DRIVER, operation, str(path)]
    if strace:
        command = ["strace", "-f", "-qq", "-o", "/dev/null", *strace, *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return Run("DONE" in done.stdout, done.stdout + done.stderr, done.returncode in (-9, 137))


def points(operation: str, path: Path, calls: list[str]) -> list[tuple[str, int]]:
    """Every call of the kinds ``calls`` that the operation makes, in the order of the kinds."""
    log = path.parent / "strace.log"
    command = [*_DRIVER, operation, str(path)]
    subprocess.run(
        ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={','.join(calls)}", *command],
        check=True,
        capture_output=True,
        timeout=60,
    )
    counts: dict[str, int] = {}
    found: list[tuple[str, int]] = []
    for line in log.read_text().splitlines():
        match = re.match(r"(?:\d+ +)?(\w+)\(", line)
        if match:
            call = match.group(1)
            counts[call] = counts.get(call, 0) + 1
            found.append((call, counts[call]))
    return found

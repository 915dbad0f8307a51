"""Memory of a pull that indexes, as its one layer grows from 100 MB to 10 GB."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from isal import isal_zlib

from bench import images
from bench.given import Given
from bench.report import Figure, at_most
from support import archives, tars
from support.processes import descendants, peak
from support.real_registry import real_registry

MB = 1_000_000
_PIECE = 1 << 20
_GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_SIZES = (100, 1_000, 10_000)  #: MB of the layer, uncompressed


def figures(given: Given) -> Iterator[Figure]:
    for size in _SIZES:
        layout = _layout(given.work / f"{size}", size * MB // _PIECE)
        with real_registry(given.work / f"registry{size}") as registry:
            registry.push(f"oci:{layout}:big", "big:1")
            seconds, peaks = _pull(f"{registry.host}/big:1", given.work / f"pulled{size}")
        most = max(peaks.values()) / MB
        note = ", ".join(f"{what} {each / MB:.0f}" for what, each in peaks.items())
        what = f"memory of pull and index, layer of {size:,} MB, largest process"
        yield at_most(what, 150, most, "MB", f"{note}; {seconds:.1f} s")


def _layout(folder: Path, pieces: int) -> Path:
    """An image of one gzip layer with one file of so many MiB.  A piece is compressed once: after a
    full flush nothing refers to what came before it."""
    choice = random.Random(1)
    words = [choice.randbytes(5) for _ in range(400)]
    piece = b"".join(choice.choices(words, k=_PIECE // 5 + 1))[:_PIECE]
    head = tars.header(b"big", size=pieces * _PIECE)
    deflater = zlib.compressobj(6, wbits=-15)
    start = deflater.compress(head) + deflater.flush(zlib.Z_FULL_FLUSH)
    middle = deflater.compress(piece) + deflater.flush(zlib.Z_FULL_FLUSH)
    end = deflater.compress(tars.END) + deflater.flush()
    plain, check = sha256(head), isal_zlib.crc32(head)
    for _ in range(pieces):
        plain.update(piece)
        check = isal_zlib.crc32(piece, check)
    plain.update(tars.END)
    check = isal_zlib.crc32(tars.END, check)
    length = len(head) + pieces * _PIECE + len(tars.END)
    tail = check.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little")
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    packed = sha256()
    with (folder / "layer").open("wb") as file:
        for data in (_GZIP, start, *(middle for _ in range(pieces)), end, tail):
            file.write(data)
            packed.update(data)
        size = file.tell()
    (folder / "layer").rename(blobs / packed.hexdigest())
    layer = {"digest": f"sha256:{packed.hexdigest()}", "size": size}
    return _described(folder, layer, f"sha256:{plain.hexdigest()}")


def _described(folder: Path, layer: dict[str, object], diff_id: str) -> Path:
    layout = archives.Layout()
    rootfs = {"type": "layers", "diff_ids": [diff_id]}
    config = archives.dumped({"architecture": "amd64", "os": "linux", "rootfs": rootfs})
    manifest = {
        "schemaVersion": 2,
        "mediaType": archives.OCI_MANIFEST,
        "config": layout.blob(config, archives.OCI_CONFIG),
        "layers": [{"mediaType": archives.OCI_LAYER_GZIP, **layer}],
    }
    entry = layout.blob(archives.dumped(manifest), archives.OCI_MANIFEST)
    entry["annotations"] = {archives.REF_NAME: "big"}
    return archives.as_folder(layout.whole(entry), folder)


def _pull(name: str, work: Path) -> tuple[float, dict[str, int]]:
    command = [sys.executable, "-m", "layerscope", "--store", str(work), "pull", name, "--json"]
    start = time.perf_counter()
    quiet = subprocess.DEVNULL
    env = images.environment(work.parent)
    process = subprocess.Popen(command, env=env, stdout=quiet, stderr=quiet)
    peaks: dict[str, int] = {"itself": 0}
    while process.poll() is None:
        peaks["itself"] = max(peaks["itself"], peak(process.pid))
        for one in descendants(process.pid):
            peaks["a child"] = max(peaks.get("a child", 0), peak(one.pid))
        time.sleep(0.02)
    assert process.returncode == 0, name
    return time.perf_counter() - start, peaks

"""Pull of real images from a registry on this machine, beside skopeo and beside the floor.

The floor is the larger of ``skopeo copy`` (download, one hash, write) and inflating and hashing
both streams of every layer with one process per core: no pull that verifies and looks into the
layers can be faster.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from isal import isal_zlib

from bench import images
from bench.given import Given
from bench.images import environment
from bench.report import Figure, at_most
from bench.rounds import Times, alternating

CHUNK = 1 << 20


@dataclass(frozen=True)
class PullFigures:
    image: str
    ours: Times
    skopeo: Times
    inflate: Times

    @property
    def floor(self) -> float:
        return max(self.skopeo.median, self.inflate.median)

    @property
    def ratio(self) -> float:
        return self.ours.median / self.floor


def figures(given: Given) -> Iterator[Figure]:
    with images.served(given.layout, given.work / "registry") as registry:
        for image in (images.PYTHON, images.WEB):
            pulled = given.work / "pulled"
            told = measure(image, registry.host, given.layout, pulled, given.rounds)
            note = f"ours {told.ours}, skopeo copy {told.skopeo}, inflate and hash {told.inflate}"
            what = f"pull of {image}, verified and indexed, against the floor"
            yield at_most(what, 2, told.ratio, "x", note)


def measure(image: str, registry: str, layout: Path, work: Path, rounds: int) -> PullFigures:
    """Pull ``image`` (``py:final``) from ``registry``; ``layout`` is where it was pushed from."""
    blobs = layers_of(layout, image)
    times = alternating(
        {
            "ours": lambda: pull(registry, image, work / "ours"),
            "skopeo": lambda: copy(registry, image, work / "skopeo"),
            "inflate": lambda: inflate_and_hash(blobs),
        },
        rounds,
        before=lambda: shutil.rmtree(work, ignore_errors=True),
    )
    return PullFigures(image, times["ours"], times["skopeo"], times["inflate"])


def pull(registry: str, image: str, store: Path) -> None:
    command = [sys.executable, "-m", "layerscope", "--store", str(store)]
    command += ["pull", f"{registry}/{image}", "--json"]
    subprocess.run(command, check=True, capture_output=True, env=environment(store.parent))


def copy(registry: str, image: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source = f"docker://{registry}/{image}"
    command = ["skopeo", "copy", "-q", "--src-tls-verify=false", source, f"oci:{target}:{image}"]
    subprocess.run(command, check=True, capture_output=True)


def layers_of(layout: Path, image: str) -> list[Path]:
    index = json.loads((layout / "index.json").read_bytes())
    (entry,) = (
        entry
        for entry in index["manifests"]
        if entry["annotations"]["org.opencontainers.image.ref.name"] == image
    )
    manifest = json.loads(blob(layout, entry["digest"]).read_bytes())
    layers = [blob(layout, layer["digest"]) for layer in manifest["layers"]]
    return sorted(layers, key=lambda path: path.stat().st_size, reverse=True)


def blob(layout: Path, digest: str) -> Path:
    algorithm, _, hexed = digest.partition(":")
    return layout / "blobs" / algorithm / hexed


def inflate_and_hash(blobs: list[Path]) -> None:
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        list(processes.map(inflate_one, blobs))


def inflate_one(path: Path) -> None:
    stored, unpacked = hashlib.sha256(), hashlib.sha256()
    inflater = isal_zlib.decompressobj(31)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            stored.update(chunk)
            while chunk:
                unpacked.update(inflater.decompress(chunk))
                chunk = inflater.unused_data
                if inflater.eof:
                    inflater = isal_zlib.decompressobj(31)

"""Pull of real images from a registry on this machine, beside skopeo and beside the floor.

The floor is the larger of ``skopeo copy`` (download, one hash, write) and inflating and hashing
both streams of every layer with one process per core.  A pull that verifies and looks into the
layers must do both, with the same cores, and registry and pull share those here.  So the least
time is printed too: the processor time of both together, less the hash that both compute, on all
cores at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from isal import isal_zlib

from bench import images
from bench.given import Given
from bench.images import environment
from bench.report import Figure, at_most
from bench.rounds import Times, alternating
from bench.running import Puller

CHUNK = 1 << 20
_AGAIN = {"program": "", "running": ", by a program that is running already"}


@dataclass(frozen=True)
class PullFigures:
    """``running``: by a program that has pulled before, as the worker of the window has."""

    image: str
    ours: Times
    running: Times
    skopeo: Times
    inflate: Times
    one_hash: float  #: processor seconds of hashing the compressed layers once

    @property
    def floor(self) -> float:
        return max(self.skopeo.median, self.inflate.median)

    @property
    def least(self) -> float:
        """Seconds in which this machine can do the work of both at best."""
        both = sum(statistics.median(each.processor) for each in (self.skopeo, self.inflate))
        return (both - self.one_hash) / (os.cpu_count() or 1)


def figures(given: Given) -> Iterator[Figure]:
    with images.served(given.layout, given.work / "registry") as registry:
        for image in (images.PYTHON, images.WEB):
            told = measure(image, registry.host, given)
            what = f"pull of {image}, verified and indexed"
            note = f"ours {told.ours}, skopeo copy {told.skopeo}, inflate and hash {told.inflate}"
            ratio = told.ours.median / told.floor
            yield at_most(f"{what}, against the floor", 1.3, ratio, "x", note)
            ratio = told.running.median / told.floor
            words = f"{what}, against the floor, by a program that is running already"
            yield Figure(words, "", f"{ratio:.2f} x ({told.running})")
            note = f"{told.least:.2f} s: {told.least / told.floor:.2f} x the floor"
            yield Figure(f"the least for {image}: both parts, all cores busy", "", note)


def again_figures(given: Given) -> Iterator[Figure]:
    place = given.work / "again"
    home = given.work / "home"
    with (
        images.served(given.layout, given.work / "registry") as registry,
        Puller.started(home) as puller,
    ):
        for image in (images.PYTHON, images.WEB):
            reference = f"{registry.host}/{image}"
            ways = {
                "program": partial(pull, registry.host, image, place / "ours"),
                "running": partial(puller.pull, place / "ours", reference),
                "skopeo": partial(copy, registry.host, image, place / "skopeo"),
            }
            times = alternating(ways, 2 * given.rounds)
            skopeo = times.pop("skopeo")
            for way, ours in times.items():
                what = f"pull of {image} when all layers are there{_AGAIN[way]}"
                note = f"ours {ours}, skopeo copy {skopeo}"
                yield at_most(what, 1, ours.median / skopeo.median, "x", note)


def measure(image: str, registry: str, given: Given) -> PullFigures:
    """Pull ``image`` (``py:final``) from ``registry`` into empty stores, in turn."""
    work = given.work / "pulled"
    blobs = layers_of(given.layout, image)
    with Puller.started(given.work / "home") as puller:
        times = alternating(
            {
                "ours": lambda: pull(registry, image, work / "ours"),
                "running": lambda: puller.pull(work / "running", f"{registry}/{image}"),
                "skopeo": lambda: copy(registry, image, work / "skopeo"),
                "inflate": lambda: inflate_and_hash(blobs),
            },
            given.rounds,
            before=lambda: shutil.rmtree(work, ignore_errors=True),
        )
    return PullFigures(image, **times, one_hash=_hashed(blobs))


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


def _hashed(blobs: list[Path]) -> float:
    start = time.process_time()
    for path in blobs:
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")
    return time.process_time() - start


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

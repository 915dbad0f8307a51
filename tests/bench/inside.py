"""Finished indexes: what they take, how fast they merge, how fast they find a file's bytes."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import images, pulls
from bench.given import Given
from bench.report import Figure, at_most
from bench.rounds import alternating
from layerscope.engine.content.limits import Limits
from layerscope.engine.layers import Kind, LayerIndex, build_index, open_file
from layerscope.engine.oci import Descriptor
from layerscope.engine.rootfs import build_timeline
from layerscope.engine.task import Task

_FILE = 20_000  #: bytes of the file that is looked for, about
_MANY = 15


def figures(given: Given) -> Iterator[Figure]:
    indexes: dict[str, list[Path]] = {}
    for image in (images.PYTHON, images.WEB):
        indexes[image] = []
        for number, layer in enumerate(_layers(given.layout, image)):
            index = given.work / f"{image}-{number}.index"
            _index(given.layout, layer, index)
            indexes[image].append(index)
        yield _size(image, given.layout, indexes[image])
    yield _merge(given, indexes[images.WEB])
    yield from _reading(given, indexes[images.PYTHON])


def _layers(layout: Path, image: str) -> list[Descriptor]:
    """Bottom first."""
    entries = json.loads((layout / "index.json").read_bytes())["manifests"]
    name = "org.opencontainers.image.ref.name"
    (digest,) = (one["digest"] for one in entries if one["annotations"].get(name) == image)
    manifest = json.loads(pulls.blob(layout, digest).read_bytes())
    return [Descriptor.parse(one, image) for one in manifest["layers"]]


def _index(layout: Path, layer: Descriptor, target: Path) -> None:
    blob = pulls.blob(layout, str(layer.digest))
    build_index(blob, layer, None, target, Limits(), Task())


def _size(image: str, layout: Path, indexes: list[Path]) -> Figure:
    taken, allowed = 0, 0.0
    for path in indexes:
        with LayerIndex.open(path) as index:
            taken += path.stat().st_size
            allowed += 0.015 * index.summary.blob_size + 60 * index.summary.entries
    what = f"indexes of {image}, against 1.5 % of the blobs and 60 bytes an entry"
    note = f"{taken / 1e6:.2f} MB of {allowed / 1e6:.2f} MB"
    return at_most(what, 1, taken / allowed, "x", note)


def _merge(given: Given, indexes: list[Path]) -> Figure:
    """A merge reads indexes only, so it is cheap beside one pass over a layer."""
    top = _layers(given.layout, images.WEB)[-1]
    times = alternating(
        {
            "merge": lambda: _discard(build_timeline(indexes, given.work / "t", Limits(), Task())),
            "index": lambda: _index(given.layout, top, given.work / "i"),
        },
        given.rounds,
    )
    ratio = times["merge"].median / times["index"].median
    note = f"merge {times['merge']}, index of the top layer {times['index']}"
    what = "merged view of web:1 from finished indexes, against indexing its top layer"
    return at_most(what, 0.25, ratio, "x", note)


def _reading(given: Given, indexes: list[Path]) -> Iterator[Figure]:
    layers = _layers(given.layout, images.PYTHON)
    largest = max(range(len(layers)), key=lambda number: layers[number].size)
    blob = pulls.blob(given.layout, str(layers[largest].digest))
    with LayerIndex.open(indexes[largest]) as index:
        row, path = _middle(index)

        def ours() -> None:
            with LayerIndex.open(indexes[largest]) as fresh, open_file(blob, fresh, row) as file:
                _discard(file.read())

        def tar() -> None:
            command = ["tar", "-xzOf", str(blob), path]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

        read = _bytes_read(ours)
        taken = []
        for _ in range(_MANY):
            start = time.perf_counter()
            ours()
            taken.append(1000 * (time.perf_counter() - start))
    times = alternating({"ours": ours, "tar": tar}, given.rounds)
    what = f"{_FILE // 1000} kB from the middle of the largest gzip layer of {images.PYTHON}"
    spread = f"median; {min(taken):.0f} to {max(taken):.0f}"
    yield at_most(what, 20, statistics.median(taken), "ms", spread)
    yield at_most("bytes read for that, the index included", 2, read / 1e6, "MB")
    faster = times["tar"].median / times["ours"].median
    told = f"{faster:.0f} x faster (tar -xzOf {times['tar']})"
    yield Figure("that against tar", "50 x faster", told, faster >= 50)


def _middle(index: LayerIndex) -> tuple[int, str]:
    """The row and name of a file of about 20 kB near the middle of the tar."""
    half = index.summary.tar_size // 2
    found: tuple[int, int, bytes] | None = None
    number = 0
    for block in index.blocks():
        for row, kind in enumerate(block.kinds):
            far = abs(block.offsets[row] - half)
            near = 0.8 * _FILE < block.sizes[row] < 1.2 * _FILE
            if kind == Kind.FILE and near and (found is None or far < found[0]):
                found = far, number + row, block.names[row]
        number += len(block.paths)
    assert found is not None
    return found[1], found[2].decode()


def _bytes_read(work: Callable[[], None]) -> int:
    def told() -> int:
        return int(Path("/proc/self/io").read_text().splitlines()[0].split()[1])

    before = told()
    unmeasured = told() - before
    before = told()
    work()
    return told() - before - unmeasured


def _discard(_value: object) -> None:
    """What was made is looked at by nobody."""

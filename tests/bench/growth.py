"""How cost grows with the work: the exponent is the slope of time over size, both as logarithms."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

from bench.given import Given
from bench.report import Figure
from layerscope.engine.content.limits import Limits
from layerscope.engine.layers import build_index
from layerscope.engine.library import open_library
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.oci.media_types import OCI_LAYER
from layerscope.engine.rootfs import Timeline, View, build_timeline
from layerscope.engine.task import Task
from support import archives, tars

_LINEAR = 1.1  #: what still counts as linear, with the noise of a machine
_ENTRIES = 20_000
_LAYERS = 8
_FEW = 4_000


def figures(given: Given) -> Iterator[Figure]:
    more = {each: [each * _ENTRIES] for each in (1, 2, 4, 8)}
    yield from _stacks(f"x {_ENTRIES} entries", more, given)
    higher = {each: [_FEW] * (each * _LAYERS) for each in (1, 2, 4)}
    yield from _stacks(f"x {_LAYERS} layers of {_FEW} entries", higher, given)
    yield _images((10, 100, 1000), given)


def _stacks(unit: str, sizes: Mapping[int, Sequence[int]], given: Given) -> Iterator[Figure]:
    """For each size the numbers of entries of its layers."""
    index: list[float] = []
    merge: list[float] = []
    listing: list[float] = []
    timeline = given.work / "timeline"
    for counts in sizes.values():
        layers = [_layer(given.work, number, count) for number, count in enumerate(counts)]
        targets = [blob.with_suffix(".index") for blob, _ in layers]
        index.append(_median(partial(_index, layers, targets), given.rounds))
        merge.append(_median(partial(_merge, targets, timeline), given.rounds))
        listing.append(_median(partial(_walk, timeline), given.rounds))
    told = " ".join(map(str, sizes)) + " " + unit
    yield _exponent(f"index of {told}", tuple(sizes), index)
    yield _exponent(f"merge of {told}", tuple(sizes), merge)
    yield _exponent(f"full listing of {told}", tuple(sizes), listing)


def _layer(work: Path, number: int, entries: int) -> tuple[Path, Descriptor]:
    """A tar of small files, 50 in a folder; a tenth of them is in every layer."""
    path, hasher = work / f"{number}.tar", sha256()
    with path.open("wb") as file:
        for each in range(entries):
            top = "all" if each % 10 == 0 else f"layer{number}"
            name = f"{top}/folder{each // 50}/file{each}".encode()
            member = tars.member(name, b"%d of %d" % (each, number))
            hasher.update(member)
            file.write(member)
        hasher.update(tars.END)
        file.write(tars.END)
    return path, Descriptor(OCI_LAYER, Digest("sha256", hasher.hexdigest()), path.stat().st_size)


def _index(layers: Sequence[tuple[Path, Descriptor]], targets: Sequence[Path]) -> None:
    for (blob, descriptor), target in zip(layers, targets, strict=True):
        build_index(blob, descriptor, None, target, Limits(), Task())


def _merge(indexes: Sequence[Path], target: Path) -> None:
    build_timeline(indexes, target, Limits(), Task())


def _walk(path: Path) -> None:
    timeline = Timeline.open(path)
    for _row in timeline.walk(View(len(timeline.layers))):
        pass
    timeline.close()


def _images(sizes: Sequence[int], given: Given) -> Figure:
    taken = []
    for size in sizes:
        layout = archives.Layout()
        entries = [layout.image(f"text of {number}") for number in range(size)]
        for number, entry in enumerate(entries):
            entry["annotations"] = {archives.REF_NAME: f"app{number}:1"}
        store = archives.as_folder(layout.whole(*entries), given.work / f"store{size}")
        taken.append(_median(partial(_listed, store, size), given.rounds))
    return _exponent("listing of " + " ".join(map(str, sizes)) + " images", sizes, taken)


def _listed(store: Path, count: int) -> None:
    assert len(open_library(store).images(task=Task()).images) == count


def _exponent(what: str, sizes: Sequence[int], seconds: Sequence[float]) -> Figure:
    points = list(zip(map(math.log, sizes), map(math.log, seconds), strict=True))
    slope = statistics.linear_regression(*zip(*points, strict=True)).slope
    told = " ".join(f"{one * 1000:.0f}" for one in seconds)
    return Figure(what, "exponent 1", f"{slope:.2f} ({told} ms)", slope <= _LINEAR)


def _median(work: Callable[[], None], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)

"""From a docker-archive on disk to everything that is in it, beside dive."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import images, programs
from bench.given import Given
from bench.programs import Cost
from bench.report import Figure, at_most

_HASH_ONCE = "import hashlib, sys; hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256')"
_ALL_LOADED = "import layerscope.engine.library.loading, layerscope.engine.layers.building"


def figures(given: Given) -> Iterator[Figure]:
    try:
        dive = programs.built("dive", given.cache)
    except programs.Missing as reason:
        yield Figure("from a docker-archive to all changes and files", "", f"skipped: {reason}")
        return
    for image in (images.PYTHON, images.WEB):
        archive = given.work / "archive.tar"
        archive.unlink(missing_ok=True)
        source, target = f"oci:{given.layout}:{image}", f"docker-archive:{archive}:bench/{image}"
        subprocess.run(["skopeo", "copy", "-q", source, target], check=True)
        ours: list[Cost] = []
        theirs: list[Cost] = []
        hashing: list[Cost] = []
        report = given.work / "dive.json"
        look = [dive, "--source", "docker-archive", archive, "--json", report]
        for number in range(given.rounds + 1):
            one, other = _ours(archive, f"bench/{image}", given.work), programs.cost_of(look)
            hashed = programs.cost_of([sys.executable, "-c", _HASH_ONCE, archive])
            if number:
                ours.append(one)
                theirs.append(other)
                hashing.append(hashed)
        yield _time(image, ours, theirs)
        yield _memory(image, ours, theirs)
        what = f"one sha256 of that archive alone, {image}, against dive --json"
        least, other_time = (_seconds(each) for each in (hashing, theirs))
        yield Figure(what, "", f"{least / other_time:.2f} x ({least:.2f} s)")
    idle = programs.cost_of([sys.executable, "-c", _ALL_LOADED], images.environment(given.work))
    yield Figure("Python with what a load needs in memory, nothing done", "", _mb(idle.peak))


def _ours(archive: Path, name: str, work: Path) -> Cost:
    """Three commands, as a person gives them: load, the layers with their changes, all files."""
    store = work / "opened"
    shutil.rmtree(store, ignore_errors=True)
    program = [sys.executable, "-m", "layerscope", "--store", str(store)]
    asked = (["load", archive], ["layers", name], ["files", name, "--recursive"])
    env = images.environment(work)
    costs = [programs.cost_of([*program, *words, "--json"], env) for words in asked]
    return Cost(sum(one.seconds for one in costs), max(one.peak for one in costs))


def _time(image: str, ours: list[Cost], theirs: list[Cost]) -> Figure:
    mine, other = _seconds(ours), _seconds(theirs)
    what = f"docker-archive of {image} to all changes and files, against dive --json"
    return at_most(what, 0.2, mine / other, "x", f"ours {mine:.2f} s, dive {other:.2f} s")


def _seconds(costs: list[Cost]) -> float:
    return statistics.median(one.seconds for one in costs)


def _mb(size: float) -> str:
    return f"{size / 1e6:.0f} MB"


def _memory(image: str, ours: list[Cost], theirs: list[Cost]) -> Figure:
    mine, other = (max(one.peak for one in each) for each in (ours, theirs))
    what = f"peak memory of that, largest process, {image}"
    return at_most(what, 0.2, mine / other, "x", f"ours {_mb(mine)}, dive {_mb(other)}")

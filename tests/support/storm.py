"""Pulls against prunes: many processes on one store, some bring images in, others clear away.

    storm(folder, rounds=10_000) -> Outcome

Every pull takes a tag that means another image each time, so that each leaves an image without a
name behind; layers are shared.  Blobs are made to look old, as if no grace protected them.
Run as a program it is one of those processes.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(_ROOT / name) for name in ("app", "resources", "tests")]

from layerscope.engine.errors import LayerscopeError, StoreChanged  # noqa: E402
from layerscope.engine.library import Library, open_library  # noqa: E402
from layerscope.engine.library.passes import InlinePasses  # noqa: E402
from layerscope.engine.oci import Reference  # noqa: E402
from layerscope.engine.store import Store  # noqa: E402
from layerscope.engine.task import Task  # noqa: E402
from support.hostile_registry import HostileRegistry  # noqa: E402
from support.replies import Reply, Seen  # noqa: E402
from support.surroundings import live_in  # noqa: E402
from support.tars import member, tar  # noqa: E402

PULLERS, PRUNERS = 4, 2
_IMAGES = 5
_PATIENCE = 7200


@dataclass(frozen=True, slots=True)
class Outcome:
    """``complaints`` are failed pulls and prunes in words, ``missing`` blobs of named images."""

    pulls: int
    prunes: int
    deleted: int
    missing: int
    complaints: tuple[str, ...]
    damage: tuple[str, ...]
    seconds: float


def storm(folder: Path, rounds: int) -> Outcome:
    """``rounds`` pulls in all."""
    store = folder / "store"
    Store.open(store)
    begun = time.monotonic()
    with HostileRegistry() as registry:
        for number in range(PULLERS):
            _serve(registry, f"app{number}")
        stop = folder / "stop"
        pulling = [
            _start("pull", store, registry.host, f"app{number}", str(rounds // PULLERS))
            for number in range(PULLERS)
        ]
        pruning = [_start("prune", store, str(stop)) for _ in range(PRUNERS)]
        told = [_told(process) for process in pulling]
        stop.touch()
        told += [_told(process) for process in pruning]
    total: Counter[str] = Counter()
    for each in told:
        total.update({name: value for name, value in each.items() if isinstance(value, int)})
    complaints = [str(line) for each in told for line in each["complaints"]]
    found = Store.open(store)
    return Outcome(
        total["pulls"],
        total["prunes"],
        total["deleted"],
        total["missing"] + sum(_missing(found, entry.name) for entry in found.entries()),
        tuple(complaints),
        tuple(str(each) for each in found.verify().damage),
        time.monotonic() - begun,
    )


def _serve(registry: HostileRegistry, repository: str) -> None:
    """The tag ``now`` means each of some images in turn."""
    shared = gzip.compress(tar(member(b"shared", b"s" * 2000)), mtime=0)
    replies = []
    for number in range(_IMAGES):
        layer = gzip.compress(tar(member(b"own", b"%d" % number * 3000)), mtime=0)
        digest = registry.serve_image(repository, str(number), [shared, layer])
        replies += registry.scripts["GET", f"/v2/{repository}/manifests/{digest}"]
    turns = itertools.cycle(reply for reply in replies if isinstance(reply, Reply))
    lock = threading.Lock()

    def now(_seen: Seen) -> Reply:
        with lock:
            return next(turns)

    registry.on("GET", f"/v2/{repository}/manifests/now", now)
    registry.on("HEAD", f"/v2/{repository}/manifests/now", Reply(405))


def _start(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-B", __file__, *map(str, words)]
    home = Path(str(words[1])).parent / "home"
    environment = {**os.environ, **live_in(home)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def _told(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, _ = process.communicate(timeout=_PATIENCE)
    assert process.returncode == 0, out
    told: dict[str, Any] = json.loads(out)
    return told


# One of the processes


def main() -> int:
    what, store, *more = sys.argv[1:]
    if what == "pull":
        host, repository, rounds = more
        library = open_library(Path(store), InlinePasses(), plain_http=[host])
        answer = _pull(library, Store.open(Path(store)), f"{host}/{repository}:now", int(rounds))
    else:
        answer = _prune(open_library(Path(store), InlinePasses()), Path(store), Path(more[0]))
    print(json.dumps(answer))
    return 0


def _pull(library: Library, store: Store, name: str, rounds: int) -> dict[str, object]:
    complaints: list[str] = []
    missing = 0
    for _ in range(rounds):
        _try(lambda: library.pull(name, task=Task()), complaints)
        missing += _missing(store, Reference.parse(name).canonical)
    return {"pulls": rounds, "missing": missing, "complaints": complaints}


def _prune(library: Library, store: Path, stop: Path) -> dict[str, object]:
    complaints: list[str] = []
    prunes = deleted = 0

    def prune() -> None:
        nonlocal deleted
        with suppress(StoreChanged):  # a pull came in between: plan anew
            plan = library.plan_prune(task=Task())
            deleted += len(plan.blobs) if library.apply(plan, task=Task()) else 0

    while not stop.exists():
        for folder in (store / "blobs/sha256", store / ".layerscope/partial"):
            for path in _files(folder):
                with suppress(FileNotFoundError):
                    os.utime(path, (1, 1))
        _try(prune, complaints)
        prunes += 1
        if prunes % 50 == 0:
            _try(lambda: Store.open(store).empty_trash(), complaints)
    return {"prunes": prunes, "deleted": deleted, "complaints": complaints}


def _try(work: Callable[[], object], complaints: list[str]) -> None:
    try:
        work()
    except LayerscopeError as error:
        complaints.append(f"{type(error).__name__}: {error} {error.hint}")


def _missing(store: Store, name: str | None) -> int:
    """Blobs of a named image that are not there.  Nobody takes named images away."""
    for entry in store.entries():
        if name is not None and entry.name == name:
            reach = store.reach(entry.descriptor)
            return sum(not store.has(blob) for blob in reach.blobs)
    return 0


def _files(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from list(folder.iterdir())


if __name__ == "__main__":
    sys.exit(main())

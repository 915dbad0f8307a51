"""Twelve processes that name an image in one store at the same moment: how many names are kept."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench import images, programs
from bench.given import Given
from bench.report import Figure
from layerscope.engine.store import Store
from support.stores import store_image
from support.tars import member, tar

WRITERS = 12
_NAME = "org.opencontainers.image.ref.name"


def figures(given: Given) -> Iterator[Figure]:
    first = given.work / "first"
    store = Store.open(first)
    with store.lease() as lease:
        store_image(lease, [tar(member(b"file", b"1"))], "app:0")
    name = "docker.io/library/app:0"
    what = f"names kept of {WRITERS} that are given at once"
    for program, command in _WAYS.items():
        try:
            if program != "ours":
                programs.packaged(program.partition(" ")[0])
        except programs.Missing as reason:
            yield Figure(f"{what}: {program}", "", f"skipped: {reason}")
            continue
        kept = []
        for turn in range(given.rounds):
            target = given.work / f"{program.partition(' ')[0]}-{turn}"
            shutil.copytree(first, target)
            kept.append(_kept(target, partial(command, first, target, name)))
        shown = f"{min(kept)} to {max(kept)}" if min(kept) < max(kept) else str(kept[0])
        told = f"{shown} in {given.rounds} turns"
        goal, good = (str(WRITERS), min(kept) == WRITERS) if program == "ours" else ("", None)
        yield Figure(f"{what}: {program}", goal, told, good)


def _kept(target: Path, command: Callable[[int], list[str]]) -> int:
    environment = images.environment(target.parent)
    writers = [
        subprocess.Popen(
            command(number),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in range(1, WRITERS + 1)
    ]
    for writer in writers:
        writer.wait(120)
    try:
        index = json.loads((target / "index.json").read_bytes())
    except ValueError:  # torn
        return 0
    named = [entry.get("annotations", {}).get(_NAME, "") for entry in index["manifests"]]
    wanted = {f"new-{number}" for number in range(1, WRITERS + 1)}
    return len({str(each).rpartition(":")[2] for each in named} & wanted)


def _ours(_first: Path, target: Path, name: str, number: int) -> list[str]:
    program = [sys.executable, "-m", "layerscope", "--store", str(target)]
    return [*program, "tag", name, f"app:new-{number}"]


def _skopeo(first: Path, target: Path, name: str, number: int) -> list[str]:
    copy = ["skopeo", "copy", "--insecure-policy", "-q"]
    return [*copy, f"oci:{first}:{name}", f"oci:{target}:new-{number}"]


def _umoci(_first: Path, target: Path, name: str, number: int) -> list[str]:
    return ["umoci", "tag", "--image", f"{target}:{name}", f"new-{number}"]


_WAYS: dict[str, Callable[[Path, Path, str, int], list[str]]] = {
    "ours": _ours,
    "skopeo copy": _skopeo,
    "umoci tag": _umoci,
}

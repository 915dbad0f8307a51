"""Pulls beside programs that unpack, and beside those that only copy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench import images, programs, pulls
from bench.given import Given
from bench.report import Figure, at_most
from bench.rounds import alternating


def figures(given: Given) -> Iterator[Figure]:
    with images.served(given.layout, given.work / "registry") as registry:
        for image in (images.PYTHON, images.WEB):
            yield from _empty_stores(image, registry.host, given)


def _empty_stores(image: str, host: str, given: Given) -> Iterator[Figure]:
    place = given.work / "pulled"
    ways: dict[str, Callable[[], None]] = {
        "ours": lambda: pulls.pull(host, image, place / "ours"),
        "skopeo and umoci": lambda: _unpack(host, image, place),
    }
    for name, make in _OTHERS.items():
        try:
            ways[name] = partial(make, given, host, image, place)
            _program(name, given)
        except programs.Missing as reason:
            del ways[name]
            yield Figure(f"pull of {image} against {name}", "", f"skipped: {reason}")
    times = alternating(ways, given.rounds, before=lambda: _emptied(place))
    ours = times.pop("ours")
    for name, theirs in times.items():
        what = f"pull of {image}, verified and indexed, against {_WORDS[name]}"
        note = f"ours {ours}, {name} {theirs}"
        if name in _GOALS:
            yield at_most(what, _GOALS[name], ours.median / theirs.median, "x", note)
        else:
            yield Figure(what, "", f"{ours.median / theirs.median:.2f} x ({note})")


def _unpack(host: str, image: str, place: Path) -> None:
    layout = f"{place / 'layout'}:1"
    copy = ["copy", "-q", "--src-tls-verify=false", f"docker://{host}/{image}", f"oci:{layout}"]
    programs.cost_of([programs.packaged("skopeo"), *copy])
    programs.cost_of([programs.packaged("umoci"), "unpack", "--image", layout, place / "bundle"])


def _podman(given: Given, host: str, image: str, place: Path) -> None:
    podman = [_program("podman", given), "--root", place / "root", "--runroot", place / "run"]
    pull = ["--storage-driver", "vfs", "pull", "-q", "--tls-verify=false", f"{host}/{image}"]
    programs.cost_of([*podman, *pull])


def _crane(given: Given, host: str, image: str, place: Path) -> None:
    crane = _program("crane", given)
    how = ["pull", "--insecure", "--format=oci"]
    programs.cost_of([crane, *how, f"{host}/{image}", place / "crane"])


def _regctl(given: Given, host: str, image: str, place: Path) -> None:
    env = {**os.environ, "REGCTL_CONFIG": str(place / "regctl.json")}
    hosts = ["--host", f"reg={host},tls=disabled"]
    copy = ["image", "copy", f"{host}/{image}", f"ocidir://{place / 'regctl'}:1"]
    programs.cost_of([_program("regctl", given), *hosts, *copy], env)


def _program(name: str, given: Given) -> Path:
    return programs.packaged(name) if name == "podman" else programs.built(name, given.cache)


def _emptied(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)


_OTHERS = {"podman": _podman, "crane": _crane, "regctl": _regctl}
_GOALS = {"podman": 0.08, "skopeo and umoci": 0.08}
_WORDS = {
    "podman": "podman pull, which unpacks",
    "skopeo and umoci": "skopeo copy and umoci unpack",
    "crane": "crane pull, which only copies",
    "regctl": "regctl image copy, which only copies",
}

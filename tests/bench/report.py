"""The table of figures: goal, value and whether it was reached, on screen and in RESULTS.md."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
_HEAD = """# Figures

Each part is the last that `make bench ARGS="--only PART"` has measured, on the images of
`tests/bench/build-real-images`; `make bench` alone measures all of them.
"""


@dataclass(frozen=True)
class Figure:
    """``good`` is None where there is no goal."""

    what: str
    goal: str
    value: str
    good: bool | None = None

    @property
    def verdict(self) -> str:
        return {True: "pass", False: "FAIL", None: ""}[self.good]


def at_most(what: str, limit: float, value: float, unit: str, note: str = "") -> Figure:
    shown = f"{value:.2f}" if limit < 10 else f"{value:.0f}"
    told = f"{shown} {unit}" + (f" ({note})" if note else "")
    return Figure(what, f"{limit:g} {unit}", told, value <= limit)


def table(figures: Sequence[Figure]) -> str:
    lines = ["| figure | goal | measured | |", "| --- | --- | --- | --- |"]
    lines += [f"| {one.what} | {one.goal} | {one.value} | {one.verdict} |" for one in figures]
    return "\n".join(lines)


def keep(part: str, figures: Sequence[Figure], load: float, order: Sequence[str]) -> None:
    """Write the table of one part of the benchmark in place of its last one."""
    told = (
        f"{datetime.now(UTC):%d %B %Y}, {_machine()}; load of the machine at the start: "
        f"{load:.1f}. {_versions()}."
    )
    sections = {name: text for name, _, text in map(_parted, _old().split("\n## ")[1:])}
    sections[part] = f"{told}\n\n{table(figures)}\n"
    kept = [f"## {name}\n\n{sections[name].strip()}\n" for name in order if name in sections]
    RESULTS.write_text("\n".join([_HEAD, *kept]))


def _parted(section: str) -> tuple[str, str, str]:
    return section.partition("\n")


def _old() -> str:
    return RESULTS.read_text() if RESULTS.exists() else ""


def _machine() -> str:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{os.cpu_count()} cores, {pages / 1e9:.0f} GB, {platform.machine()}"


def _versions() -> str:
    ours = [f"Python {platform.python_version()}"]
    ours += [
        f"{name} {version(name)}"
        for name in ("PySide6-Essentials", "isal", "zstandard", "requests")
    ]
    skopeo = subprocess.run(["skopeo", "--version"], capture_output=True, text=True, check=True)
    return ", ".join([*ours, skopeo.stdout.strip()])

"""Measures the figures that the program promises, side by side in one run.

python tests/bench/run.py [--images DIR] [--rounds N] [--only pull,window,start]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

from bench import images, pulls, report  # noqa: E402
from bench.report import Figure, at_most  # noqa: E402
from support.processes import descendants, peak, ticks  # noqa: E402

MB = 1_000_000
_IDLE = 10.0  #: seconds


def pull_figures(layout: Path, work: Path, rounds: int) -> Iterator[Figure]:
    with images.served(layout, work / "registry") as registry:
        for image in (images.PYTHON, images.WEB):
            told = pulls.measure(image, registry.host, layout, work / "pulled", rounds)
            note = f"ours {told.ours}, skopeo copy {told.skopeo}, inflate and hash {told.inflate}"
            what = f"pull of {image}, verified and indexed, against the floor"
            yield at_most(what, 2, told.ratio, "x", note)


def window_figures(layout: Path, work: Path) -> Iterator[Figure]:
    with images.served(layout, work / "registry") as registry:
        window = subprocess.Popen(
            [sys.executable, "-m", "bench.window", "use", str(work / "store"), registry.host],
            env=images.environment(work),
            stdout=subprocess.PIPE,
        )
        assert window.stdout is not None
        os.set_blocking(window.stdout.fileno(), False)
        peaks: dict[str, int] = {}
        said, idle = b"", 0.0
        while window.poll() is None:
            said += window.stdout.read() or b""
            _note_peaks(window.pid, peaks)
            if not idle and b"idle\n" in said:
                idle = _idle_share(window.pid)
            time.sleep(0.05)
        said += window.stdout.read() or b""
        assert window.returncode == 0, said
    told = json.loads(said.splitlines()[-1])
    rows, keys = told["rows"], told["keys"]
    yield _milliseconds("first rows of an indexed image of 75,000 entries", 300, rows)
    yield _milliseconds("filter keystroke there, to painted rows", 100, keys)
    for phase, gap in told["gaps"].items():
        yield at_most(f"longest gap of the event loop: {phase}", 100, gap, "ms")
    for what, most in peaks.items():
        yield at_most(f"memory of {what}, peak", 200, most / MB, "MB")
    yield Figure(f"processor while idle, {_IDLE:.0f} s", "", f"{idle:.1%} of one core")


def start_figures(work: Path, rounds: int) -> Iterator[Figure]:
    ways = {"ours": ["start", str(work / "empty-store")], "empty": ["empty"]}
    taken: dict[str, list[float]] = {name: [] for name in (*ways, "usable")}
    for number in range(rounds + 1):
        for name, arguments in ways.items():
            begin = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "bench.window", *arguments],
                env=images.environment(work),
                capture_output=True,
                text=True,
                check=True,
            )
            moments = dict(zip((name, "usable"), map(float, done.stdout.split()), strict=False))
            for moment, at in moments.items() if number else ():
                taken[moment].append(at - begin)
    ours, empty, usable = (statistics.median(each) for each in taken.values())
    note = f"{ours * 1000:.0f} ms against {empty * 1000:.0f} ms"
    what = "start to first window, against an empty PySide6 window"
    yield at_most(what, 2, ours / empty, "x", note)
    yield Figure("start until the library lists its images", "", f"{usable * 1000:.0f} ms")


def _milliseconds(what: str, limit: float, seconds: list[float]) -> Figure:
    each = [one * 1000 for one in seconds]
    note = f"median; {min(each):.0f} to {max(each):.0f}"
    return at_most(what, limit, statistics.median(each), "ms", note)


def _note_peaks(pid: int, peaks: dict[str, int]) -> None:
    """The window, its worker, and the largest of the worker's children."""
    found = {"the window": peak(pid)}
    for one in descendants(pid):
        name = "the worker" if one.parent == pid else "a child of the worker"
        found[name] = max(found.get(name, 0), peak(one.pid))
    for name, most in found.items():
        peaks[name] = max(peaks.get(name, 0), most)


def _idle_share(pid: int) -> float:
    """Of one core, the window and all of its processes together."""
    time.sleep(2)  # let what was under way come to rest
    family = [pid, *(one.pid for one in descendants(pid))]
    before = {pid: ticks(pid) for pid in family}
    time.sleep(_IDLE)
    used = sum(max(0, ticks(pid) - before[pid]) for pid in family)
    return used / os.sysconf("SC_CLK_TCK") / _IDLE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=Path, default=images.default_folder())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="start,window,pull")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    layout = images.made(asked.images)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        parts = {
            "start": lambda: start_figures(work, asked.rounds + 2),
            "window": lambda: window_figures(layout, work),
            "pull": lambda: pull_figures(layout, work, asked.rounds),
        }
        for name in asked.only.split(","):
            for figure in parts[name]():
                figures.append(figure)
                print(f"{figure.verdict:5} {figure.what}: {figure.value}", flush=True)
    print(report.table(figures))
    if len(asked.only.split(",")) == len(parts):
        report.write(figures, load)
    return 0 if all(figure.good is not False for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())

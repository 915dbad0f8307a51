"""The window in use: how soon it is there, how long it stands still, what memory it takes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from bench import images
from bench.given import Given
from bench.report import Figure, at_most
from support.processes import descendants, peak, ticks

MB = 1_000_000
_IDLE = 10.0  #: seconds


def start_figures(given: Given) -> Iterator[Figure]:
    ways = {"ours": ["start", str(given.work / "empty-store")], "empty": ["empty"]}
    taken: dict[str, list[float]] = {name: [] for name in (*ways, "usable")}
    for number in range(given.rounds + 3):
        for name, arguments in ways.items():
            begin = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "bench.window", *arguments],
                env=images.environment(given.work),
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
    yield at_most(what, 1.5, ours / empty, "x", note)
    yield Figure("start until the library lists its images", "", f"{usable * 1000:.0f} ms")


def use_figures(given: Given) -> Iterator[Figure]:
    with images.served(given.layout, given.work / "registry") as registry:
        window = subprocess.Popen(
            [sys.executable, "-m", "bench.window", "use", str(given.work / "store"), registry.host],
            env=images.environment(given.work),
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

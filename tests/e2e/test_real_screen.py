"""The window on a real X server: it starts, shows itself to the screen, and goes."""

from __future__ import annotations

import os
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QImage

from support.busy_windows import busy_window
from support.real_registry import tool

WIDTH, HEIGHT = 1440, 900
GOAL = 2.0
_NOISE = ("This plugin does not support",)


@dataclass(frozen=True)
class Screen:
    """``name`` is for DISPLAY; ``folder`` holds the pixels as the X server keeps them."""

    name: str
    folder: Path

    def picture(self) -> QImage:
        """What is on the screen now, read from the server's own memory (an XWD file)."""
        data = (self.folder / "Xvfb_screen0").read_bytes()
        fields = struct.unpack(">25I", data[:100])
        header, width, height, line, colours = (fields[n] for n in (0, 4, 5, 12, 19))
        pixels = data[header + colours * 12 :]
        return QImage(pixels, width, height, line, QImage.Format.Format_RGB32).copy()


@contextmanager
def screen(folder: Path) -> Iterator[Screen]:
    """An X server of our own on a free display."""
    ours, theirs = os.pipe()
    size = f"{WIDTH}x{HEIGHT}x24"
    options = ("-screen", "0", size, "-nolisten", "tcp", "-fbdir", str(folder))
    server = subprocess.Popen(
        [tool("Xvfb"), "-displayfd", str(theirs), *options],
        pass_fds=[theirs],
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    try:
        with os.fdopen(ours) as number:
            display = number.readline().strip()
        assert display, "Xvfb did not start"
        yield Screen(f":{display}", folder)
    finally:
        server.terminate()
        server.wait(10)


def test_the_window_shows_the_sample_on_a_real_screen(tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    home = tmp_path / "home"
    home.mkdir()
    with (
        screen(tmp_path) as shown,
        busy_window(
            home, "sample", str(picture), QT_QPA_PLATFORM="xcb", DISPLAY=shown.name
        ) as process,
    ):
        window = QImage(str(picture))
        _await_on_screen(window, shown)
        start = time.monotonic()
        complaints = process.communicate("close\n", timeout=20)[1].splitlines()
        taken = time.monotonic() - start
        print(f"closed in {taken:.2f} s")
        assert process.returncode == 0
        assert taken < 2 * GOAL
        assert [line for line in complaints if not any(part in line for part in _NOISE)] == []


def _await_on_screen(window: QImage, shown: Screen) -> None:
    """Until the screen shows the window as it says that it looks."""
    assert len(_colours(window)) > 60, "the window is blank"
    end = time.monotonic() + 10
    while (share := _agreement(window, shown.picture())) < 0.97:
        assert time.monotonic() < end, f"only {share:.0%} of the window can be seen"
        os.sched_yield()


def _agreement(window: QImage, picture: QImage) -> float:
    """The best share of equal pixels, wherever on the screen the window may be."""
    best = 0.0
    across = max(1, picture.width() - window.width() + 1)
    down = max(1, picture.height() - window.height() + 1)
    for x in {0, across // 2, across - 1}:
        for y in {0, down // 2, down - 1}:
            best = max(best, _equal(window, picture, x, y))
    return best


def _equal(window: QImage, picture: QImage, left: int, top: int) -> float:
    points = [
        (x, y)
        for x in range(0, min(window.width(), picture.width() - left), 7)
        for y in range(0, min(window.height(), picture.height() - top), 7)
    ]
    same = sum(window.pixel(x, y) == picture.pixel(left + x, top + y) for x, y in points)
    return same / len(points)


def _colours(picture: QImage) -> set[int]:
    return {
        picture.pixel(x, y)
        for x in range(0, picture.width(), 3)
        for y in range(0, picture.height(), 3)
    }

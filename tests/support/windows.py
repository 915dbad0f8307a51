"""Types and shortcuts for tests that open a window on fake jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from layerscope.gui.window import MainWindow
from support.fake_jobs import FakeJobs

Open = Callable[..., MainWindow]


def fake(window: MainWindow) -> FakeJobs:
    """The fake jobs of a window."""
    return cast("FakeJobs", window.jobs)

"""What every test is held to: no display, no thread left behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.pop("QT_STYLE_OVERRIDE", None)

_PATIENCE = 3.0


@pytest.fixture(autouse=True)
def _no_thread_left_behind() -> Iterator[None]:
    """Threads that a test has started are over when it ends, or a moment later."""
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + _PATIENCE
    left = _since(before)
    for thread in left:
        thread.join(max(0.0, end - time.monotonic()))
    left = _since(before)
    assert not left, f"still running after the test: {left}"


def _since(before: set[threading.Thread]) -> list[threading.Thread]:
    # Threads that Python did not start (Qt's, a codec's) show up as dummies when they call in.
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before and not isinstance(thread, threading._DummyThread)
    ]

"""A worker in this process that a test talks to over a real pipe."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from layerscope.worker.process import Worker
from layerscope.worker.wire import Channel
from support.slow_library import SlowLibrary


@pytest.fixture
def library() -> SlowLibrary:
    return SlowLibrary()


@pytest.fixture
def channel(library: SlowLibrary) -> Iterator[Channel]:
    """Our end; closing it is what the worker sees when a window dies."""
    to_worker, from_us = os.pipe()
    to_us, from_worker = os.pipe()
    worker = Worker(
        Channel(os.fdopen(to_worker, "rb"), os.fdopen(from_worker, "wb")),
        lambda: library,  # type: ignore[arg-type, return-value]  # a stand-in of the same shape
    )
    thread = threading.Thread(target=worker.serve)
    thread.start()
    ours = Channel(os.fdopen(to_us, "rb"), os.fdopen(from_us, "wb"))
    yield ours
    ours.hang_up()
    thread.join(5)
    assert not thread.is_alive()
    ours.close()

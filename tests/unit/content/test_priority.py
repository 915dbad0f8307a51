"""Work that steps back does so alone."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from layerscope.engine.content.priority import behind_others
from layerscope.engine.task import Cancelled


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="priorities of threads")
def test_it_runs_at_a_lower_priority_than_what_comes_before_and_after() -> None:
    before = niceness()
    assert behind_others(niceness) > before
    assert niceness() == before


def test_it_gives_back_what_the_work_raises() -> None:
    def give_up() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        behind_others(give_up)

"""A disk that says no at every write, sync and rename: one sentence, and nothing lost."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from layerscope.engine.store import Store
from support import library_faults
from support.bad_inputs import is_one_sentence
from support.library_faults import perform
from support.store_faults import OPERATIONS, State, rehearsed, require_sound
from support.sweeps import sweep
from support.tracing import Point, Tracer

#: At one call, and (+) from one call on.
ERRORS = ("ENOSPC", "ENOSPC+", "EIO", "EIO+", "EDQUOT", "EMFILE", "EROFS", "EROFS+")
CALLS = ["write", "pwrite64", "fsync", "rename", "mkdir", "link", "openat"]
FULL_DISK = ("ENOSPC", "ENOSPC+", "EDQUOT")


@pytest.mark.parametrize("operation", [*OPERATIONS, *library_faults.OPERATIONS])
def test_a_failing_disk_is_told_in_a_sentence_and_changes_nothing(
    operation: str, prepared: Path, work: Path, given: Path, tracer: Tracer
) -> None:
    before, after, points = rehearsed(
        prepared, work, lambda store: tracer.points(operation, store, CALLS)
    )
    faults = [
        (point, error)
        for point in points
        for error in (("EMFILE",) if point[0] == "openat" else ERRORS)
    ]

    def fail(fault: tuple[Point, str]) -> None:
        point, error = fault
        path = work / "{}-{}-{}".format(error, *point)
        shutil.copytree(prepared, path)
        ended = tracer.failing_at(operation, path, point, error)
        assert not ended.killed
        assert ended.in_words, ended.said
        if ended.said:
            assert not ended.done
            is_one_sentence(ended.said.strip())
            if error in FULL_DISK:
                assert ended.said.startswith("DiskFull: "), ended.said
                assert "is full" in ended.said
            if error == "EMFILE" and point[0] == "openat":
                assert re.search("too many (files are open|open files)", ended.said.lower())
        found = State.of(path)
        assert found in (before, after)
        if ended.done:
            assert found == after
        elif ended.said and error in FULL_DISK and point[0] in ("write", "mkdir"):
            assert found == before
        store = Store.open(path)
        assert store.writable
        assert store.verify().damage == ()
        if operation in library_faults.OPERATIONS:
            assert library_faults.seen(operation, path) == (found == after)
        if found == before:
            perform(operation, path, given)
            assert State.of(path) == after
        require_sound(path, "afterwards")
        shutil.rmtree(path)

    sweep(f"{operation}: failing calls", faults, 6, fail)

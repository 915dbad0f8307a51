"""kill -9 at every system call: the store is as before or as after, and nothing said is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from layerscope.engine.store import Store
from support import library_faults
from support.library_faults import perform
from support.store_faults import OPERATIONS, State, rehearsed, require_sound
from support.sweeps import sweep
from support.tracing import CHANGING, Point, Tracer


@pytest.mark.parametrize("operation", [*OPERATIONS, *library_faults.OPERATIONS])
def test_a_killed_operation_has_happened_or_has_not(
    operation: str, prepared: Path, work: Path, given: Path, tracer: Tracer
) -> None:
    before, after, points = rehearsed(
        prepared, work, lambda store: tracer.points(operation, store, CHANGING)
    )
    assert (before == after) == (operation == "index")
    assert len(points) >= 8

    def kill(point: Point) -> None:
        path = work / "{}-{}".format(*point)
        shutil.copytree(prepared, path)
        ended = tracer.killed_at(operation, path, point)
        assert ended.killed, ended.said
        found = State.of(path)
        assert found in (before, after)
        if ended.done:
            assert found == after
        require_whole(operation, path, named=found == after)
        if found == before:
            perform(operation, path, given)  # nothing is in its way
            assert State.of(path) == after
            require_whole(operation, path, named=True)
        require_sound(path, "afterwards")
        shutil.rmtree(path)

    sweep(f"{operation}: kill -9", points, 4, kill)


def require_whole(operation: str, path: Path, *, named: bool) -> None:
    store = Store.open(path)
    assert store.writable
    assert store.verify().damage == ()
    if operation in library_faults.OPERATIONS:
        assert library_faults.seen(operation, path) == named


@pytest.mark.parametrize("operation", ["tag", "untag", "remove", "undo"])
def test_what_happened_before_a_kill_can_be_undone(
    operation: str, prepared: Path, work: Path, tracer: Tracer
) -> None:
    """Also when the process died right after the list had changed."""
    before, after, points = rehearsed(
        prepared, work, lambda store: tracer.points(operation, store, CHANGING)
    )

    def kill(point: Point) -> None:
        path = work / "{}-{}".format(*point)
        shutil.copytree(prepared, path)
        tracer.killed_at(operation, path, point)
        if State.of(path) == after and operation != "undo":
            Store.open(path).undo()
            assert State.of(path) == before
        assert Store.open(path).verify().damage == ()

    sweep(f"{operation}: kill -9, then undo", points[len(points) // 2 :], 3, kill)

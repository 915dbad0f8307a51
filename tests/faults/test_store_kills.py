"""kill -9 at every system call: the store is as before or as after, and nothing said is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from layerscope.engine.store import Store
from support.store_faults import (
    CHANGING,
    OPERATIONS,
    State,
    needs_strace,
    perform,
    points,
    prepare,
    run,
)
from support.sweeps import chosen

pytestmark = pytest.mark.skipif(needs_strace, reason="strace is not installed")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "store"
    prepare(path)
    return path


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_killed_operation_has_happened_or_has_not(
    operation: str, prepared: Path, tmp_path: Path
) -> None:
    before = State.of(prepared)
    tried = tmp_path / "tried"
    shutil.copytree(prepared, tried)
    calls = points(operation, tried, CHANGING)
    after = State.of(tried)
    if operation != "prune":
        assert before != after
    assert len(calls) >= 8
    for call, number in chosen(calls, most=7):
        where = f"{operation} killed at {call} {number}"
        path = tmp_path / f"{call}-{number}"
        shutil.copytree(prepared, path)
        ended = run(operation, path, "-e", f"inject={call}:signal=KILL:when={number}")
        assert ended.killed, where
        found = State.of(path)
        assert found in (before, after), where
        if ended.done:
            assert found == after, where
        store = Store.open(path)
        assert store.writable, where
        assert store.verify().damage == (), where
        if found == before and operation != "prune":
            perform(operation, path)  # nothing is in its way
            assert State.of(path) == after, where
        assert Store.open(path).verify().damage == (), where
        shutil.rmtree(path)


@pytest.mark.parametrize("operation", ["tag", "untag", "remove", "undo"])
def test_what_happened_before_a_kill_can_be_undone(
    operation: str, prepared: Path, tmp_path: Path
) -> None:
    """Also when the process died right after the list had changed."""
    tried = tmp_path / "tried"
    shutil.copytree(prepared, tried)
    calls = points(operation, tried, CHANGING)
    before, after = State.of(prepared), State.of(tried)
    for call, number in chosen(calls[len(calls) // 2 :], most=3):
        path = tmp_path / f"{call}-{number}"
        shutil.copytree(prepared, path)
        run(operation, path, "-e", f"inject={call}:signal=KILL:when={number}")
        if State.of(path) == after and operation != "undo":
            Store.open(path).undo()
            assert State.of(path) == before, f"{operation} killed at {call} {number}"
        assert Store.open(path).verify().damage == ()

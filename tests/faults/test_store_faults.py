"""A disk that says no at every write, sync and rename: one sentence, and nothing lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from layerscope.engine.store import Store
from support.store_faults import OPERATIONS, State, needs_strace, perform, points, prepare, run
from support.sweeps import FULL, chosen

pytestmark = pytest.mark.skipif(needs_strace, reason="strace is not installed")

FAULTS = {
    "ENOSPC": ["write", "mkdir", "rename", "fsync"],
    "EIO": ["write", "fsync", "rename", "unlink"],
    "EDQUOT": ["write"],
    "EROFS": ["rename", "mkdir"],
}
SHORT = {"ENOSPC": ["write", "rename"], "EIO": ["fsync", "rename"]}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "store"
    prepare(path)
    return path


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_failing_disk_is_told_in_a_sentence_and_changes_nothing(
    operation: str, prepared: Path, tmp_path: Path
) -> None:
    before = State.of(prepared)
    tried = tmp_path / "tried"
    shutil.copytree(prepared, tried)
    faults = FAULTS if FULL else SHORT
    kinds = sorted({call for calls in faults.values() for call in calls})
    calls = points(operation, tried, kinds)
    after = State.of(tried)
    for error, failing in faults.items():
        here = [point for point in calls if point[0] in failing]
        for call, number in chosen(here, most=2):
            where = f"{operation} with {error} at {call} {number}"
            path = tmp_path / f"{error}-{call}-{number}"
            shutil.copytree(prepared, path)
            ended = run(operation, path, "-e", f"inject={call}:error={error}:when={number}")
            assert "Traceback" not in ended.said, f"{where}: {ended.said}"
            found = State.of(path)
            assert found in (before, after), where
            if ended.done:
                assert found == after, where
            elif ended.said and error in ("ENOSPC", "EDQUOT"):
                assert "DiskFull" in ended.said, f"{where}: {ended.said}"
                assert "is full" in ended.said
                if call in ("write", "mkdir"):
                    assert found == before, where
            store = Store.open(path)
            assert store.writable, where
            assert store.verify().damage == (), where
            if found == before and operation != "prune":
                perform(operation, path)
                assert State.of(path) == after, where
            shutil.rmtree(path)

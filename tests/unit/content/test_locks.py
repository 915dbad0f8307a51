"""Locks: one holder at a time, gone with its process, waited for with patience and an end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from layerscope.engine.content import locks
from layerscope.engine.content.locks import FileLock
from layerscope.engine.errors import StoreBusy
from layerscope.engine.task import Cancelled, Task


@pytest.fixture
def lock(tmp_path: Path) -> FileLock:
    return FileLock(tmp_path / "lock")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.05)


@pytest.mark.usefixtures("impatient")
def test_a_lock_has_one_holder(lock: FileLock) -> None:
    with lock.held(Task()):
        assert lock.works()
        with pytest.raises(StoreBusy) as caught, lock.held(Task()):
            pass
        assert f"Process {os.getpid()}" in caught.value.holder
    with lock.held(Task()):
        pass


@pytest.mark.usefixtures("impatient")
def test_a_shared_lock_has_many_holders_and_keeps_the_single_one_out(lock: FileLock) -> None:
    many = lock.held(Task(), shared=True), lock.held(Task(), shared=True)
    with many[0], many[1], pytest.raises(StoreBusy), lock.held(Task()):
        pass
    with lock.held(Task()), pytest.raises(StoreBusy), lock.held(Task(), shared=True):
        pass


def test_a_lock_dies_with_its_process_and_the_file_stays(lock: FileLock) -> None:
    script = (
        "import sys, os; sys.path[:0] = [sys.argv[2]]\n"
        "from pathlib import Path\n"
        "from layerscope.engine.content.locks import FileLock\n"
        "from layerscope.engine.task import Task\n"
        "with FileLock(Path(sys.argv[1])).held(Task()):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    app = Path(__file__).parents[3] / "app"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(lock.path), str(app)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    with holder.stdout, holder.stdin:
        assert holder.stdout.readline() == b"held\n"
        with lock.path.open("rb") as file:
            assert not locks.try_lock(file)
            assert f"Process {holder.pid}" in locks.read_note(file)
        holder.kill()
        holder.wait()
    with lock.held(Task()):
        assert lock.path.exists()


def test_a_child_that_inherited_a_lock_does_not_keep_it(lock: FileLock) -> None:
    reading, writing = os.pipe()
    with lock.held(Task()):
        child = os.fork()
        if child == 0:
            os.read(reading, 1)
            os._exit(0)
    try:
        with lock.held(Task()):
            pass
    finally:
        os.write(writing, b"x")
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)


def test_whoever_waits_can_give_up_at_once(lock: FileLock) -> None:
    task = Task()
    gave_up = threading.Event()

    def wait() -> None:
        with pytest.raises(Cancelled), lock.held(task):
            pass
        gave_up.set()

    with lock.held(Task()):
        thread = threading.Thread(target=wait)
        thread.start()
        task.cancel()
        assert gave_up.wait(0.25)
    thread.join(5)


def test_a_note_that_somebody_else_wrote_is_only_text(lock: FileLock, tmp_path: Path) -> None:
    for text in (b"", b"[]", b"{", b'{"pid": "x"}', b"\xff\xfe", b"null", b"[" * 5000):
        (tmp_path / "note").write_bytes(text)
        with (tmp_path / "note").open("rb") as file:
            assert locks.read_note(file) == ""

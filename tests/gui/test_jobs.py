"""Jobs keep their promises with a real worker process, a real store and a bad registry."""

from __future__ import annotations

import gzip
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from layerscope.engine.errors import ImageNotFound, WorkerStopped
from layerscope.engine.library.values import Listing, Loaded, Pulled
from layerscope.engine.task import TransferProgress
from layerscope.gui.jobs import Job, Jobs
from support import tars
from support.hostile_registry import HostileRegistry
from support.replies import Reply

LAYER = gzip.compress(tars.tar(tars.member(b"noise", bytes(range(256)) * 4000)), 0, mtime=0)
PATIENCE = 20_000  #: milliseconds; a process starts on a busy machine


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    made = Jobs(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def far() -> Iterator[HostileRegistry]:
    with HostileRegistry() as registry:
        registry.serve_image("app", "1", [LAYER])
        yield registry


@pytest.fixture
def stuck(far: HostileRegistry) -> HostileRegistry:
    """A registry that goes silent in the middle of the layer."""
    far.serve_blob("app", LAYER, Reply(body=LAYER, ranges=True, stall=600_000))
    return far


class Diary:
    """What a job said, in order."""

    def __init__(self, job: Job) -> None:
        self.said: list[tuple[str, object]] = []
        self.threads: set[bool] = set()
        job.progressed.connect(lambda value: self._note("progressed", value))
        job.succeeded.connect(lambda value: self._note("succeeded", value))
        job.failed.connect(lambda value: self._note("failed", value))
        job.cancelled.connect(lambda: self._note("cancelled", None))
        job.finished.connect(lambda: self._note("finished", None))

    @property
    def words(self) -> list[str]:
        return [word for word, _ in self.said if word != "progressed"]

    def _note(self, word: str, value: object) -> None:
        self.threads.add(QThread.isMainThread())
        self.said.append((word, value))


def test_a_job_succeeds_once_on_the_windows_thread(qtbot: QtBot, jobs: Jobs) -> None:
    job = jobs.start("images")
    diary = Diary(job)
    assert jobs.busy
    with qtbot.waitSignal(job.finished, timeout=PATIENCE):
        pass
    assert diary.words == ["succeeded", "finished"]
    assert isinstance(diary.said[0][1], Listing)
    assert diary.threads == {True}
    assert job.over
    assert not jobs.busy


def test_nothing_is_told_before_the_event_loop_turns(qtbot: QtBot, jobs: Jobs) -> None:
    first = jobs.start("images")
    with qtbot.waitSignal(first.finished, timeout=PATIENCE):
        pass
    job = jobs.start("images")
    diary = Diary(job)
    end = time.monotonic() + 0.3
    while time.monotonic() < end:  # the loop stands still while the worker answers
        os.sched_yield()
    assert diary.said == []
    with qtbot.waitSignal(job.finished, timeout=PATIENCE):
        pass


def test_an_explained_failure_keeps_its_class_and_hint(qtbot: QtBot, jobs: Jobs) -> None:
    job = jobs.start("image", "nothing")
    diary = Diary(job)
    with qtbot.waitSignal(job.finished, timeout=PATIENCE):
        pass
    ((word, error), _) = diary.said
    assert word == "failed"
    assert isinstance(error, ImageNotFound)
    assert error.hint


def test_a_pull_reports_and_tells_of_the_changed_store(
    qtbot: QtBot, jobs: Jobs, far: HostileRegistry
) -> None:
    listing = jobs.start("images")
    with qtbot.waitSignal(listing.finished, timeout=PATIENCE):
        pass
    with qtbot.waitSignals([jobs.store_changed], timeout=PATIENCE):
        job = jobs.start("pull", f"{far.host}/app:1")
        diary = Diary(job)
    if not job.over:
        with qtbot.waitSignal(job.finished, timeout=PATIENCE):
            pass
    assert diary.words == ["succeeded", "finished"]
    assert isinstance(diary.said[-2][1], Pulled)
    assert isinstance(diary.said[0][1], TransferProgress)


def test_a_cancelled_job_can_only_end_as_cancelled(
    qtbot: QtBot, jobs: Jobs, stuck: HostileRegistry
) -> None:
    job = jobs.start("pull", f"{stuck.host}/app:1")
    diary = Diary(job)
    qtbot.waitUntil(stuck.stalled.is_set, timeout=PATIENCE)
    begin = time.monotonic()
    with qtbot.waitSignal(job.finished, timeout=PATIENCE):
        job.cancel()
    assert time.monotonic() - begin < 1.0  # 250 ms where nobody else keeps the machine busy
    assert diary.words == ["cancelled", "finished"]


def test_a_job_that_was_through_when_cancelled_ends_as_cancelled(qtbot: QtBot, jobs: Jobs) -> None:
    first = jobs.start("images")
    with qtbot.waitSignal(first.finished, timeout=PATIENCE):
        pass
    job = jobs.start("images")
    diary = Diary(job)
    end = time.monotonic() + 20
    while not jobs._inbox:  # the loop stands still: the answer is here and nobody was told
        assert time.monotonic() < end
        os.sched_yield()
    with qtbot.waitSignal(job.finished, timeout=PATIENCE):
        job.cancel()
    assert diary.words == ["cancelled", "finished"]


def test_a_dead_worker_is_told_and_the_next_job_gets_a_new_one(
    qtbot: QtBot, jobs: Jobs, stuck: HostileRegistry, tmp_path: Path
) -> None:
    job = jobs.start("pull", f"{stuck.host}/app:1")
    diary = Diary(job)
    partial = tmp_path / "store" / ".layerscope" / "partial"

    def some_arrived() -> bool:
        return any(path.stat().st_size > 200_000 for path in partial.glob("*"))

    qtbot.waitUntil(some_arrived, timeout=PATIENCE)
    assert jobs._client is not None
    with qtbot.waitSignals([jobs.worker_stopped, job.finished], timeout=PATIENCE):
        os.kill(jobs._client.pid, signal.SIGKILL)
    assert diary.words == ["failed", "finished"]
    assert isinstance(diary.said[-2][1], WorkerStopped)
    stuck.serve_blob("app", LAYER)
    again = jobs.start("pull", f"{stuck.host}/app:1")
    news = Diary(again)
    with qtbot.waitSignal(again.finished, timeout=PATIENCE):
        pass
    assert news.words == ["succeeded", "finished"]
    pulled = news.said[-2][1]
    assert isinstance(pulled, Pulled)
    assert pulled.downloaded < len(LAYER)  # it went on where the dead one had stopped


def test_closing_in_the_middle_is_quick_and_leaves_no_process(
    qtbot: QtBot, jobs: Jobs, stuck: HostileRegistry
) -> None:
    job = jobs.start("pull", f"{stuck.host}/app:1")
    diary = Diary(job)
    qtbot.waitUntil(stuck.stalled.is_set, timeout=PATIENCE)
    assert jobs._client is not None
    pid = jobs._client.pid
    begin = time.monotonic()
    jobs.close()
    assert time.monotonic() - begin < 2
    assert diary.words == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_worker_leaves_when_the_window_dies(
    qtbot: QtBot, jobs: Jobs, stuck: HostileRegistry
) -> None:
    job = jobs.start("pull", f"{stuck.host}/app:1")
    qtbot.waitUntil(stuck.stalled.is_set, timeout=PATIENCE)
    client = jobs._client
    assert client is not None
    with qtbot.waitSignals([jobs.worker_stopped, job.finished], timeout=PATIENCE):
        client._channel.hang_up()  # what a killed window does, whatever it was in the middle of


def test_the_sample_is_loaded(qtbot: QtBot, jobs: Jobs) -> None:
    job = jobs.start("load_sample")
    diary = Diary(job)
    with qtbot.waitSignal(job.finished, timeout=PATIENCE):
        pass
    assert diary.words == ["succeeded", "finished"]
    loaded = diary.said[-2][1]
    assert isinstance(loaded, tuple)
    assert all(isinstance(each, Loaded) for each in loaded)


def test_another_store_is_served_and_what_ran_in_the_old_one_is_cancelled(
    jobs: Jobs, qtbot: QtBot, tmp_path: Path
) -> None:
    job = jobs.start("images")
    diary = Diary(job)
    other = tmp_path / "other"
    jobs.change_store(other)
    assert diary.words == ["cancelled", "finished"]
    with qtbot.waitSignal(jobs.start("images").succeeded, timeout=PATIENCE) as answer:
        pass
    assert answer.args is not None
    assert answer.args[0].disk.path == str(other)

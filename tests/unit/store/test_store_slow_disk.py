"""A large blob on its way to a disk that takes its time: a cancel does not wait for the disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from layerscope.engine.content import files
from layerscope.engine.errors import DiskFull
from layerscope.engine.oci import media_types
from layerscope.engine.store import Store, syncing
from layerscope.engine.task import Cancelled, Task
from support.stores import described, leftovers
from support.visitors import cancelled_when

DATA = b"content" * 1000
BLOB = described(DATA)


class SlowDisk:
    """Takes each sync when it is told to; ``failure`` is what it says of it."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.go_on = threading.Event()
        self.failure: BaseException | None = None
        self._real = files.sync

    def sync(self, file: BinaryIO, path: Path) -> None:
        self.asked.set()
        assert self.go_on.wait(20)
        if self.failure is not None:
            raise self.failure
        self._real(file, path)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    disk = SlowDisk()
    monkeypatch.setattr(syncing, "_LARGE", 1)
    monkeypatch.setattr(files, "sync", disk.sync)
    yield disk
    disk.go_on.set()
    for thread in threading.enumerate():
        if thread.name == "sync":
            thread.join(10)


def test_a_blob_that_is_not_on_the_disk_is_not_there(store: Store, disk: SlowDisk) -> None:
    _stop_at_the_sync(store, disk)
    assert not store.has(BLOB)
    disk.go_on.set()
    with store.lease() as lease, lease.write(BLOB) as again:
        assert again.offset == len(DATA), "what arrived was lost"
        again.commit()
    assert store.read(BLOB, len(DATA)) == DATA
    assert leftovers(store) == []


def test_nobody_writes_on_before_the_disk_has_answered(store: Store, disk: SlowDisk) -> None:
    _stop_at_the_sync(store, disk)
    soon = threading.Event()
    threading.Timer(0.1, soon.set).start()
    with cancelled_when(soon) as task, store.lease() as lease, lease.write(BLOB, task):
        pytest.fail("there were two writers of one blob")


def test_what_the_disk_lost_after_a_cancel_is_thrown_away(store: Store, disk: SlowDisk) -> None:
    """A second sync would report success for bytes that are gone."""
    _stop_at_the_sync(store, disk)
    disk.failure = DiskFull("full", path="", needed=1, free=0)
    disk.go_on.set()
    with store.lease() as lease, lease.write(BLOB) as again:
        assert again.offset == 0


def test_what_the_disk_says_is_told(store: Store, disk: SlowDisk) -> None:
    disk.failure = DiskFull("full", path="", needed=1, free=0)
    disk.go_on.set()
    with store.lease() as lease:
        with lease.write(BLOB) as first:
            first.write(DATA)
            with pytest.raises(DiskFull):
                first.commit()
        with lease.write(BLOB) as again:
            assert again.offset == 0


def test_a_blob_of_unknown_digest_waits_for_no_disk_either(store: Store, disk: SlowDisk) -> None:
    task = Task()

    def cancel() -> None:
        disk.asked.wait(10)
        task.cancel()

    stop = threading.Thread(target=cancel)
    with store.lease() as lease:
        with lease.new_blob(media_types.OCI_LAYER, task) as new:
            new.write(DATA)
            stop.start()
            with pytest.raises(Cancelled):
                new.commit()
        assert not disk.go_on.is_set()
        assert not store.has(BLOB)
    disk.go_on.set()
    stop.join()
    assert leftovers(store) == []


def _stop_at_the_sync(store: Store, disk: SlowDisk) -> None:
    """Write all of the blob, and cancel while it is on its way to the disk."""
    task = Task()

    def cancel() -> None:
        disk.asked.wait(10)
        task.cancel()

    stop = threading.Thread(target=cancel)
    with store.lease() as lease, lease.write(BLOB, task) as first:
        first.write(DATA)
        stop.start()
        with pytest.raises(Cancelled):
            first.commit()
    stop.join()

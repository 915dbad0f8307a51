"""A layer is indexed while it is still being written, and only then finished when it is right."""

from __future__ import annotations

import gzip
import os
import threading
from pathlib import Path

import pytest

from layerscope.engine.content.limits import Limits
from layerscope.engine.errors import BlobDamaged
from layerscope.engine.layers import LayerSummary, build_index
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.oci.media_types import OCI_LAYER_GZIP
from layerscope.engine.task import Cancelled, Progress, Task
from support import tars

TAR = tars.tar(*(tars.member(b"f%d" % n, os.urandom(9000)) for n in range(60)))
BLOB = gzip.compress(TAR, 1, mtime=0)
LAYER = Descriptor(OCI_LAYER_GZIP, Digest.of(BLOB), len(BLOB))
HALF = len(BLOB) // 2


class Arrival:
    """A pass on a thread of its own over a file that the test writes."""

    def __init__(self, folder: Path, diff_id: Digest) -> None:
        self.partial, self.blob, self.target = (folder / n for n in ("partial", "blob", "index"))
        self.partial.write_bytes(b"")
        self.outcome: LayerSummary | BaseException | None = None
        self._reached = threading.Condition()
        self._done = 0
        self.task = Task(self._hear)
        self._thread = threading.Thread(target=self._run, args=(diff_id,))
        self._thread.start()

    def write(self, data: bytes) -> None:
        with self.partial.open("ab") as file:
            file.write(data)

    def wait_until_read(self, count: int) -> None:
        with self._reached:
            assert self._reached.wait_for(lambda: self._done >= count, 10)

    def end(self) -> LayerSummary | BaseException | None:
        self._thread.join(10)
        assert not self._thread.is_alive()
        return self.outcome

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def _run(self, diff_id: Digest) -> None:
        try:
            self.outcome = build_index(
                self.blob, LAYER, diff_id, self.target, Limits(), self.task, arriving=self.partial
            )
        except BaseException as error:
            self.outcome = error

    def _hear(self, news: object) -> None:
        assert isinstance(news, Progress)
        with self._reached:
            self._done = news.done
            self._reached.notify_all()


def test_it_is_read_as_it_comes_and_finished_once_it_has_its_name(tmp_path: Path) -> None:
    arrival = Arrival(tmp_path, Digest.of(TAR))
    arrival.write(BLOB[:HALF])
    arrival.wait_until_read(HALF)
    arrival.write(BLOB[HALF:])
    arrival.wait_until_read(len(BLOB))
    assert not arrival.target.exists()
    assert arrival.running
    arrival.partial.rename(arrival.blob)
    summary = arrival.end()
    whole = build_index(arrival.blob, LAYER, Digest.of(TAR), tmp_path / "other", Limits(), Task())
    assert summary == whole
    assert arrival.target.read_bytes() == (tmp_path / "other").read_bytes()


def test_another_file_of_that_name_does_not_count(tmp_path: Path) -> None:
    arrival = Arrival(tmp_path, Digest.of(TAR))
    arrival.write(BLOB)
    arrival.blob.write_bytes(BLOB)
    arrival.wait_until_read(len(BLOB))
    arrival.task.wait(0.1)
    assert arrival.running
    arrival.task.cancel()
    assert isinstance(arrival.end(), Cancelled)
    assert not arrival.target.exists()


def test_other_bytes_than_the_diff_id_promises_are_not_believed(tmp_path: Path) -> None:
    arrival = Arrival(tmp_path, Digest.of(b"another tar"))
    arrival.write(BLOB)
    arrival.wait_until_read(len(BLOB))
    arrival.partial.rename(arrival.blob)
    assert isinstance(arrival.end(), BlobDamaged)
    assert not arrival.target.exists()


@pytest.mark.parametrize("arrived", [0, HALF, len(BLOB)])
def test_a_cancel_ends_the_waiting(tmp_path: Path, arrived: int) -> None:
    arrival = Arrival(tmp_path, Digest.of(TAR))
    arrival.write(BLOB[:arrived])
    arrival.wait_until_read(arrived)
    arrival.task.cancel()
    assert isinstance(arrival.end(), Cancelled)
    assert not arrival.target.exists()

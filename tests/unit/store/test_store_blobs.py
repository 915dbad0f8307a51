"""Blobs: whole and right or absent, resumed after interruptions, repaired when damaged."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from layerscope.engine.content import files, locks
from layerscope.engine.errors import (
    BlobMissing,
    DigestMismatch,
    DiskFull,
    StoreReadOnly,
)
from layerscope.engine.oci import Descriptor, Digest, media_types
from layerscope.engine.store import Store
from layerscope.engine.task import Cancelled, Task
from support.stores import described, leftovers, ref, store_image, store_unlisted

LAYER = media_types.OCI_LAYER


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_blob_is_absent_until_it_is_committed(store: Store, algorithm: str) -> None:
    data = b"content" * 1000
    blob = described(data, algorithm)
    with store.lease() as lease, lease.write(blob) as writer:
        assert not writer.present
        writer.write(data)
        assert not store.has(blob)
        assert not store.blob_path(blob.digest).exists()
        writer.commit()
        assert writer.present
    assert store.has(blob)
    assert store.read(blob, 10_000) == data
    with store.open_blob(blob.digest, blob.size) as file:
        assert file.read() == data
    assert store.blob_path(blob.digest).stat().st_mode & 0o777 == 0o444
    assert leftovers(store) == []


def test_a_blob_that_is_there_needs_no_writing(store: Store) -> None:
    with store.lease() as lease:
        blob = lease.put(b"content", LAYER)
        with lease.write(blob) as writer:
            assert writer.present
            assert writer.offset == blob.size
            writer.commit()


def test_an_interrupted_blob_continues_where_it_stopped(store: Store) -> None:
    data = os.urandom(300_000)
    blob = described(data)
    with store.lease() as lease, lease.write(blob) as writer:
        writer.write(data[:200_000])
    assert store.partial_size(blob.digest) == 200_000
    again = Store.open(store.path)
    with again.lease() as lease, lease.write(blob) as writer:
        assert writer.offset == 200_000
        writer.write(data[200_000:])
        writer.commit()
    assert store.read(blob, 10**6) == data
    assert store.partial_size(blob.digest) == 0


def test_a_partial_file_that_was_damaged_never_becomes_a_blob(store: Store) -> None:
    data = os.urandom(1000)
    blob = described(data)
    with store.lease() as lease, lease.write(blob) as writer:
        writer.write(data[:500])
    [partial] = (store.path / ".layerscope/partial").iterdir()
    partial.write_bytes(b"x" * 500)
    with store.lease() as lease, lease.write(blob) as writer:
        writer.write(data[500:])
        with pytest.raises(DigestMismatch) as caught:
            writer.commit()
        assert caught.value.expected == str(blob.digest)
        assert caught.value.received.startswith("sha256:")
        assert writer.offset == 0  # ready for another try
        writer.write(data)
        writer.commit()
    assert store.has(blob)


def test_a_partial_file_that_is_complete_or_too_long_is_not_trusted(store: Store) -> None:
    data = b"right content"
    blob = described(data)
    partial = store.path / ".layerscope/partial" / f"sha256-{blob.digest.hex}"
    for lie in (b"wrong content", data + b"and more"):
        partial.write_bytes(lie)
        with store.lease() as lease, lease.write(blob) as writer:
            assert writer.offset == 0


@pytest.mark.parametrize("wrong", [b"short", b"content of equal len!"])
def test_wrong_bytes_are_never_committed(store: Store, wrong: bytes) -> None:
    blob = described(b"content of equal size")
    with store.lease() as lease, lease.write(blob) as writer:
        writer.write(wrong)
        with pytest.raises(DigestMismatch):
            writer.commit()
    assert not store.blob_path(blob.digest).exists()
    assert not list((store.path / ".layerscope/partial").iterdir())


def test_more_bytes_than_promised_are_refused_at_once(store: Store) -> None:
    blob = described(b"12345")
    with store.lease() as lease, lease.write(blob) as writer:
        writer.write(b"123")
        with pytest.raises(DigestMismatch, match="longer"):
            writer.write(b"456")
        assert writer.offset == 3
        writer.write(b"45")
        writer.commit()
    assert store.has(blob)


def test_a_writer_that_wrote_nothing_leaves_nothing(store: Store) -> None:
    with store.lease() as lease, lease.write(described(b"content")):
        pass
    assert list((store.path / ".layerscope/partial").iterdir()) == []


def test_bytes_of_unknown_digest_are_named_when_they_end(store: Store) -> None:
    with store.lease() as lease:
        with lease.new_blob(LAYER) as new:
            new.write(b"con")
            new.write(b"tent")
            blob = new.commit()
        with lease.new_blob(LAYER) as given_up:
            given_up.write(b"x")
    assert blob == described(b"content")
    assert store.read(blob, 100) == b"content"
    assert leftovers(store) == []


def test_a_second_writer_waits_and_then_finds_the_blob(store: Store) -> None:
    data = b"content" * 100
    blob = described(data)
    seen: list[bool] = []
    waiting = threading.Event()

    class Watched(Task):
        def wait(self, seconds: float) -> None:
            waiting.set()
            super().wait(seconds)

    def second() -> None:
        other = Store.open(store.path)
        with other.lease() as lease, lease.write(blob, Watched()) as writer:
            seen.append(writer.present)

    with store.lease() as lease, lease.write(blob) as writer:
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        assert seen == []
        writer.write(data)
        writer.commit()
    thread.join(10)
    assert seen == [True]


def test_a_waiting_writer_can_be_cancelled(store: Store) -> None:
    blob = described(b"content")
    task = Task()

    class Cancelling(Task):
        def wait(self, seconds: float) -> None:
            self.cancel()
            super().wait(seconds)

    with store.lease() as lease, lease.write(blob):
        task = Cancelling()
        with pytest.raises(Cancelled), lease.write(blob, task):
            pass


def test_a_second_writer_takes_over_when_the_first_gives_up(store: Store) -> None:
    data = b"content" * 100
    blob = described(data)
    with store.lease() as lease:
        with lease.write(blob) as writer:
            writer.write(data[:300])
        with lease.write(blob) as writer:
            assert writer.offset == 300
            assert not writer.present


# A full disk


def test_a_blob_that_cannot_fit_is_refused_before_it_is_fetched(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "free_space", lambda folder: 1000)
    blob = Descriptor(LAYER, Digest.of(b"x"), 5000)
    with store.lease() as lease, pytest.raises(DiskFull) as caught, lease.write(blob):
        pass
    assert (caught.value.needed, caught.value.free) == (5000, 1000)
    assert str(store.path) in caught.value.path


def test_an_image_is_listed_only_when_all_of_it_is_stored(store: Store) -> None:
    with store.lease() as lease:
        image = store_unlisted(lease, [b"one", b"two"])
        store.blob_path(Digest.of(b"two")).unlink()
        with pytest.raises(BlobMissing):
            lease.publish(image, [])
    assert store.entries() == ()


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder that everybody may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become somebody else")
def test_a_store_of_somebody_else_can_be_read_and_not_written(elsewhere: Path) -> None:
    store = Store.open(elsewhere / "images")
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    os.seteuid(65534)
    try:
        theirs = Store.open(store.path)
        assert not theirs.writable
        assert [entry.descriptor.digest for entry in theirs.entries()] == [image.digest]
        assert theirs.document(image).digest == image.digest
        assert theirs.verify().damage == ()
        assert theirs.plan(remove=[image.digest]).reclaimed > 0
        assert theirs.undoable() is None
        with pytest.raises(StoreReadOnly), theirs.lease():
            pass
        for change in (
            lambda: theirs.tag(image.digest, ref("app:2")),
            lambda: theirs.apply(theirs.plan(remove=[image.digest])),
            theirs.undo,
            theirs.empty_trash,
            theirs.recover,
        ):
            with pytest.raises(StoreReadOnly):
                change()
    finally:
        os.seteuid(0)
    assert store.verify().findings == ()


def test_a_partial_file_that_vanishes_before_it_is_locked_is_made_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer that gave up without a byte has removed it in between."""
    blob = described(b"content")
    partial = store.path / ".layerscope/partial" / f"sha256-{blob.digest.hex}"
    real = locks.try_lock
    taken = "layerscope.engine.store.writer.try_lock"

    def overtaken(file: BinaryIO) -> bool:
        monkeypatch.setattr(taken, real)
        partial.unlink()
        return real(file)

    with store.lease() as lease:
        monkeypatch.setattr(taken, overtaken)
        with lease.write(blob) as writer:
            writer.write(b"content")
            writer.commit()
    assert store.has(blob)

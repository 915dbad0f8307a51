"""Blobs that are not what their digests say: noticed, said, and replaced by the next pull."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from layerscope.engine.errors import (
    BlobDamaged,
    BlobMissing,
    LimitReached,
)
from layerscope.engine.oci import Digest, media_types
from layerscope.engine.store import Store
from support.stores import described, store_image

LAYER = media_types.OCI_LAYER


def flip(path: Path, position: int = 0) -> None:
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.chmod(0o644)
    os.truncate(path, 0)


def to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("x")


def to_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def to_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("harm", [flip, truncate, to_folder, to_link, to_pipe])
def test_a_damaged_blob_is_noticed_and_replaced_by_the_next_pull(
    store: Store, harm: Callable[[Path], None]
) -> None:
    data = b"content" * 100
    with store.lease() as lease:
        blob = lease.put(data, LAYER)
    harm(store.blob_path(blob.digest))
    with pytest.raises(BlobDamaged) as caught:
        store.read(blob, 10_000)
    assert str(blob.digest) in str(caught.value)
    with store.lease() as lease, lease.write(blob) as writer:
        assert not writer.present
        writer.write(data)
        writer.commit()
    assert store.read(blob, 10_000) == data
    assert Path("/etc/passwd").stat().st_size != blob.size


@pytest.mark.parametrize("harm", [truncate, to_folder, to_link, to_pipe])
def test_what_is_no_file_of_the_right_size_is_not_opened(
    store: Store, harm: Callable[[Path], None]
) -> None:
    with store.lease() as lease:
        blob = lease.put(b"content" * 100, LAYER)
    harm(store.blob_path(blob.digest))
    assert not store.has(blob)
    with pytest.raises(BlobDamaged):
        store.open_blob(blob.digest, blob.size)


def test_bit_rot_that_no_time_stamp_shows_is_found_by_verify_and_then_repaired(
    store: Store,
) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer" * 100], "app:1")
        blob = store.reach(image).blobs[-1]
        path = store.blob_path(blob.digest)
        before = path.stat()
        flip(path)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert store.sound(blob)
        report = store.verify()
        assert [finding.about for finding in report.damage] == [str(blob.digest)]
        assert not store.has(blob)
        with lease.write(blob) as writer:
            writer.write(b"layer" * 100)
            writer.commit()
    assert store.verify().damage == ()


def test_a_blob_is_hashed_once_and_again_after_it_changed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.lease() as lease:
        blob = lease.put(b"content" * 100, LAYER)
    hashed: list[Digest] = []

    def counted(_self: object, digest: Digest, *_rest: object) -> bool:
        hashed.append(digest)
        return True

    monkeypatch.setattr("layerscope.engine.store.blobs.Blobs._hashed_right", counted)
    fresh = Store.open(store.path)
    assert fresh.sound(blob)
    assert hashed == []  # known from when it was stored, in another Store
    os.utime(store.blob_path(blob.digest), (1, 1))
    assert fresh.sound(blob)
    assert fresh.sound(blob)
    assert Store.open(store.path).sound(blob)
    assert hashed == [blob.digest]


def test_a_blob_that_others_wrote_badly_is_replaced_on_first_use(store: Store) -> None:
    """skopeo would take the 0 bytes, or the right number of wrong ones, for the layer."""
    blob = described(b"content" * 100)
    path = store.blob_path(blob.digest)
    path.write_bytes(b"c0ntent" * 100)
    assert store.has(blob)
    assert not store.sound(blob)
    assert not store.has(blob)
    with store.lease() as lease, lease.write(blob) as writer:
        assert not writer.present


def test_the_word_of_who_read_a_blob_counts(store: Store) -> None:
    with store.lease() as lease:
        blob = lease.put(b"content", LAYER)
    store.mark_damaged(blob.digest)
    assert not store.has(blob)
    with store.lease() as lease:
        lease.put(b"content", LAYER)
    assert store.has(blob)


def test_reading_is_bounded_and_missing_blobs_are_named(store: Store) -> None:
    with store.lease() as lease:
        blob = lease.put(b"content", LAYER)
    with pytest.raises(LimitReached):
        store.read(blob, 3)
    with pytest.raises(BlobMissing, match="sha256:"):
        store.open_blob(Digest.of(b"nothing"))


def test_an_open_blob_stays_readable_when_its_image_is_removed(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer" * 1000], "app:1")
    layer = store.reach(image).blobs[-1]
    with store.open_blob(layer.digest) as file:
        store.apply(store.plan(remove=[image.digest]))
        store.empty_trash()
        assert not store.has(layer)
        assert len(file.read()) == layer.size

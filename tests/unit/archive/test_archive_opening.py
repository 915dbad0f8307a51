"""An archive is opened whatever packs it; other files are refused, and nothing is left behind."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from layerscope.engine.archive import (
    assembled,
    layer_media_type,
    open_archive,
)
from layerscope.engine.content.codecs import Compression
from layerscope.engine.content.limits import Limits
from layerscope.engine.errors import (
    LimitReached,
    NotAnArchive,
    PathNotFound,
)
from layerscope.engine.oci import Descriptor, Digest, Manifest, parse_document
from layerscope.engine.task import Cancelled, Progress, Task
from support import archives, tars

_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor().compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
}


@pytest.mark.parametrize("packer", _PACKERS)
def test_compressed_archives_are_unpacked_and_leave_nothing_behind(
    tmp_path: Path, packer: str
) -> None:
    path, scratch = tmp_path / f"x.tar.{packer}", tmp_path / "scratch"
    scratch.mkdir()
    path.write_bytes(_PACKERS[packer](archives.as_tar(archives.SAVED)))
    news: list[object] = []
    with open_archive(path, Task(news.append), scratch=scratch) as archive:
        assert archives.names(archive) == [["shop:1"]]
        assert archives.layer_bytes(archive.images[0]) == list(archives.LAYERS)
    assert list(scratch.iterdir()) == []
    assert isinstance(news[-1], Progress)
    assert news[-1].total == path.stat().st_size


def test_a_truncated_compressed_archive_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(archives.as_tar(archives.SAVED))[:-20])
    with pytest.raises(NotAnArchive, match=r"x\.tar\.gz is damaged") as refusal:
        open_archive(path, Task(), scratch=tmp_path)
    assert "gzip" in refusal.value.hint
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.tar.gz"]


def test_a_bomb_stops_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(tars.member(b"zeros", bytes(50_000_000))))
    with pytest.raises(LimitReached, match=r"archive_bytes \(10,000,000\)"):
        open_archive(path, Task(), scratch=tmp_path, limits=Limits(archive_bytes=10_000_000))
    assert len(list(tmp_path.iterdir())) == 1


def test_unpacking_can_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(tars.member(b"zeros", bytes(20_000_000))))
    task = Task(lambda _news: task.cancel())
    with pytest.raises(Cancelled):
        open_archive(path, task, scratch=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "data", [b"", b"x", bytes(2048), b"PK\x03\x04" * 500, gzip.compress(b"no tar" * 1000)]
)
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(data)
    with pytest.raises(NotAnArchive, match="not an archive of images"):
        open_archive(path, Task(), scratch=tmp_path)


def test_what_is_not_there_or_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PathNotFound, match="nothing"):
        open_archive(tmp_path / "nothing", Task())
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotAnArchive, match="neither a file nor a folder"):
        open_archive(tmp_path / "pipe", Task())
    with pytest.raises(NotAnArchive, match="holds no container image"):
        open_archive(tmp_path, Task())


def test_the_user_may_name_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.tar").symlink_to(archives.written(tmp_path, archives.SAVED))
    with open_archive(tmp_path / "link.tar", Task()) as archive:
        assert len(archive.images) == 1


# Manifests for images that have none


def test_an_assembled_manifest_is_always_the_same_and_reads_back() -> None:
    config = Descriptor("application/vnd.oci.image.config.v1+json", Digest.of(b"{}"), 2)
    layer = Descriptor(layer_media_type(Compression.ZSTD), Digest.of(b"x"), 1)
    data = assembled(config, [layer, layer])
    manifest = parse_document(data, None, "manifest")
    assert isinstance(manifest, Manifest)
    assert (manifest.config, manifest.layers) == (config, (layer, layer))
    assert manifest.is_image
    assert str(manifest.digest) == (
        "sha256:2d416f45671be26285c101772d099b21c477a40db93b2e7892ff4138bc860902"
    )


@pytest.mark.parametrize("compression", Compression)
def test_a_layer_of_any_compression_makes_an_image(compression: Compression) -> None:
    config = Descriptor("application/vnd.oci.image.config.v1+json", Digest.of(b"{}"), 2)
    layer = Descriptor(layer_media_type(compression), Digest.of(b"x"), 1)
    manifest = parse_document(assembled(config, [layer]), None, "manifest")
    assert isinstance(manifest, Manifest)
    assert manifest.is_image

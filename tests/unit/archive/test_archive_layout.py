"""OCI layouts are read as folders and as tars; what is broken in them is named."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from layerscope.engine.archive import open_archive
from layerscope.engine.errors import (
    AmbiguousDocument,
    LayerscopeError,
    LimitReached,
    MalformedDocument,
    NotAnArchive,
    StoreUnreadable,
)
from layerscope.engine.oci import Descriptor, Platform
from layerscope.engine.task import Task
from support import archives

_GGCR = Path(__file__).parents[2] / "data" / "ggcr"
_EXPECTED = json.loads((_GGCR / "expected.json").read_text("utf-8"))


@pytest.fixture(params=["folder", "tar"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[dict[str, bytes]], Path]:
    """Writes the files of a layout as a folder or as a tar called "shop"."""

    def keep(files: dict[str, bytes]) -> Path:
        if request.param == "folder":
            return archives.as_folder(files, tmp_path / "shop")
        return archives.written(tmp_path, files, "shop.tar")

    return keep


def test_an_image_of_a_layout_is_read(kept: Callable[[dict[str, bytes]], Path]) -> None:
    layout = archives.Layout()
    entry = layout.image("one", "two", annotations={archives.REF_NAME: "1"})
    with open_archive(kept(layout.whole(entry)), Task()) as archive:
        (image,) = archive.images
        assert archives.names(archive) == [["shop:1"]]
        assert image.manifest is not None
        assert str(image.manifest.digest) == entry["digest"]
        assert image.listed == Descriptor.parse(entry, "entry")
        for layer, data in zip(image.layers, archives.layer_bytes(image), strict=True):
            assert data is not None
            assert layer.descriptor is not None
            assert layer.descriptor.digest.matches(data)
            assert archives.sha256(gzip.decompress(data)) == str(layer.diff_id)


@pytest.mark.parametrize(
    ("annotations", "names", "invalid"),
    [
        ({}, [], ()),
        ({archives.REF_NAME: "latest"}, ["shop:latest"], ()),
        ({archives.REF_NAME: "ghcr.io/a/b:2"}, ["ghcr.io/a/b:2"], ()),
        ({archives.REF_NAME: "b:2"}, ["b:2"], ()),
        ({archives.REF_NAME: "2", archives.IMAGE_NAME: "docker.io/library/b:2"}, ["b:2"], ()),
        ({archives.REF_NAME: "../../x"}, [], ("../../x",)),
        ({archives.REF_NAME: "a b"}, [], ("a b",)),
        ({archives.REF_NAME: "x" * 300_000}, [], ("x" * 1024,)),
    ],
)
def test_names_are_read_as_each_writer_writes_them(
    tmp_path: Path, annotations: dict[str, str], names: list[str], invalid: tuple[str, ...]
) -> None:
    layout = archives.Layout()
    files = layout.whole(layout.image("one", annotations=annotations))
    with open_archive(archives.written(tmp_path, files, "shop.tar.gz"), Task()) as archive:
        assert archives.names(archive) == [names]
        assert archive.images[0].invalid_names == invalid


def test_one_image_under_two_names_is_one_image(
    kept: Callable[[dict[str, bytes]], Path],
) -> None:
    layout = archives.Layout()
    entry = layout.image("one")
    entries = [entry | {"annotations": {archives.REF_NAME: tag}} for tag in ("1", "2")]
    with open_archive(kept(layout.whole(*entries)), Task()) as archive:
        assert archives.names(archive) == [["shop:1", "shop:2"]]


def test_platforms_of_one_image_share_its_name_and_absent_ones_are_named(
    kept: Callable[[dict[str, bytes]], Path],
) -> None:
    layout = archives.Layout()
    platforms = {
        arch: layout.image(arch, architecture=arch, platform={"os": "linux", "architecture": arch})
        for arch in ("amd64", "arm64", "s390x")
    }
    attestation = layout.image("no", platform={"os": "unknown", "architecture": "unknown"})
    entry = layout.index(
        *platforms.values(), attestation, annotations={archives.IMAGE_NAME: "shop:1"}
    )
    layout.without(platforms["s390x"])
    with open_archive(kept(layout.whole(entry)), Task()) as archive:
        assert [str(image.platform) for image in archive.images] == ["linux/amd64", "linux/arm64"]
        assert archives.names(archive) == [["shop:1"], ["shop:1"]]
        assert {str(image.index.digest) for image in archive.images if image.index} == {
            entry["digest"]
        }
        (absent,) = archive.not_included
        assert str(absent.digest) == platforms["s390x"]["digest"]
        assert str(absent.platform) == "linux/s390x"
        (arm,) = archive.for_platform(Platform("linux", "arm64", "v8"))
        assert arm is archive.images[1]
        (first,) = archive.for_platform(Platform("linux", "riscv64"))
        assert first is archive.images[0]


def test_a_layer_may_be_missing(kept: Callable[[dict[str, bytes]], Path]) -> None:
    layout = archives.Layout()
    entry = layout.image("one", "two")
    manifest = json.loads(layout.bytes_of(entry))
    layout.without(manifest["layers"][1])
    with open_archive(kept(layout.whole(entry)), Task()) as archive:
        assert [layer.number for layer in archive.images[0].missing] == [2]


def test_nothing_but_absent_images_is_no_archive(
    kept: Callable[[dict[str, bytes]], Path],
) -> None:
    layout = archives.Layout()
    entry = layout.image("one")
    layout.without(entry)
    with pytest.raises(NotAnArchive, match="no complete image"):
        open_archive(kept(layout.whole(entry)), Task())


def test_a_hybrid_has_the_names_and_images_of_both(tmp_path: Path) -> None:
    layout = archives.Layout()
    entry = layout.image("one", annotations={archives.IMAGE_NAME: "docker.io/library/shop:1"})
    manifest = json.loads(layout.bytes_of(entry))
    saved = dict(archives.SAVED)
    listed = json.loads(saved["manifest.json"])
    listed[0]["RepoTags"] = None
    path = layout.path_of(manifest["config"])
    listed.append({"Config": path, "RepoTags": ["shop:1", "shop:2"], "Layers": ["x"]})
    files = layout.whole(entry) | saved | {"manifest.json": archives.dumped(listed)}
    with open_archive(archives.written(tmp_path, files), Task()) as archive:
        assert archives.names(archive) == [["shop:1", "shop:2"], []]
        assert archive.images[0].manifest is not None
        assert archive.images[1].config.raw == archives.CONFIG


def test_the_layouts_of_go_containerregistry() -> None:
    expected = _EXPECTED["layout"]["test_index"]
    with open_archive(_GGCR / "layout" / "test_index", Task()) as archive:
        image = archive.images[0]
        assert image.manifest is not None
        assert str(image.manifest.digest) == expected["image"]
        assert str(image.config.image_id) == expected["config"]
        assert image.layers[0].descriptor is not None
        assert image.layers[0].descriptor.media_type == expected["layer0_mediaType"]
        assert any("oci.descriptor" in warning for warning in archive.warnings)
    with pytest.raises(NotAnArchive) as refusal:  # a Helm chart
        open_archive(_GGCR / "layout" / "test_index_media_type", Task())
    assert "helm" in refusal.value.hint


def test_a_config_that_disagrees_about_layers_is_told_and_shown(
    kept: Callable[[dict[str, bytes]], Path],
) -> None:
    layout = archives.Layout()
    manifest = {
        "schemaVersion": 2,
        "config": layout.blob(archives.config(archives.LAYERS), archives.OCI_CONFIG),
        "layers": [layout.blob(archives.LAYERS[0], "application/vnd.oci.image.layer.v1.tar")],
    }
    entry = layout.blob(archives.dumped(manifest), archives.OCI_MANIFEST)
    with open_archive(kept(layout.whole(entry)), Task()) as archive:
        (warning,) = archive.images[0].warnings
        assert "1 layers" in warning
        assert "2 DiffIDs" in warning


def _layout(change: Callable[[archives.Layout], dict[str, bytes]]) -> dict[str, bytes]:
    return change(archives.Layout())


def _damaged_manifest(layout: archives.Layout) -> dict[str, bytes]:
    entry = layout.image("one")
    files = layout.whole(entry)
    path = layout.path_of(entry)
    return files | {path: files[path].replace(b"amd", b"arm")[:-1] + b" "}


def _nested(layout: archives.Layout) -> dict[str, bytes]:
    entry = layout.image("one")
    for _ in range(9):
        entry = layout.index(entry)
    return layout.whole(entry)


def _version_9(layout: archives.Layout) -> dict[str, bytes]:
    entry = layout.image("one")
    return layout.whole(entry) | {"oci-layout": archives.dumped({"imageLayoutVersion": "9"})}


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (_damaged_manifest, MalformedDocument, "not what its digest says"),
        (_nested, LimitReached, "nests them deeper"),
        (_version_9, NotAnArchive, "version '9'"),
        (lambda layout: layout.whole(), NotAnArchive, "lists no image"),
        (
            lambda layout: layout.whole(layout.image("one") | {"size": 1}),
            MalformedDocument,
            "instead of 1",
        ),
        (
            lambda layout: layout.whole(layout.image("x") | {"digest": "sha256:../../x"}),
            MalformedDocument,
            "digest",
        ),
        (
            lambda layout: layout.whole(*_many(10_001)),
            LimitReached,
            "10,000 entries",
        ),
        (
            lambda layout: layout.whole(layout.image("x") | {"mediaType": archives.OCI_INDEX}),
            AmbiguousDocument,
            "calls itself",
        ),
        (
            lambda layout: layout.whole() | {"index.json": b'{"manifests": [], "layers": []}'},
            AmbiguousDocument,
            "ambiguous",
        ),
    ],
)
def test_a_broken_layout_is_refused_with_its_reason(
    kept: Callable[[dict[str, bytes]], Path],
    make: Callable[[archives.Layout], dict[str, bytes]],
    kind: type[LayerscopeError],
    words: str,
) -> None:
    with pytest.raises(kind, match=words) as refusal:
        open_archive(kept(_layout(make)), Task())
    assert "shop" in str(refusal.value)


def _many(count: int) -> list[dict[str, Any]]:
    return [
        {"mediaType": "application/x", "digest": archives.sha256(b"%d" % n), "size": 1}
        for n in range(count)
    ]


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_blobs_that_are_no_files_are_never_opened(tmp_path: Path, kind: str) -> None:
    layout = archives.Layout()
    entry = layout.image("one")
    folder = archives.as_folder(layout.whole(entry), tmp_path / "shop")
    blob = folder / "blobs" / entry["digest"].replace(":", "/")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(blob.read_bytes())
    blob.unlink()
    if kind == "link":
        blob.symlink_to(elsewhere)
    elif kind == "fifo":
        os.mkfifo(blob)
    else:
        blob.mkdir()
    with pytest.raises(StoreUnreadable, match="not a regular file"):
        open_archive(folder, Task())

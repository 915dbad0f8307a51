"""What docker save and its relatives write is read; what is broken in it is named."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from layerscope.engine.archive import (
    open_archive,
)
from layerscope.engine.errors import (
    AmbiguousDocument,
    LayerscopeError,
    LimitReached,
    MalformedDocument,
    NotAnArchive,
)
from layerscope.engine.oci import Digest, Platform
from layerscope.engine.task import Task
from support import archives, tars

_GGCR = Path(__file__).parents[2] / "data" / "ggcr"
_EXPECTED = json.loads((_GGCR / "expected.json").read_text("utf-8"))


def test_a_docker_archive_is_read(tmp_path: Path) -> None:
    with open_archive(archives.written(tmp_path, archives.SAVED), Task()) as archive:
        (image,) = archive.images
        assert archives.names(archive) == [["shop:1"]]
        assert image.manifest is None
        assert image.config.raw == archives.CONFIG
        assert image.platform == Platform("linux", "amd64")
        assert archives.layer_bytes(image) == list(archives.LAYERS)
        assert [str(layer.diff_id) for layer in image.layers] == [
            archives.sha256(data) for data in archives.LAYERS
        ]
        assert image.missing == ()
        assert archive.warnings == ()


@pytest.mark.parametrize("name", _EXPECTED["tarball"])
def test_the_archives_of_go_containerregistry(name: str) -> None:
    path = _GGCR / "tarball" / name
    if _EXPECTED["tarball"][name]["load"] == "error":
        with pytest.raises(NotAnArchive) as refusal:
            open_archive(path, Task())
        assert name in str(refusal.value)
        assert refusal.value.hint
        return
    with open_archive(path, Task()) as archive:
        assert len(archive.images) == (2 if name in ("test_bundle.tar", "test_link.tar") else 1)
        for image in archive.images:
            layers = archives.layer_bytes(image)
            assert [str(layer.diff_id) for layer in image.layers] == [
                archives.sha256(data) for data in layers if data is not None
            ]


def test_the_two_images_of_a_bundle_keep_their_names() -> None:
    with open_archive(_GGCR / "tarball" / "test_bundle.tar", Task()) as archive:
        assert archives.names(archive) == [["test_image_2:latest"], ["test_image_1:latest"]]


def test_layers_that_docker_25_listed_in_a_wrong_order_are_put_right(tmp_path: Path) -> None:
    """Its manifest.json has them in order, as do the DiffIDs of the config."""
    layout = archives.Layout()
    plain = "application/vnd.oci.image.layer.v1.tar"
    layers = [layout.blob(data, plain) for data in archives.LAYERS]
    config = layout.blob(archives.CONFIG, archives.OCI_CONFIG)
    manifest = {
        "schemaVersion": 2,
        "mediaType": archives.OCI_MANIFEST,
        "config": config,
        "layers": layers[::-1],
    }
    entry = layout.blob(
        archives.dumped(manifest),
        archives.OCI_MANIFEST,
        annotations={archives.IMAGE_NAME: "docker.io/library/shop:1"},
    )
    paths = ["blobs/" + each["digest"].replace(":", "/") for each in [config, *layers]]
    saved = {"Config": paths[0], "RepoTags": ["shop:1", "shop:2"], "Layers": paths[1:]}
    files = layout.whole(entry) | {"manifest.json": archives.dumped([saved])}
    with open_archive(archives.written(tmp_path, files), Task()) as archive:
        (image,) = archive.images
        assert archives.names(archive) == [["shop:1", "shop:2"]]
        assert archives.layer_bytes(image) == list(archives.LAYERS)
        assert "wrong order" in " ".join(image.warnings)


def test_an_image_without_a_name_in_a_hybrid_of_docker_25() -> None:
    """index.json lists nothing; the image is in manifest.json only."""
    with open_archive(_GGCR / "tarball" / "hello-world-v25.tar", Task()) as archive:
        (image,) = archive.images
        assert image.references == ()
        assert str(image.platform) == "linux/arm64"


def test_a_config_is_hashed_whatever_it_is_called() -> None:
    path = _GGCR / "mutate" / "source_image_with_empty_layer_history.tar"
    with open_archive(path, Task()) as archive:
        (image,) = archive.images
        assert image.config.image_id == Digest.of(image.config.raw)
        assert not image.config.image_id.short.startswith("6e0b05049ed9")


def test_compressed_layers_under_odd_names_are_handed_out_as_they_are() -> None:
    with open_archive(_GGCR / "mutate" / "whiteout_dir.tar", Task()) as archive:
        (image,) = archive.images
        for layer, data in zip(image.layers, archives.layer_bytes(image), strict=True):
            assert data is not None
            assert archives.sha256(gzip.decompress(data)) == str(layer.diff_id)


@pytest.mark.parametrize("prefix", ["./", "/", ".//"])
def test_members_may_be_written_with_a_prefix(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(archives.as_tar(archives.SAVED, prefix))
    with open_archive(path, Task()) as archive:
        assert archives.names(archive) == [["shop:1"]]


def test_a_repeated_layer_is_a_link(tmp_path: Path) -> None:
    config = archives.config([archives.LAYERS[0], archives.LAYERS[0]])
    listed = [{"Config": "c", "RepoTags": [], "Layers": ["one/layer.tar", "two/layer.tar"]}]
    path = tmp_path / "x.tar"
    path.write_bytes(
        tars.tar(
            tars.member(b"two/layer.tar", type=b"2", link=b"../one/layer.tar"),
            tars.member(b"one/layer.tar", archives.LAYERS[0]),
            tars.member(b"c", config),
            tars.member(b"manifest.json", archives.dumped(listed)),
        )
    )
    with open_archive(path, Task()) as archive:
        assert archives.layer_bytes(archive.images[0]) == [archives.LAYERS[0], archives.LAYERS[0]]


def test_tags_that_are_none_are_kept_as_texts(tmp_path: Path) -> None:
    tags = ["Shop:1", "ok", "../../x", "a b", "ok:latest", "<img src=x>"]
    files = archives.docker_save([{"config": archives.config([]), "tags": tags, "layers": {}}])
    with open_archive(archives.written(tmp_path, files), Task()) as archive:
        assert archives.names(archive) == [["ok:latest"]]
        assert archive.images[0].invalid_names == ("Shop:1", "../../x", "a b", "<img src=x>")


def test_a_name_that_is_given_twice_stays_with_the_last(tmp_path: Path) -> None:
    images = [
        {"config": archives.config([], arch), "tags": ["shop:1", f"shop:{arch}"], "layers": {}}
        for arch in ("amd64", "arm64")
    ]
    with open_archive(archives.written(tmp_path, archives.docker_save(images)), Task()) as archive:
        assert archives.names(archive) == [["shop:amd64"], ["shop:1", "shop:arm64"]]


def _manifest(**members: Any) -> dict[str, bytes]:
    entry = {"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l1", "l2"]} | members
    return {
        "c.json": archives.CONFIG,
        "l1": archives.LAYERS[0],
        "l2": archives.LAYERS[1],
        "manifest.json": archives.dumped([entry]),
    }


@pytest.mark.parametrize(
    ("files", "kind", "words"),
    [
        ({"manifest.json": b"null"}, NotAnArchive, "manifest.json is empty"),
        ({"manifest.json": b"[]"}, NotAnArchive, "manifest.json is empty"),
        ({"manifest.json": b"{}"}, MalformedDocument, "not a list"),
        ({"manifest.json": b"[null]"}, MalformedDocument, "not a JSON object"),
        ({"manifest.json": b"[{"}, MalformedDocument, "not valid JSON"),
        ({"manifest.json": b'[{"Config": "c"}]'}, MalformedDocument, "does not hold it"),
        ({"manifest.json": b'[{"Config": 7}]'}, MalformedDocument, "not a text"),
        ({"manifest.json": b"[" * 100_000}, MalformedDocument, "64 levels"),
        ({"manifest.json": b" " * 5_000_000}, LimitReached, "manifest.json"),
        (_manifest(Layers=["../x", "l2"]), MalformedDocument, "outside of the archive"),
        (_manifest(Layers=["", "l2"]), MalformedDocument, "outside of the archive"),
        (_manifest(Layers=["gone", "l2"]), MalformedDocument, "does not hold it"),
        (_manifest(Layers=["l1"]), MalformedDocument, "1 layers"),
        (_manifest(Layers=None), MalformedDocument, "0 layers"),
        (_manifest(Config="../../etc/passwd"), MalformedDocument, "outside of the archive"),
        (_manifest(Config="l1"), MalformedDocument, "config"),
        (_manifest(config="other"), AmbiguousDocument, "two spellings"),
        ({"repositories": b"{}", "x/json": b"{}"}, NotAnArchive, "before 1.10"),
        ({"etc/passwd": b"", "usr/bin/sh": b""}, NotAnArchive, "file system of a container"),
        ({"hello.txt": b""}, NotAnArchive, "no container image"),
        ({"oci-layout": b"{}"}, NotAnArchive, "half an OCI layout"),
    ],
)
def test_a_broken_archive_is_refused_with_its_reason(
    tmp_path: Path, files: dict[str, bytes], kind: type[LayerscopeError], words: str
) -> None:
    with pytest.raises(kind, match=words) as refusal:
        open_archive(archives.written(tmp_path, files), Task())
    assert "x.tar" in str(refusal.value) or "archive" in str(refusal.value)
    assert str(refusal.value).isprintable()


def test_a_layer_that_links_to_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(
        tars.tar(
            *(
                tars.member(name.encode(), data)
                for name, data in _manifest().items()
                if name != "l1"
            ),
            tars.member(b"l1", type=b"2", link=b"l1"),
        )
    )
    with pytest.raises(MalformedDocument, match="link that leads to no file"):
        open_archive(path, Task())


def test_one_broken_image_does_not_hide_the_others(tmp_path: Path) -> None:
    files = dict(archives.SAVED)
    listed = json.loads(files["manifest.json"])
    listed.insert(0, {"Config": "gone", "RepoTags": ["broken:1"], "Layers": []})
    files["manifest.json"] = archives.dumped(listed)
    with open_archive(archives.written(tmp_path, files), Task()) as archive:
        assert archives.names(archive) == [["shop:1"]]
        assert len(archive.warnings) == 1
        assert "gone" in archive.warnings[0]

"""Saved archives: byte-exact, shared parts once, the same every time, whole or absent."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
import zstandard

from layerscope.engine.archive import open_archive
from layerscope.engine.errors import BadInput, BlobDamaged, BlobMissing, ImageNotFound
from layerscope.engine.library import Library
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.values import Settings
from layerscope.engine.oci import Descriptor, Digest, Reference, media_types
from layerscope.engine.store import Store
from layerscope.engine.task import Cancelled, Task
from support.archives import layer
from support.stores import config_of, manifest_of, names, store_image

BASE, TOP = layer("base"), layer("top")
FORMATS = ("docker-archive", "oci-archive", "oci-dir")


@pytest.fixture
def two(store: Store) -> dict[str, Digest]:
    """shop:1 and shop:2 (also web:2 of another repository), which share a layer."""
    with store.lease() as lease:
        store_image(lease, [BASE, TOP], "shop:1", mark="1")
        store_image(lease, [BASE], "shop:2", "host:5000/web:2", mark="2")
    return names(store)


def packed(store: Store, tar: bytes, media_type: str, pack: Any, name: str) -> Descriptor:
    """An image of one packed layer, with the manifest of the media type's family."""
    docker = media_type.startswith("application/vnd.docker")
    with store.lease() as lease:
        blob = lease.put(pack(tar), media_type)
        kind = media_types.DOCKER_CONFIG if docker else media_types.OCI_CONFIG
        config = lease.put(config_of([Digest.of(tar)]), kind)
        document = media_types.DOCKER_MANIFEST if docker else media_types.OCI_MANIFEST
        manifest = lease.put(manifest_of(config, [blob], document), document)
        lease.publish(manifest, [Reference.parse(name)])
    return manifest


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}  # type: ignore[union-attr]


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_saved_loads_with_the_same_digests(
    format: str, two: dict[str, Digest], library: Library, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    saved = library.save(["shop:1", "shop:2", "host:5000/web:2"], target, format, task=Task())
    other = Store.open(tmp_path / "other")
    Library(Ground(other, Settings(), InlinePasses())).load(target, task=Task())
    assert names(other) == two
    assert saved.references == ("shop:1", "shop:2", "host:5000/web:2")
    assert (len(saved.image_ids), saved.layers, saved.warnings) == (2, 2, ())
    for path in (other.path / "blobs/sha256").iterdir():
        assert Digest.parse(f"sha256:{path.name}").matches(path.read_bytes())


@pytest.mark.parametrize("format", FORMATS[:2])
def test_the_same_images_give_the_same_bytes(
    format: str, two: dict[str, Digest], library: Library, tmp_path: Path
) -> None:
    written = []
    for name in ("a", "b"):
        library.save(["shop:2", "shop:1"], tmp_path / name, format, task=Task())
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    plan = library.plan_save(["shop:2", "shop:1"], format, task=Task())
    assert plan.bytes == len(written[0])
    assert not plan.estimated


def test_a_plan_counts_images_layers_and_what_they_share(
    two: dict[str, Digest], library: Library
) -> None:
    plan = library.plan_save(["shop:1", "shop:2"], task=Task())
    assert (len(plan.images), plan.layers, plan.shared) == (2, 2, 1)
    assert plan.images[1].others == ("host:5000/web:2",)


def test_a_layer_that_two_images_share_is_stored_once(
    two: dict[str, Digest], library: Library, tmp_path: Path
) -> None:
    library.save(["shop:1", "shop:2"], tmp_path / "x.tar", task=Task())
    with tarfile.open(tmp_path / "x.tar") as tar:
        listed = [member.name for member in tar]
    assert listed == sorted(listed)
    assert len(listed) == len(set(listed))
    assert listed.count(f"blobs/sha256/{Digest.of(BASE).hex}") == 1


def test_a_docker_archive_says_what_docker_reads(
    two: dict[str, Digest], library: Library, tmp_path: Path
) -> None:
    library.save(["shop:1"], tmp_path / "x.tar", task=Task())
    files = members(tmp_path / "x.tar")
    (entry,) = json.loads(files["manifest.json"])
    assert entry["RepoTags"] == ["docker.io/library/shop:1"]
    config = json.loads(files[entry["Config"]])
    diff_ids = [f"sha256:{hashlib.sha256(files[name]).hexdigest()}" for name in entry["Layers"]]
    assert config["rootfs"]["diff_ids"] == diff_ids
    top = hashlib.sha256(TOP).hexdigest()
    assert json.loads(files["repositories"]) == {"docker.io/library/shop": {"1": top}}
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}


def test_an_image_named_by_its_id_is_saved_without_a_name(
    two: dict[str, Digest], library: Library, tmp_path: Path
) -> None:
    library.save([str(two["shop:1"])], tmp_path / "x.tar", task=Task())
    files = members(tmp_path / "x.tar")
    assert json.loads(files["manifest.json"])[0]["RepoTags"] is None
    assert "annotations" not in json.loads(files["index.json"])["manifests"][0]


def test_two_images_of_one_tag_can_be_told_apart(
    store: Store, library: Library, tmp_path: Path
) -> None:
    with store.lease() as lease:
        store_image(lease, [BASE], "a:latest", mark="a")
        store_image(lease, [BASE], "b:latest", mark="b")
        store_image(lease, [BASE], "c:other", mark="c")
    library.save(["a", "b", "c:other"], tmp_path / "x", "oci-dir", task=Task())
    index = json.loads((tmp_path / "x/index.json").read_bytes())
    told = [
        entry["annotations"]["org.opencontainers.image.ref.name"] for entry in index["manifests"]
    ]
    assert told == ["docker.io/library/a:latest", "docker.io/library/b:latest", "other"]


@pytest.mark.parametrize("kind", [media_types.OCI_LAYER_ZSTD, media_types.DOCKER_LAYER_ZSTD])
def test_zstd_layers_go_into_a_docker_archive_unpacked(
    kind: str, store: Store, library: Library, tmp_path: Path
) -> None:
    packed(store, BASE, kind, zstandard.compress, "z:1")
    plan = library.plan_save(["z:1"], task=Task())
    assert plan.estimated
    saved = library.save(["z:1"], tmp_path / "x.tar", task=Task())
    assert "zstd; it is saved unpacked" in saved.warnings[0]
    files = members(tmp_path / "x.tar")
    (entry,) = json.loads(files["manifest.json"])
    assert [files[name] for name in entry["Layers"]] == [BASE]
    with open_archive(tmp_path / "x.tar", Task()) as archive:
        (image,) = archive.images
        assert image.config.image_id == saved.image_ids[0]
        assert image.manifest is not None
        assert image.manifest.layers[0].media_type == media_types.OCI_LAYER
    assert not library.plan_save(["z:1"], task=Task()).estimated


@pytest.mark.parametrize("format", FORMATS[1:])
def test_oci_archives_keep_zstd_layers_as_they_are(
    format: str, store: Store, library: Library, tmp_path: Path
) -> None:
    stored = packed(store, BASE, media_types.OCI_LAYER_ZSTD, zstandard.compress, "z:1")
    saved = library.save(["z:1"], tmp_path / "x", format, task=Task())
    assert saved.warnings == ()
    with open_archive(tmp_path / "x", Task()) as archive:
        assert archive.images[0].manifest is not None
        assert archive.images[0].manifest.digest == stored.digest


@pytest.mark.parametrize("format", FORMATS)
def test_a_manifest_of_dockers_type_is_translated_and_its_image_id_stays(
    format: str, store: Store, library: Library, tmp_path: Path
) -> None:
    packed(store, BASE, media_types.DOCKER_LAYER_GZIP, gzip.compress, "d:1")
    saved = library.save(["d:1"], tmp_path / "x", format, task=Task())
    assert "its image ID stays" in saved.warnings[0]
    with open_archive(tmp_path / "x", Task()) as archive:
        (image,) = archive.images
        assert image.manifest is not None
        assert image.manifest.media_type == media_types.OCI_MANIFEST
        assert image.manifest.config.media_type == media_types.OCI_CONFIG
        assert image.manifest.layers[0].media_type == media_types.OCI_LAYER_GZIP
        assert image.config.image_id == saved.image_ids[0]


@pytest.mark.parametrize("format", FORMATS)
def test_a_missing_layer_is_one_sentence_and_no_file(
    format: str, two: dict[str, Digest], store: Store, library: Library, tmp_path: Path
) -> None:
    store.blob_path(Digest.of(TOP)).unlink()
    with pytest.raises(BlobMissing, match=r"^Layer 2 of shop:1 is not stored, so it cannot"):
        library.save(["shop:2", "shop:1"], tmp_path / "x", format, task=Task())
    assert not [path for path in tmp_path.iterdir() if path.name != "store"]
    plan = library.plan_save(["shop:2", "shop:1"], format, task=Task())
    assert [bool(image.trouble) for image in plan.images] == [False, True]


@pytest.mark.parametrize("format", FORMATS)
def test_a_damaged_layer_is_found_and_nothing_is_left(
    format: str, two: dict[str, Digest], store: Store, library: Library, tmp_path: Path
) -> None:
    path = store.blob_path(Digest.of(TOP))
    path.chmod(0o644)
    path.write_bytes(bytes(len(TOP)))
    (tmp_path / "x").mkdir() if format == "oci-dir" else (tmp_path / "x").write_text("old")
    with pytest.raises(BlobDamaged, match="damaged in the store"):
        library.save(["shop:1"], tmp_path / "x", format, task=Task())
    if format == "oci-dir":
        assert list((tmp_path / "x").iterdir()) == []
    else:
        assert (tmp_path / "x").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["store", "x"]


def test_a_cancelled_save_leaves_nothing(
    two: dict[str, Digest], library: Library, tmp_path: Path
) -> None:
    task = Task(lambda news: task.cancel())
    for format in FORMATS:
        with pytest.raises(Cancelled):
            library.save(["shop:1"], tmp_path / "x", format, task=task)
    assert os.listdir(tmp_path) == ["store"]


def test_a_folder_that_is_not_empty_is_not_saved_into(
    two: dict[str, Digest], library: Library, tmp_path: Path
) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x/mine").write_text("mine")
    with pytest.raises(BadInput, match="not an empty folder"):
        library.save(["shop:1"], tmp_path / "x", "oci-dir", task=Task())
    with pytest.raises(BadInput, match="no regular file"):
        library.save(["shop:1"], tmp_path / "x", task=Task())
    with pytest.raises(BadInput, match="no regular file"):
        library.save(["shop:1"], "/dev/null", task=Task())
    assert Path("/dev/null").is_char_device()


def test_the_ending_of_the_name_says_how_the_archive_is_packed(
    two: dict[str, Digest], library: Library, tmp_path: Path
) -> None:
    plain = io.BytesIO()
    library.save_stream("shop:1", plain.write, task=Task())
    for name, unpack in (("x.tar.gz", gzip.decompress), ("x.tgz", gzip.decompress)):
        saved = library.save("shop:1", tmp_path / name, task=Task())
        assert unpack((tmp_path / name).read_bytes()) == plain.getvalue()
        assert saved.bytes == (tmp_path / name).stat().st_size
    library.save("shop:1", tmp_path / "x.tar.zst", task=Task())
    reader = zstandard.ZstdDecompressor().stream_reader((tmp_path / "x.tar.zst").read_bytes())
    assert reader.read() == plain.getvalue()
    with pytest.raises(BadInput, match="which is not written"):
        library.save("shop:1", tmp_path / "x.tar.xz", task=Task())


def test_saving_nothing_and_no_image_are_refused(
    two: dict[str, Digest], library: Library, tmp_path: Path
) -> None:
    with pytest.raises(BadInput):
        library.save([], tmp_path / "x", task=Task())
    with pytest.raises(ImageNotFound):
        library.save(["shop:1", "nobody:1"], tmp_path / "x", task=Task())
    assert os.listdir(tmp_path) == ["store"]


def test_two_packings_of_one_image_keep_their_names(
    store: Store, library: Library, tmp_path: Path
) -> None:
    packed(store, BASE, media_types.OCI_LAYER_GZIP, gzip.compress, "z:gzip")
    packed(store, BASE, media_types.OCI_LAYER, bytes, "z:plain")
    library.save(["z:gzip", "z:plain"], tmp_path / "x.tar", task=Task())
    plan = library.plan_load(tmp_path / "x.tar", task=Task())
    assert [image.references for image in plan.images] == [("z:gzip",), ("z:plain",)]

"""Loading archives: everything is verified, nothing half is named, the sample is whole."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from layerscope.engine.errors import BlobMissing, LayerDamaged, NotAnArchive
from layerscope.engine.library import Library, loading
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support import archives, tars
from support.stores import names


def test_a_docker_archive_becomes_an_image_with_its_names(
    library: Library, store: Store, tmp_path: Path
) -> None:
    (loaded,) = library.load(archives.written(tmp_path, archives.SAVED), task=Task())
    assert loaded.reference == "docker.io/library/shop:1"
    assert names(store) == {"shop:1": loaded.digest}
    detail = library.image("shop:1", task=Task())
    assert [row.size for row in detail.layers] == [len(layer) for layer in archives.LAYERS]
    assert library.verify(task=Task()).findings == ()


def test_loading_twice_is_the_same_image(library: Library, store: Store, tmp_path: Path) -> None:
    path = archives.written(tmp_path, archives.SAVED)
    assert library.load(path, task=Task()) == library.load(path, task=Task())
    assert len(store.entries()) == 1


def test_a_wrong_diff_id_is_a_warning(library: Library, tmp_path: Path) -> None:
    members = archives.docker_save(
        [
            {
                "config": archives.config([archives.layer("x")]),
                "tags": ["odd:1"],
                "layers": {"a": archives.layer("y")},
            }
        ]
    )
    (loaded,) = library.load(archives.written(tmp_path, members), task=Task())
    assert any("does not match its DiffID" in warning for warning in loaded.warnings)
    assert "DiffID" in library.browse("odd:1", task=Task()).damage


def test_a_docker_archive_is_read_once_where_its_config_is_right(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("hashed before it was copied")

    monkeypatch.setattr(loading, "_descriptor", never)
    (loaded,) = library.load(archives.written(tmp_path, archives.SAVED), task=Task())
    assert loaded.warnings == ()


def test_right_layers_beside_a_wrong_diff_id_are_kept_as_they_are(
    library: Library, tmp_path: Path
) -> None:
    right, wrong, big = (
        archives.layer("x"),
        archives.layer("y"),
        tars.tar(tars.member(b"big", bytes(3_000_000))),
    )
    members = archives.docker_save(
        [
            {
                "config": archives.config([right, archives.layer("other"), big]),
                "tags": ["odd:1"],
                "layers": {"a": right, "b": wrong, "c": big},
            }
        ]
    )
    (loaded,) = library.load(archives.written(tmp_path, members), task=Task())
    (warning,) = loaded.warnings
    assert "Layer 2 of odd:1 does not match its DiffID" in warning
    layers = library.image("odd:1", task=Task()).layers
    assert [str(row.digest) for row in layers] == [
        archives.sha256(layer) for layer in (right, wrong, big)
    ]
    assert library.verify(task=Task()).findings == ()


def test_packed_and_plain_layers_of_a_docker_archive_are_kept_as_they_are(
    library: Library, tmp_path: Path
) -> None:
    plain, other = archives.LAYERS
    packed = gzip.compress(other, mtime=0)
    members = archives.docker_save(
        [{"config": archives.CONFIG, "tags": ["mixed:1"], "layers": {"a": plain, "b": packed}}]
    )
    (loaded,) = library.load(archives.written(tmp_path, members), task=Task())
    assert loaded.warnings == ()
    layers = library.image("mixed:1", task=Task()).layers
    assert [str(row.digest) for row in layers] == [
        archives.sha256(layer) for layer in (plain, packed)
    ]


def test_a_layer_that_cannot_be_read_names_nothing(
    library: Library, store: Store, tmp_path: Path
) -> None:
    plain = tars.tar(tars.member(b"big", bytes(200_000)))
    members = archives.docker_save(
        [
            {
                "config": archives.config([plain]),
                "tags": ["cut:1"],
                "layers": {"a": gzip.compress(plain, mtime=0)[:-30]},
            }
        ]
    )
    with pytest.raises(LayerDamaged, match="cut:1 is damaged: Layer 1"):
        library.load(archives.written(tmp_path, members), task=Task())
    assert names(store) == {}


def test_a_layer_that_is_not_included_is_named(library: Library, tmp_path: Path) -> None:
    layout = archives.Layout()
    data = archives.layer("gone")
    layer = layout.blob(data, archives.OCI_LAYER_GZIP)
    manifest = {
        "schemaVersion": 2,
        "mediaType": archives.OCI_MANIFEST,
        "config": layout.blob(archives.config([data]), archives.OCI_CONFIG),
        "layers": [layer],
    }
    entry = layout.blob(archives.dumped(manifest), archives.OCI_MANIFEST)
    layout.without(layer)
    with pytest.raises(BlobMissing, match="Layer 1"):
        library.load(archives.as_folder(layout.whole(entry), tmp_path / "layout"), task=Task())


def test_what_is_no_archive_is_refused(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_text("hello")
    with pytest.raises(NotAnArchive):
        library.load(path, task=Task())


def test_the_sample_comes_with_the_program(library: Library) -> None:
    loaded = library.load_sample(task=Task())
    assert loaded
    assert library.verify(task=Task()).findings == ()
    assert library.browse(loaded[0].reference, task=Task()).damage == ""

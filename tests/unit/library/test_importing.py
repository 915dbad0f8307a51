"""Imports of root file systems: one layer, exact, the same every time; loads told beforehand."""

from __future__ import annotations

import bz2
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard

from layerscope.engine.errors import (
    BadInput,
    LayerscopeError,
    LimitReached,
    MalformedReference,
    NotAnArchive,
    PathNotFound,
)
from layerscope.engine.library import Library
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.values import Settings
from layerscope.engine.oci import Digest, media_types
from layerscope.engine.store import Store
from layerscope.engine.task import Cancelled, Task
from support.archives import SAVED, Layout, as_folder, as_tar, written
from support.stacks import file, folder, symlink
from support.stores import names, store_image
from support.tars import layer_tar, tar

ROOT = layer_tar([folder("etc"), file("etc/passwd", "root"), symlink("bin", "usr/bin")])


@pytest.fixture(autouse=True)
def _some_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


def config(library: Library, name: str) -> Any:
    return json.loads(library.document(name, "config", task=Task()).raw)


def manifest(library: Library, name: str) -> Any:
    return json.loads(library.document(name, "manifest", task=Task()).raw)


def test_an_import_is_an_image_of_one_layer(library: Library, tmp_path: Path) -> None:
    (tmp_path / "root.tar").write_bytes(ROOT)
    done = library.import_tar(tmp_path / "root.tar", "mine:1", "linux/arm64", task=Task())
    assert done.reference == "docker.io/library/mine:1"
    assert (done.diff_id, done.entries, done.unpacked) == (Digest.of(ROOT), 3, len(ROOT))
    found = config(library, "mine:1")
    assert found["rootfs"]["diff_ids"] == [str(Digest.of(ROOT))]
    assert (found["os"], found["architecture"]) == ("linux", "arm64")
    assert found["created"] == found["history"][0]["created"] == "2023-11-14T22:13:20Z"
    (row,) = library.image("mine:1", task=Task()).layers
    assert (row.digest, row.entries, row.damage) == (done.layer, 3, "")
    assert library.read_file("mine:1", 1, 1, 0, 10, task=Task()) == b"root"


@pytest.mark.parametrize(
    ("pack", "compression", "kind"),
    [
        (bytes, None, media_types.OCI_LAYER_GZIP),
        (bytes, "zstd", media_types.OCI_LAYER_ZSTD),
        (bytes, "none", media_types.OCI_LAYER),
        (gzip.compress, None, media_types.OCI_LAYER_GZIP),
        (gzip.compress, "zstd", media_types.OCI_LAYER_ZSTD),
        (zstandard.compress, None, media_types.OCI_LAYER_ZSTD),
        (zstandard.compress, "gzip", media_types.OCI_LAYER_GZIP),
        (bz2.compress, None, media_types.OCI_LAYER_GZIP),
        (bz2.compress, "none", media_types.OCI_LAYER),
    ],
)
def test_layers_are_packed_as_they_come_or_as_asked(
    pack: Any, compression: str | None, kind: str, library: Library, store: Store, tmp_path: Path
) -> None:
    data = pack(ROOT)
    (tmp_path / "root.tar").write_bytes(data)
    done = library.import_tar(tmp_path / "root.tar", "x", compression=compression, task=Task())
    (layer,) = manifest(library, "x")["layers"]
    assert layer["mediaType"] == kind
    assert done.diff_id == Digest.of(ROOT)
    stored = store.blob_path(done.layer).read_bytes()
    assert len(stored) == layer["size"]
    if compression is None and pack in (gzip.compress, zstandard.compress):
        assert stored == data


def test_the_same_tar_gives_the_same_image(library: Library, tmp_path: Path) -> None:
    (tmp_path / "root.tar").write_bytes(ROOT)
    first = library.import_tar(tmp_path / "root.tar", "a", task=Task())
    second = library.import_tar(tmp_path / "root.tar", "b", task=Task())
    assert (first.image_id, first.digest) == (second.image_id, second.digest)


def test_without_an_epoch_the_time_is_now(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "root.tar").write_bytes(ROOT)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    before = datetime.now(UTC).replace(microsecond=0)
    library.import_tar(tmp_path / "root.tar", "a", task=Task())
    created = library.image("a", task=Task()).row.created
    assert created is not None
    assert before <= created <= datetime.now(UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(BadInput, match="SOURCE_DATE_EPOCH"):
        library.import_tar(tmp_path / "root.tar", "b", task=Task())


def test_changes_are_read_as_in_a_dockerfile(library: Library, tmp_path: Path) -> None:
    (tmp_path / "root.tar").write_bytes(ROOT)
    changes = [
        'CMD ["sh", "-c"]',
        "entrypoint run it",
        "ENV A=1 B='two words'",
        "ENV A=3",
        "EXPOSE 80 53/udp",
        "LABEL x=y",
        "USER app",
        "WORKDIR /srv",
        'VOLUME ["/data"]',
        "STOPSIGNAL SIGINT",
    ]
    library.import_tar(tmp_path / "root.tar", "x", changes=changes, message="mine", task=Task())
    found = config(library, "x")
    assert found["history"][0]["comment"] == "mine"
    assert found["config"] == {
        "Cmd": ["sh", "-c"],
        "Entrypoint": ["/bin/sh", "-c", "run it"],
        "Env": ["B=two words", "A=3"],
        "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
        "Labels": {"x": "y"},
        "User": "app",
        "WorkingDir": "/srv",
        "Volumes": {"/data": {}},
        "StopSignal": "SIGINT",
    }


@pytest.mark.parametrize(
    "change", ["RUN make", "ENV A", "CMD", "CMD [1]", "CMD [", "LABEL 'x", "USER ", ""]
)
def test_a_change_that_cannot_be_read_is_refused_before_anything_is_done(
    change: str, library: Library, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "root.tar").write_bytes(ROOT)
    with pytest.raises(BadInput):
        library.import_tar(tmp_path / "root.tar", "x", changes=[change], task=Task())
    assert store.entries() == ()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is no whole tar: it holds nothing"),
        (tar(), "is no whole tar: it holds nothing"),
        (b"no tar at all" * 100, "is no whole tar"),
        (ROOT[:1000], "is no whole tar"),
        (gzip.compress(ROOT)[:-20], "is damaged"),
        (gzip.compress(ROOT) + b"rest", "which no engine takes"),
        (as_tar(SAVED), "is an archive of images"),
        (as_tar(Layout().whole()), "is an archive of images"),
    ],
)
def test_what_is_no_root_file_system_is_refused(
    data: bytes, words: str, library: Library, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "x.tar").write_bytes(data)
    with pytest.raises(NotAnArchive, match=words):
        library.import_tar(tmp_path / "x.tar", "x", task=Task())
    assert store.entries() == ()


def test_what_cannot_be_read_or_named_is_refused(library: Library, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(ROOT)
    digest = Digest.of(b"")
    cases: list[tuple[object, str, type[LayerscopeError]]] = [
        (tmp_path / "none.tar", "x", PathNotFound),
        (tmp_path, "x", NotAnArchive),
        ("/dev/null", "x", NotAnArchive),
        (tmp_path / "x.tar", "x/Capital", MalformedReference),
        (tmp_path / "x.tar", f"x@{digest}", BadInput),
    ]
    for path, reference, error in cases:
        with pytest.raises(error):
            library.import_tar(str(path), reference, task=Task())


def test_a_bomb_stops_at_the_limit(store: Store, tmp_path: Path) -> None:
    library = Library(Ground(store, Settings(limits={"layer_bytes": 1 << 20}), InlinePasses()))
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(bytes(64 << 20)))
    with pytest.raises(LimitReached, match="1,048,576"):
        library.import_tar(tmp_path / "x.tar.gz", "x", task=Task())


def test_a_cancelled_import_names_nothing(library: Library, store: Store, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(ROOT)
    task = Task(lambda news: task.cancel())
    with pytest.raises(Cancelled):
        library.import_tar(tmp_path / "x.tar", "x", task=task)
    assert store.entries() == ()


def test_an_exported_file_system_imports_to_the_same_tree(
    library: Library, store: Store, tmp_path: Path
) -> None:
    with store.lease() as lease:
        store_image(lease, [ROOT, layer_tar([file("etc/new", "x")])], "app:1")
    library.export("app:1", tmp_path / "one.tar", task=Task())
    library.import_tar(tmp_path / "one.tar", "flat:1", task=Task())
    library.export("flat:1", tmp_path / "two.tar", task=Task())
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_a_plan_of_a_load_tells_what_is_new_and_what_would_move(
    library: Library, store: Store, tmp_path: Path
) -> None:
    path = written(tmp_path, SAVED)
    (image,) = library.plan_load(path, task=Task()).images
    assert (image.references, image.layers, image.layers_here, image.here) == (
        ("shop:1",),
        2,
        0,
        False,
    )
    assert image.new_bytes > 0
    with store.lease() as lease:
        other = store_image(lease, [ROOT], "shop:1")
    (image,) = library.plan_load(path, task=Task()).images
    assert [conflict.reference for conflict in image.conflicts] == ["shop:1"]
    library.load(path, skip=[image.key], task=Task())
    assert names(store) == {"shop:1": other.digest}
    library.load(path, keep=["shop:1"], task=Task())
    assert names(store) == {"shop:1": other.digest}
    (image,) = library.plan_load(path, task=Task()).images
    assert (image.layers_here, image.new_bytes, image.here) == (2, 0, True)
    library.load(path, task=Task())
    assert names(store)["shop:1"] != other.digest


def test_layers_that_two_images_of_an_archive_share_count_once(
    library: Library, tmp_path: Path
) -> None:
    layout = Layout()
    files = layout.whole(layout.image("base", "one"), layout.image("base", "two"))
    plan = library.plan_load(as_folder(files, tmp_path / "layout"), task=Task())
    first, second = plan.images
    assert second.new_bytes < first.new_bytes
    assert plan.new_bytes == first.new_bytes + second.new_bytes

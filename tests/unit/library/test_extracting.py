"""Files that are extracted from an image: those that were asked for, under their last names."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.engine.content.leaving import Why
from layerscope.engine.errors import BadInput, BlobMissing, PathNotFound
from layerscope.engine.library import Library
from layerscope.engine.oci import Digest
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support.full_image import ME, TARS, tree
from support.stacks import file
from support.stores import store_image
from support.tars import layer_tar


def test_extracted_paths_lie_under_their_last_names(
    image: str, library: Library, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    paths = [b"/etc", b"lib/b.so", b"/bin/../bin/sh"]
    done = library.extract(image, paths, out, keep_owners=False, task=Task())
    assert tree(out) == {
        "etc": "/",
        "etc/passwd": "root\nuser",
        "etc/empty": "",
        "b.so": "b",
        "sh": "shell",
    }
    assert [(each.path, each.to) for each in done.written] == [
        (b"etc", str(out / "etc")),
        (b"usr/lib/b.so", str(out / "b.so")),
        (b"bin/sh", str(out / "sh")),
    ]


def test_two_paths_of_one_last_name_become_two_files(
    image: str, library: Library, tmp_path: Path, store: Store
) -> None:
    with store.lease() as lease:
        stack = [layer_tar([file("a/x", "1", **ME), file("b/x", "2", **ME)])]
        store_image(lease, stack, "twins:1")
    done = library.extract("twins:1", [b"a/x", b"b/x"], tmp_path / "out", task=Task())
    assert tree(tmp_path / "out") == {"x": "1", "x~2": "2"}
    assert [note.path for note in done.notes] == [b"b/x"]


def test_one_layer_can_be_extracted_alone(image: str, library: Library, tmp_path: Path) -> None:
    done = library.extract(image, [b"/"], tmp_path / "out", layer=2, keep_owners=False, task=Task())
    assert tree(tmp_path / "out") == {
        "etc": "/",
        "etc/passwd": "root\nuser",
        "etc/empty": "",
        "usr": "/",
        "usr/lib": "/",
        "usr/lib/b.so": "b",
        "var": "/",
    }
    assert [(note.why, note.path) for note in done.notes if note.why is Why.WHITEOUT] == [
        (Why.WHITEOUT, b"etc/gone")
    ]
    library.extract(image, [b"etc/passwd"], tmp_path / "one", layer=1, task=Task())
    assert tree(tmp_path / "one") == {"passwd": "root"}


def test_a_path_that_is_not_there_stops_it_before_anything_is_written(
    image: str, library: Library, tmp_path: Path
) -> None:
    for paths in ([b"etc/passwd", b"etc/gone"], [b"bin/sh/x"], [b"nul\0"], []):
        with pytest.raises((PathNotFound, BadInput)):
            library.extract(image, paths, tmp_path / "out", task=Task())
    assert not (tmp_path / "out").exists()


def test_a_missing_layer_stops_an_export_but_not_files_below_it(
    image: str, library: Library, store: Store, tmp_path: Path
) -> None:
    store.blob_path(Digest.of(TARS[1])).unlink()
    for target in ("x", "x.tar"):
        with pytest.raises(BlobMissing, match=r"^Layer 2 of app:1 is not stored\.$"):
            library.export(image, tmp_path / target, task=Task())
        assert not (tmp_path / target).exists()
    library.extract(image, [b"etc/gone"], tmp_path / "out", 1, task=Task())
    assert tree(tmp_path / "out") == {"gone": "gone"}

"""Beside other programs: they read our store, write into it, and lose nothing of ours."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from layerscope.engine.errors import StoreUnreadable
from layerscope.engine.oci import Digest
from layerscope.engine.store import Store
from layerscope.engine.store.index import IndexDocument
from layerscope.engine.store.index_file import IndexFile
from support.real_registry import run, skopeo_copy
from support.stores import names, raw_index, ref, store_image, write_index

needs_skopeo = pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed")


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """An image layout that skopeo has made; its image is called ``base``."""
    maker = Store.open(tmp_path / "maker")
    with maker.lease() as lease:
        store_image(lease, [tar("hello")], "base")
    skopeo_copy(f"oci:{maker.path}:docker.io/library/base:latest", f"oci:{tmp_path}/layout:base")
    return tmp_path / "layout"


def tar(name: str) -> bytes:
    import io
    import tarfile

    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return data.getvalue()


@needs_skopeo
def test_a_layout_made_by_skopeo_is_adopted_where_it_is(layout: Path) -> None:
    before = {path: path.read_bytes() for path in layout.rglob("*") if path.is_file()}
    store = Store.open(layout)
    assert store.writable
    assert list(names(store)) == ["layout:base"]
    assert store.verify().findings == ()
    after = {path: path.read_bytes() for path in layout.rglob("*") if path.is_file()}
    assert {path: after[path] for path in before} == before
    assert {path.relative_to(layout).parts[0] for path in after.keys() - before.keys()} == {
        ".layerscope"
    }


@needs_skopeo
def test_skopeo_and_umoci_read_what_we_store(store: Store, tmp_path: Path) -> None:
    with store.lease() as lease:
        store_image(lease, [tar("hello")], "app:1")
    name = "docker.io/library/app:1"
    assert json.loads(run("skopeo", "inspect", "--raw", f"oci:{store.path}:{name}"))
    skopeo_copy(f"oci:{store.path}:{name}", f"oci:{tmp_path}/copy:x")
    assert Store.open(tmp_path / "copy").verify().findings == ()
    if shutil.which("umoci"):
        assert name in run("umoci", "ls", "--layout", store.path)


@needs_skopeo
def test_tags_set_while_skopeo_copies_into_our_store_are_all_kept(
    store: Store, layout: Path
) -> None:
    with store.lease() as lease:
        image = store_image(lease, [tar("ours")], "ours")
    copies = [
        subprocess.Popen(
            [
                *("skopeo", "copy", "--insecure-policy", "-q"),
                *(f"oci:{layout}:base", f"oci:{store.path}:copied-{number}"),
            ],
            stderr=subprocess.PIPE,
        )
        for number in range(3)
    ]
    tagged: list[str] = []
    while any(copy.poll() is None for copy in copies) or len(tagged) < 20:
        tagged.append(f"ours:{len(tagged)}")
        store.tag(image.digest, ref(tagged[-1]))
    for copy in copies:
        assert copy.stderr is not None
        copy.stderr.close()
    found = Store.open(store.path)
    assert set(tagged) <= set(names(found))
    assert any(name.startswith("images:copied-") for name in names(found))
    assert found.writable
    found.tag(image.digest, ref("last"))  # and now they are in index.json again
    written = IndexDocument.parse((store.path / "index.json").read_bytes(), "images", "it").listed
    assert {f"docker.io/library/{name}" for name in tagged} <= {entry.name for entry in written}
    assert found.verify().damage == ()


# The same, step by step


def entry_of(index: dict[str, Any], name: str) -> dict[str, object]:
    entry: dict[str, object]
    [entry] = [item for item in index["manifests"] if name in str(item.get("annotations"))]
    return entry


def theirs(number: int, name: str) -> dict[str, object]:
    return {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": str(Digest.of(str(number).encode())),
        "size": 1,
        "annotations": {"org.opencontainers.image.ref.name": name},
    }


def test_what_a_program_with_an_old_copy_overwrote_comes_back(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    old = raw_index(store)  # skopeo reads it when it begins
    store.tag(image.digest, ref("app:2"))
    store.tag(image.digest, ref("app:3"))
    old["manifests"].append(theirs(1, "docker.io/library/theirs:1"))
    write_index(store.path, old)  # and writes it when it ends
    assert set(names(store)) == {"app:1", "app:2", "app:3", "theirs:1"}
    store.tag(image.digest, ref("app:4"))
    assert set(names(Store.open(store.path))) == {"app:1", "app:2", "app:3", "app:4", "theirs:1"}
    assert entry_of(raw_index(store), "app:2")


def test_two_programs_with_old_copies_overwrite_nothing_of_ours(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    old = raw_index(store)
    store.tag(image.digest, ref("app:2"))
    old["manifests"].append(theirs(1, "docker.io/library/theirs:1"))
    write_index(store.path, old)
    store.tag(image.digest, ref("app:3"))
    old["manifests"].append(theirs(2, "docker.io/library/theirs:2"))
    write_index(store.path, old)
    assert set(names(store)) == {"app:1", "app:2", "app:3", "theirs:1", "theirs:2"}


def test_a_removal_is_not_brought_back_by_an_old_copy(store: Store) -> None:
    with store.lease() as lease:
        gone = store_image(lease, [b"gone"], "gone:1")
        store_image(lease, [b"stays"], "stays:1")
    old = raw_index(store)
    store.apply(store.plan(remove=[gone.digest]))
    old["manifests"].append(theirs(1, "docker.io/library/theirs:1"))
    write_index(store.path, old)
    assert set(names(store)) == {"stays:1", "theirs:1"}


def test_what_another_program_removes_stays_removed(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1", "app:2")
    store.tag(image.digest, ref("app:3"))
    index = raw_index(store)
    index["manifests"].remove(entry_of(index, "app:2"))
    write_index(store.path, index)  # umoci rm
    assert set(names(store)) == {"app:1", "app:3"}
    store.tag(image.digest, ref("app:4"))
    assert set(names(store)) == {"app:1", "app:3", "app:4"}
    index = raw_index(store)
    index["manifests"].remove(entry_of(index, "app:4"))
    write_index(store.path, index)  # back to exactly what it was before
    assert set(names(store)) == {"app:1", "app:3"}


def test_a_name_that_another_program_moves_is_moved(store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [b"layer"], "app:1")
        store_image(lease, [b"layer"], "app:2")
    index = raw_index(store)
    index["manifests"].remove(entry_of(index, "app:1"))
    index["manifests"].append(theirs(1, "docker.io/library/app:1"))
    write_index(store.path, index)
    assert names(store)["app:1"] == Digest.of(b"1")


@pytest.mark.parametrize("renaming", [False, True], ids=["like skopeo", "like umoci"])
def test_a_write_between_our_reading_and_writing_is_merged(
    renaming: bool, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    swap = IndexFile._swap
    rounds = []

    def overtaken(self: IndexFile, expected: bytes, data: bytes) -> bool:
        rounds.append(1)
        if len(rounds) == 1:
            index = raw_index(store)
            index["manifests"].append(theirs(1, "theirs:1"))
            if renaming:
                (store.path / "index.new").write_text(json.dumps(index))
                (store.path / "index.new").rename(store.path / "index.json")
            else:
                write_index(store.path, index)
        return swap(self, expected, data)

    monkeypatch.setattr(IndexFile, "_swap", overtaken)
    store.tag(image.digest, ref("app:2"))
    assert len(rounds) == 2
    assert set(names(store)) == {"app:1", "app:2", "theirs:1"}


def test_a_write_into_the_file_that_we_replace_at_that_moment_is_taken_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    swap = IndexFile._swap

    def beaten(self: IndexFile, expected: bytes, data: bytes) -> bool:
        monkeypatch.setattr(IndexFile, "_swap", swap)
        index = raw_index(store)
        index["manifests"].append(theirs(1, "theirs:1"))
        with (store.path / "index.json").open("r+") as opened_before:
            done = swap(self, expected, data)
            opened_before.truncate()
            opened_before.write(json.dumps(index))
        return done

    monkeypatch.setattr(IndexFile, "_swap", beaten)
    store.tag(image.digest, ref("app:2"))
    assert set(names(store)) == {"app:1", "app:2", "theirs:1"}
    assert entry_of(raw_index(store), "theirs:1")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_place_where_no_folder_can_be_is_told_with_its_name() -> None:
    with pytest.raises(StoreUnreadable, match="No image store can be made at /proc/no") as caught:
        Store.open(Path("/proc/nothing/store"))
    assert caught.value.hint

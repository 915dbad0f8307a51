"""A store that was damaged, is of another version, or is not one: said clearly, nothing lost."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from layerscope.engine.errors import StoreReadOnly, StoreUnreadable
from layerscope.engine.oci import Digest, media_types
from layerscope.engine.store import FindingKind, Store
from support.stores import (
    names,
    raw_index,
    ref,
    store_image,
    store_unlisted,
    unnamed,
    write_index,
)


def test_a_new_store_is_an_image_layout_that_others_read(store: Store) -> None:
    assert json.loads((store.path / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
    assert raw_index(store)["manifests"] == []
    assert store.writable
    assert store.entries() == ()
    assert store.verify().findings == ()


def test_an_empty_folder_becomes_a_store_and_a_missing_one_is_made(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert Store.open(tmp_path / "empty").writable
    assert Store.open(tmp_path / "a/b/c with space 🐳").writable


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(StoreUnreadable, match="not an image store"):
        Store.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(StoreUnreadable):
        Store.open(tmp_path / "absent", create=False)
    assert not (tmp_path / "absent").exists()


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnreadable):
        Store.open(tmp_path / "file")


@pytest.mark.parametrize(
    "missing",
    [
        ("index.json", "oci-layout", ".layerscope/index.prev", ".layerscope/format"),
        ("oci-layout", ".layerscope/index.prev", ".layerscope/format"),
        (".layerscope/index.prev", ".layerscope/format"),
        (".layerscope/format",),
    ],
)
def test_a_store_whose_making_was_interrupted_is_completed(
    store: Store, missing: tuple[str, ...]
) -> None:
    for name in missing:
        (store.path / name).unlink()
    again = Store.open(store.path)
    assert again.writable
    with again.lease() as lease:
        store_image(lease, [b"layer"], "app:1")
    assert again.verify().findings == ()


def test_a_store_of_a_newer_version_is_read_and_never_written(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    (store.path / ".layerscope/format").write_text('{"format": 2}')
    before = {path: path.stat().st_mtime_ns for path in store.path.rglob("*")}
    newer = Store.open(store.path)
    assert not newer.writable
    assert "newer version" in newer.trouble
    assert names(newer) == {"app:1": image.digest}
    with pytest.raises(StoreReadOnly, match="only be read"):
        newer.tag(image.digest, ref("app:2"))
    with pytest.raises(StoreReadOnly), newer.lease():
        pass
    assert {path: path.stat().st_mtime_ns for path in store.path.rglob("*")} == before


def test_a_layout_of_an_unknown_version_is_read_only(store: Store) -> None:
    (store.path / "oci-layout").write_text('{"imageLayoutVersion":"9.0.0"}')
    assert "9.0.0" in Store.open(store.path).trouble


# index.json


DAMAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "torn": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "another": lambda path: path.write_bytes(b'{"manifests": 7}'),
    "list": lambda path: path.write_bytes(b"[]"),
    "twice": lambda path: path.write_bytes(b'{"manifests":[],"manifests":[]}'),
    "deep": lambda path: path.write_bytes(b"[" * 100_000),
    "gone": lambda path: path.unlink(),
    "huge": lambda path: os.truncate(path, 200 * 1024 * 1024),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_list_is_shown_from_the_last_copy_and_nothing_is_changed(
    store: Store, kind: str
) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    plan = store.plan(remove=[image.digest])
    DAMAGE[kind](store.path / "index.json")
    for there in (store, Store.open(store.path)):
        assert not there.writable
        assert "index.json" in there.trouble
        assert names(there) == {"app:1": image.digest}
        assert there.plan(remove=[image.digest]).stopped
        for change in (
            lambda there=there: there.tag(image.digest, ref("app:2")),
            lambda there=there: there.apply(plan),
            there.undo,
            there.empty_trash,
        ):
            with pytest.raises(StoreReadOnly) as caught:
                change()
            assert "--repair" in caught.value.hint
        with pytest.raises(StoreReadOnly), there.lease():
            pass
        assert FindingKind.INDEX in {finding.kind for finding in there.verify().damage}
    assert store.has(image)


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_list_is_recovered_with_every_name(store: Store, kind: str) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
        store_image(lease, [b"other"])
        nameless = store_unlisted(lease, [b"never listed"])
    store.tag(image.digest, ref("app:2"))
    before = raw_index(store)["manifests"]
    DAMAGE[kind](store.path / "index.json")
    recovery = store.recover()
    assert store.writable
    assert set(recovery.names) == {"docker.io/library/app:1", "docker.io/library/app:2"}
    assert recovery.unnamed == (nameless.digest,)
    assert raw_index(store)["manifests"][: len(before)] == before
    assert store.verify().findings == ()
    store.untag(ref("app:2"))
    assert set(names(store)) == {"app:1"}


def test_without_a_copy_complete_images_come_back_without_names(store: Store) -> None:
    with store.lease() as lease:
        whole = store_image(lease, [b"layer"], "app:1")
        part = store_unlisted(lease, [b"lost layer"])
        child = store_unlisted(lease, [b"child"])
        index = lease.put(
            json.dumps(
                {
                    "schemaVersion": 2,
                    "mediaType": media_types.OCI_INDEX,
                    "manifests": [child.to_json()],
                }
            ).encode(),
            media_types.OCI_INDEX,
        )
    store.blob_path(Digest.of(b"lost layer")).unlink()
    (store.path / ".layerscope/index.prev").unlink()
    (store.path / "index.json").write_bytes(b"")
    again = Store.open(store.path)
    assert again.entries() == ()
    recovery = again.recover()
    assert set(recovery.unnamed) == {whole.digest, index.digest}
    assert part.digest not in recovery.unnamed
    assert set(unnamed(again)) == {whole.digest, index.digest}


def test_recovering_a_healthy_store_changes_nothing(store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [b"layer"], "app:1")
    before = (store.path / "index.json").read_bytes()
    assert store.recover().change.operation == ""
    assert (store.path / "index.json").read_bytes() == before


def test_a_list_that_is_being_written_is_read_again_and_not_called_damaged(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    whole = (store.path / "index.json").read_bytes()
    (store.path / "index.json").write_bytes(b"")

    def other_program(seconds: float) -> None:
        (store.path / "index.json").write_bytes(whole)

    monkeypatch.setattr(time, "sleep", other_program)
    assert names(store) == {"app:1": image.digest}
    assert store.writable


# verify


def test_verify_finds_every_kind_of_damage_and_says_what_to_do(store: Store) -> None:
    with store.lease() as lease:
        images = [store_image(lease, [f"layer {n}".encode()], f"app:{n}") for n in range(6)]
    layers = [store.blob_path(store.reach(image).blobs[-1].digest) for image in images]
    layers[0].unlink()
    os.truncate(layers[1], 0)
    layers[2].chmod(0o644)
    layers[2].write_bytes(b"lAyer 2")
    layers[3].unlink()
    layers[3].mkdir()
    (store.path / "blobs/sha256/not-a-digest").write_bytes(b"x")
    (store.path / "blobs/stray").write_bytes(b"x")
    index = raw_index(store)
    index["manifests"][4]["annotations"] = {"org.opencontainers.image.ref.name": "../../x"}
    write_index(store.path, index)
    report = store.verify()
    found = {(finding.kind, finding.about) for finding in report.findings}
    assert (FindingKind.MISSING, f"sha256:{layers[0].name}") in found
    assert (FindingKind.DIGEST, f"sha256:{layers[1].name}") in found
    assert (FindingKind.DIGEST, f"sha256:{layers[2].name}") in found
    assert (FindingKind.NOT_A_FILE, f"sha256:{layers[3].name}") in found
    assert (FindingKind.NAME, "../../x") in found
    assert sum(kind is FindingKind.STRAY for kind, _ in found) == 2
    assert len(found) == 7
    assert all(finding.sentence.endswith(".") and finding.hint for finding in report.findings)
    quick = store.verify(deep=False)
    kinds = {(finding.kind, finding.about) for finding in quick.findings}
    assert (FindingKind.SIZE, f"sha256:{layers[1].name}") in kinds


def test_verify_tells_what_nothing_needs_and_stops_when_it_is_told_to(store: Store) -> None:
    from layerscope.engine.task import Cancelled, Progress, Task

    with store.lease() as lease:
        blob = lease.put(b"orphan", media_types.OCI_LAYER)
        store_image(lease, [b"layer"], "app:1")
    [finding] = store.verify().findings
    assert (finding.kind, finding.about) == (FindingKind.UNREFERENCED, str(blob.digest))
    assert store.verify().damage == ()
    heard: list[object] = []
    task = Task(heard.append)
    report = store.verify(task)
    assert report.blobs == 4
    assert [type(news) for news in heard] == [Progress] * 4
    task.cancel()
    with pytest.raises(Cancelled):
        store.verify(task)


def test_an_index_that_contains_itself_or_is_nested_too_deep_ends(store: Store) -> None:
    with store.lease() as lease:
        inner = lease.put(b'{"schemaVersion":2,"manifests":[]}', media_types.OCI_INDEX)
        for number in range(12):
            outer = {
                "schemaVersion": 2,
                "mediaType": media_types.OCI_INDEX,
                "manifests": [inner.to_json()],
                "annotations": {"n": str(number)},
            }
            inner = lease.put(json.dumps(outer).encode(), media_types.OCI_INDEX)
        reach = store.reach(inner)
        assert "nested" in reach.unknown
        assert len(reach.blobs) < 12

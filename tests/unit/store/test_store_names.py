"""Names: what index.json says, and what becomes of it when names are given, moved and taken."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.errors import ImageNotFound
from layerscope.engine.oci import Digest, media_types
from layerscope.engine.oci.layout_names import IMAGE_NAME, REF_NAME
from layerscope.engine.store import Operation, Store
from layerscope.engine.store.names import read_name
from support.stores import names, raw_index, ref, store_image, unnamed, write_index


def test_a_name_is_written_canonically_in_both_annotations(store: Store) -> None:
    with store.lease() as lease:
        store_image(lease, [b"layer"], "app:1")
    [entry] = raw_index(store)["manifests"]
    assert entry["annotations"] == {
        REF_NAME: "docker.io/library/app:1",
        IMAGE_NAME: "docker.io/library/app:1",
    }


def test_a_second_name_is_a_second_entry_of_the_same_image(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    change = store.tag(image.digest, ref("app:2"))
    assert names(store) == {"app:1": image.digest, "app:2": image.digest}
    assert change.tagged == ("docker.io/library/app:2",)
    assert change.kind is Operation.TAG


def test_a_moved_name_leaves_its_old_image_listed_once_without_a_name(store: Store) -> None:
    with store.lease() as lease:
        old = store_image(lease, [b"old"], "app:1")
        new = store_image(lease, [b"new"], "app:2")
    change = store.tag(new.digest, ref("app:1"))
    assert names(store) == {"app:1": new.digest, "app:2": new.digest}
    assert unnamed(store) == [old.digest]
    assert change.moved == (("docker.io/library/app:1", old.digest),)
    [bare] = [e for e in raw_index(store)["manifests"] if e["digest"] == str(old.digest)]
    assert "annotations" not in bare


def test_a_pull_moves_a_name_as_a_tag_does(store: Store) -> None:
    with store.lease() as lease:
        old = store_image(lease, [b"old"], "app:1")
        new = store_image(lease, [b"new"], "app:1")
    assert names(store) == {"app:1": new.digest}
    assert unnamed(store) == [old.digest]


def test_taking_one_of_two_names_leaves_the_other_and_no_bare_entry(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1", "app:2")
    change = store.untag(ref("app:1"))
    assert change.untagged == ("docker.io/library/app:1",)
    assert names(store) == {"app:2": image.digest}
    assert unnamed(store) == []
    assert len(raw_index(store)["manifests"]) == 1


def test_an_untagged_image_that_gets_a_name_is_listed_once(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"])
    assert unnamed(store) == [image.digest]
    store.tag(image.digest, ref("app:1"))
    assert names(store) == {"app:1": image.digest}
    assert unnamed(store) == []
    assert len(raw_index(store)["manifests"]) == 1


def test_tagging_again_what_is_tagged_changes_nothing(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    before = store.generation()
    assert store.tag(image.digest, ref("app:1")).operation == ""
    assert store.generation() == before


def test_names_of_nothing_are_refused(store: Store) -> None:
    with pytest.raises(ImageNotFound, match="app:1"):
        store.untag(ref("app:1"))
    with pytest.raises(ImageNotFound):
        store.tag(Digest.of(b"nothing"), ref("app:1"))


def test_what_others_wrote_into_the_list_survives_our_changes(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    index = raw_index(store)
    index["x-field"] = {"kept": [1, 2.5, None]}
    index["annotations"] = {"owner": "somebody"}
    index["manifests"][0]["x-note"] = "kept too"
    strange = {"mediaType": "application/x.strange", "digest": f"sha256:{'1' * 64}", "size": 3}
    broken = {"mediaType": "text/plain", "digest": "sha256:../../x", "size": -1}
    index["manifests"] += [strange, broken]
    write_index(store.path, index)
    store.tag(image.digest, ref("app:2"))
    store.untag(ref("app:1"))
    after = raw_index(store)
    assert after["x-field"] == {"kept": [1, 2.5, None]}
    assert after["annotations"] == {"owner": "somebody"}
    assert strange in after["manifests"]
    assert broken in after["manifests"]
    [ours] = [e for e in after["manifests"] if e["digest"] == str(image.digest)]
    assert ours["x-note"] == "kept too"
    assert ours["annotations"][REF_NAME] == "docker.io/library/app:2"


def test_platform_and_notes_of_an_entry_follow_the_image_to_its_new_name(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    index = raw_index(store)
    index["manifests"][0]["platform"] = {"architecture": "arm64", "os": "linux"}
    index["manifests"][0]["annotations"]["dev.layerscope.index.digest"] = f"sha256:{'2' * 64}"
    write_index(store.path, index)
    store.tag(image.digest, ref("other:1"))
    both = store.entries()
    assert len(both) == 2
    assert {str(entry.descriptor.platform) for entry in both} == {"linux/arm64"}
    assert all("dev.layerscope.index.digest" in entry.descriptor.annotations for entry in both)


def test_of_two_equal_names_the_last_written_counts(store: Store) -> None:
    with store.lease() as lease:
        first = store_image(lease, [b"first"], "app:1")
        last = store_image(lease, [b"last"])
    index = raw_index(store)
    index["manifests"][1]["annotations"] = index["manifests"][0]["annotations"]
    write_index(store.path, index)
    assert names(store) == {"app:1": last.digest}
    assert unnamed(store) == [first.digest]


@pytest.mark.parametrize(
    ("annotations", "folder", "expected"),
    [
        ({REF_NAME: "latest"}, "py", "docker.io/library/py:latest"),
        ({REF_NAME: "final"}, "My Images", "docker.io/library/my-images:final"),
        ({REF_NAME: "py:final"}, "x", "docker.io/library/py:final"),
        ({REF_NAME: "quay.io/a/b:1"}, "x", "quay.io/a/b:1"),
        ({REF_NAME: "1", IMAGE_NAME: "docker.io/library/app:1"}, "x", "docker.io/library/app:1"),
        ({REF_NAME: "latest"}, "…", "docker.io/library/image:latest"),
        ({}, "x", None),
        ({REF_NAME: ""}, "x", None),
    ],
)
def test_names_of_other_programs_are_read_as_people_mean_them(
    annotations: dict[str, str], folder: str, expected: str | None
) -> None:
    assert read_name(annotations, folder).canonical == expected


@pytest.mark.parametrize("text", ["../../x", "a b", "A/B:c", "x" * 300_000, "-", "a:b:c"])
def test_what_is_no_name_is_shown_as_text_and_names_nothing(store: Store, text: str) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"])
    index = raw_index(store)
    index["manifests"][0]["annotations"] = {REF_NAME: text}
    write_index(store.path, index)
    [entry] = store.entries()
    assert entry.descriptor.digest == image.digest
    assert entry.name is None
    assert text.startswith(entry.invalid_name)
    assert 0 < len(entry.invalid_name) <= 1024


@given(st.text(max_size=40), st.text(max_size=20))
def test_no_annotation_breaks_the_reading_of_names(text: str, folder: str) -> None:
    name = read_name({REF_NAME: text}, folder)
    assert bool(name.canonical) + bool(name.invalid) == bool(text)


def test_five_hundred_images_are_listed_from_one_reading(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifests = [
        {
            "mediaType": media_types.OCI_MANIFEST,
            "digest": str(Digest.of(str(number).encode())),
            "size": 500,
            "annotations": {REF_NAME: f"docker.io/library/app:{number}"},
        }
        for number in range(500)
    ]
    write_index(store.path, {"schemaVersion": 2, "manifests": manifests})
    assert len(store.entries()) == 500
    old = (store.path / "index.json").stat()
    import os

    os.utime(store.path / "index.json", ns=(old.st_atime_ns, old.st_mtime_ns - 10**10))
    store.entries()
    monkeypatch.setattr(json, "loads", None)
    monkeypatch.setattr("layerscope.engine.store.index_file.files.read_regular", None)
    assert len(store.entries()) == 500


def test_the_generation_changes_with_every_change_and_with_no_other(store: Store) -> None:
    seen = [store.generation()]
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
        seen.append(store.generation())
        lease.put(b"other", media_types.OCI_LAYER)
        assert store.generation() == seen[-1]
    store.tag(image.digest, ref("app:2"))
    seen.append(store.generation())
    index = raw_index(store)
    index["note"] = 1
    write_index(store.path, index)
    seen.append(store.generation())
    assert len(set(seen)) == 4


def test_two_stores_on_one_folder_see_each_other_at_once(store: Store) -> None:
    other = Store.open(store.path)
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    assert names(other) == {"app:1": image.digest}
    other.tag(image.digest, ref("app:2"))
    store.untag(ref("app:1"))
    assert names(other) == {"app:2": image.digest} == names(store)

"""Archives, layouts and cases of go-containerregistry's own tests, through the public door."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from layerscope.engine.errors import LayerscopeError, NotAnArchive
from layerscope.engine.library import open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.oci import Digest
from layerscope.engine.rootfs import Kind
from layerscope.engine.task import Task
from support import tars
from support.bad_inputs import Door
from support.differences import differences

GGCR = Path(__file__).parents[2] / "data" / "ggcr"
EXPECTED = json.loads((GGCR / "expected.json").read_bytes())


@pytest.mark.parametrize("name", sorted(EXPECTED["tarball"]))
def test_a_tarball_of_go_containerregistry(door: Door, name: str) -> None:
    verdict = EXPECTED["tarball"][name]["load"]
    path = GGCR / "tarball" / name
    if verdict == "error":
        door.load_refused(NotAnArchive, path, name)
        return
    loaded = door.library.load(path, task=Task())
    deliberate = name in differences("ggcr-tarball")
    assert (verdict == "needs a tag") == deliberate
    assert len(loaded) > deliberate
    for each in loaded:
        reference = each.reference or str(each.digest)
        assert door.browse(reference).damage == ""
        assert door.rows(reference)
    assert door.library.verify(task=Task()).findings == ()


def test_a_tar_that_is_no_image_is_no_image(door: Door) -> None:
    door.load_refused(NotAnArchive, GGCR / "tarball" / "content.tar", "content.tar")


LAYOUTS = sorted(path.name for path in (GGCR / "layout").iterdir())


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_of_go_containerregistry(door: Door, name: str, tmp_path: Path) -> None:
    """Used as a store by us: looked at, verified, and pruned no further than is right."""
    shutil.copytree(GGCR / "layout" / name, tmp_path / "layout")
    library = open_library(tmp_path / "layout", InlinePasses())
    facts = EXPECTED["layout"].get(name, {})
    listing = library.images(task=Task())
    rows = {row.digest: row for row in listing.images}
    if "image" in facts:
        row = rows[Digest.parse(facts["image"])]
        raw = (tmp_path / "layout" / "blobs" / "sha256" / row.digest.hex).read_bytes()
        assert facts["layer0_mediaType"].encode() in raw
        if not row.unreadable:
            assert library.document(str(row.digest), "manifest", task=Task()).raw == raw
            detail = library.image(facts["image"], task=Task())
            assert detail.layers[0].media_type == facts["layer0_mediaType"]
    for path in (tmp_path / "layout" / "blobs").rglob("*"):
        os.utime(path, (0, 0))  # long ago
    plan = library.plan_prune(task=Task())
    untagged = {row.digest for row in listing.images if not row.familiar and not row.unreadable}
    assert set(plan.images) >= untagged, "what has no name is what a prune is for"
    if "gc_must_fail_with" in facts:
        (unknown,) = listing.images
        assert unknown.unreadable
        assert plan.images == ()
        with pytest.raises(LayerscopeError):
            library.browse(str(unknown.digest), task=Task())
    if "unreferenced" in facts and not untagged:
        assert [str(each) for each in plan.blobs] == facts["unreferenced"]
    before = blobs(tmp_path / "layout")
    library.apply(plan, task=Task())
    assert before - blobs(tmp_path / "layout") == {each.hex for each in plan.blobs}


def blobs(layout: Path) -> set[str]:
    return {path.name for path in (layout / "blobs" / "sha256").glob("*")}


def test_a_digest_that_nothing_has_is_not_found(door: Door) -> None:
    with pytest.raises(LayerscopeError):
        door.library.image(EXPECTED["layout"]["bogus_digest"]["digest"], task=Task())


@pytest.mark.parametrize("name", sorted(EXPECTED["mutate"]))
def test_a_mutated_image_of_go_containerregistry(door: Door, name: str) -> None:
    (loaded,) = door.library.load(GGCR / "mutate" / name, task=Task())
    reference = loaded.reference or str(loaded.digest)
    facts = EXPECTED["mutate"][name]
    rows = door.rows(reference)
    assert door.browse(reference).damage == ""
    names = {path.decode() for path in rows}
    assert rows
    if "merged_must_not_contain_name" in facts:
        assert facts["merged_must_not_contain_name"] not in names
    if "merged_must_not_contain_basename" in facts:
        assert facts["merged_must_not_contain_basename"] not in {
            each.rpartition("/")[2] for each in names
        }
    if "file" in facts:
        row = rows[facts["file"].encode()]
        assert (row.kind, row.link) == (Kind.SYMLINK, b"bar.txt")
        assert facts["content_must_not_contain"].encode() not in door.read(row.link, reference)
    detail = door.library.image(reference, task=Task())
    assert sum(step.layer is not None for step in detail.steps) == len(detail.layers)


EXTRACTS = json.loads((GGCR / "extract_path_traversal_cases.json").read_bytes())["cases"]


@pytest.mark.parametrize("case", EXTRACTS, ids=[each["name"] for each in EXTRACTS])
def test_an_escape_of_go_containerregistry_is_exported_inside_the_folder(
    door: Door, case: dict[str, Any], tmp_path: Path
) -> None:
    kinds = {"tar.TypeReg": b"0", "tar.TypeSymlink": b"2", "tar.TypeLink": b"1"}
    members = [
        tars.header(
            each["Name"].encode(),
            type=kinds[each["Typeflag"]],
            link=each.get("Linkname", "").encode(),
            size=each.get("Size", 0),
        )
        for each in case["entries"]
    ]
    door.plant(tars.tar(*members))
    assert door.browse().damage == ""
    target = tmp_path / "outer" / "target"
    target.parent.mkdir()
    door.library.export("bad:1", target, task=Task())
    found = {
        str(path.relative_to(target))
        for path in target.rglob("*")
        if not stat.S_ISDIR(path.lstat().st_mode)
    }
    assert {path.name for path in target.parent.iterdir()} == {"target"}
    deliberate = case["name"] in differences("ggcr-extract")
    assert (found != set(case["wantName"])) == deliberate
    assert found >= set(case["wantName"])

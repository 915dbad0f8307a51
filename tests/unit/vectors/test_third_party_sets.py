"""Archives of other projects' own tests, whole sets of them, through the public door."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import shutil
import stat
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
import zstandard

from layerscope.engine.errors import LayerscopeError, NotAnArchive
from layerscope.engine.layers import clean
from layerscope.engine.library import open_library
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.oci import Digest
from layerscope.engine.rootfs import Kind, Row
from layerscope.engine.task import Task
from support import tars
from support.bad_inputs import Door
from support.differences import differences

DATA = Path(__file__).parents[2] / "data"
GO = DATA / "go-archive-tar"
GGCR = DATA / "ggcr"
EXPECTED = json.loads((GGCR / "expected.json").read_bytes())

# go-archive-tar

GO_VECTORS: dict[str, Any] = {
    each["file"]: each for each in json.loads((GO / "expected.json").read_bytes())["vectors"]
}
#: Made by Go's writer tests: headers without the contents that they announce.
CUT = {"writer-big.tar", "writer-big-long.tar"}
GO_FILES = sorted(path.name for path in GO.iterdir() if ".tar" in path.name)
OTHERS = {
    "file-and-dir.tar": ["small.txt", "dir"],
    "gnu-sparse-big.tar": ["gnu-sparse"],
    "hardlink.tar": ["file.txt", "hard.txt"],
    "hdr-only.tar": None,
    "pax-path-hdr.tar": [],  # a PAX header that nothing follows
    "pax-sparse-big.tar": ["pax-sparse"],
    "ustar-file-reg.tar": ["foo"],
    "ustar.tar": ["longname/" * 15 + "file.txt"],
    "writer.tar": ["small.txt", "small2.txt", "link.txt"],
}


@pytest.mark.parametrize("name", GO_FILES)
def test_an_archive_of_go_as_a_layer(door: Door, name: str) -> None:
    data = (GO / name).read_bytes()
    tar = bz2.decompress(data) if name.endswith(".bz2") else data
    door.plant(gzip.compress(tar), name="bad:1")
    damage = door.browse().damage
    vector = GO_VECTORS.get(name)
    if name in CUT or (vector is not None and "err" in vector):
        assert damage.startswith("Layer 1 "), name
        assert all(row.implicit for row in door.rows().values()) or name in CUT
        return
    assert damage == ""
    rows = door.rows()
    if vector is None:
        listed = OTHERS[name]
        if listed is not None:
            assert set(rows) >= {each.encode() for each in listed}
        if name.endswith("sparse-big.tar"):
            (big,) = (row for row in rows.values() if row.kind is Kind.FILE)
            assert big.size == 60_000_000_000
        return
    headers = [each for each in vector["headers"] if each["Typeflag"] != "g"]
    for header in headers:
        row = rows[clean(encoded(header["Name"]))]
        if header["Typeflag"] == "D":
            assert row.implicit  # GNU tar's record of a folder is no folder to any engine
            continue
        assert row.kind is Kind.DIR or row.size == header.get("Size", 0)
        assert row.mode == header.get("Mode", 0) & 0o7777
        assert (row.uid, row.gid) == (header.get("Uid", 0), header.get("Gid", 0))
    for number, chksum in enumerate(vector.get("chksums", ())):
        content = door.library.read_file("bad:1", 1, number, 0, 1 << 24, task=Task())
        assert md5(content, usedforsecurity=False).hexdigest() == chksum


def encoded(name: str | dict[str, str]) -> bytes:
    return name.encode() if isinstance(name, str) else bytes.fromhex(name["bytes_hex"])


# containerd: what a diff must hold, read back

DIFFS = json.loads((DATA / "containerd" / "diff_cases.json").read_bytes())["cases"]


@pytest.mark.parametrize("case", DIFFS, ids=[each["name"] for each in DIFFS])
def test_a_diff_of_containerd_leads_from_the_tree_to_the_changed_tree(
    door: Door, case: dict[str, Any]
) -> None:
    """And reports as changed what was changed."""
    below = Simple(case["a"])
    above = Simple(case["a"])
    for change in case["changes_b"]:
        above.change(change)
    layers = [layer_of(case["a"]), layer_of(case["expected_layer_entries_in_order"])]
    door.plant(*layers)
    assert door.browse().damage == ""
    assert door.warnings() == ""
    assert Simple.shown(door.rows(as_of=1)) == below.things
    assert Simple.shown(door.rows(as_of=2)) == above.things
    gone = set(below.things) - set(above.things)
    row = door.library.image("bad:1", task=Task()).layers[1]
    assert row.deleted == len(gone)
    assert row.added == len(set(above.things) - set(below.things))


class Simple:
    """A tree as containerd's tables describe it: type, mode and size by path."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self.things: dict[str, list[Any]] = {}  # names of one file share the list
        for entry in entries:
            self.change(entry)

    def change(self, entry: dict[str, Any]) -> None:
        path = entry["name"].strip("/")
        match entry["type"]:
            case "remove":
                for name in [*self.things]:
                    if name == path or name.startswith(f"{path}/"):
                        del self.things[name]
            case "link":
                self.things[path] = self.things[entry["linkname"].strip("/")]
            case "chmod":
                self.things[path][1] = entry["mode"]
            case "socket":
                return
            case kind:
                self.things[path] = [kind, entry["mode"], len(entry.get("content", ""))]

    @staticmethod
    def shown(rows: dict[bytes, Row]) -> dict[str, list[Any]]:
        return {
            path.decode(): [row.kind.word, row.mode, row.size if row.kind is Kind.FILE else 0]
            for path, row in rows.items()
        }


def layer_of(entries: list[dict[str, Any]]) -> bytes:
    return tars.layer_tar(
        [
            {
                "path": each["name"].lstrip("/"),
                "type": {"link": "hardlink", "whiteout": "file"}.get(each["type"], each["type"]),
                "mode": oct(each.get("mode", 0o644))[2:],
                "linkname": each.get("linkname", "").lstrip("/"),
                "content": each.get("content", ""),
            }
            for each in entries
        ]
    )


def test_a_header_with_a_prefix_and_a_large_owner_as_go_1_7_wrote_it(door: Door) -> None:
    door.plant((DATA / "containerd" / "prefix_header_go17.tar.gz").read_bytes())
    assert door.browse().damage == ""
    assert {row.uid for row in door.rows().values() if row.kind is Kind.FILE} == {2_097_152}


# go-containerregistry


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


# image-spec: the documents are parsed in tests of theirs, but for this one

LAYOUT_FILES = json.loads((DATA / "image-spec" / "cases.json").read_bytes())["tests"][
    "TestImageLayout"
]


@pytest.mark.parametrize("case", LAYOUT_FILES, ids=["image-layout-0", "image-layout-1"])
def test_a_layout_file_of_the_image_spec(door: Door, case: dict[str, Any]) -> None:
    """A store that it stands in is written to only if it is right."""
    marker = door.store / "oci-layout"
    marker.chmod(0o644)
    marker.write_text(case["imageLayout"])
    listing = open_library(door.store, InlinePasses()).images(task=Task())
    assert listing.writable is not case["fail"]


# zstd


FRAMES = sorted((DATA / "zstd" / "golden-decompression-errors").iterdir())


@pytest.mark.parametrize("path", FRAMES, ids=[path.name for path in FRAMES])
def test_a_wrong_zstd_frame_as_a_layer_is_damage(door: Door, path: Path) -> None:
    door.plant(path.read_bytes(), types=["application/vnd.oci.image.layer.v1.tar+zstd"])
    assert door.browse().damage.startswith("Layer 1 ")
    assert door.rows() == {}


CONTENTS = sorted((DATA / "zstd" / "golden-compression").iterdir())


@pytest.mark.parametrize("path", CONTENTS, ids=[path.name for path in CONTENTS])
def test_a_golden_content_is_read_back_from_a_zstd_layer(door: Door, path: Path) -> None:
    content = path.read_bytes()
    layer = zstandard.ZstdCompressor(19).compress(tars.tar(tars.member(b"f", content)))
    door.plant(layer)
    assert door.browse().damage == ""
    assert door.read(b"f", length=1 << 24) == content

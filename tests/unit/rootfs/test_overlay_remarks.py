"""What engines on overlayfs would show otherwise is remarked upon, and nothing else is."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from layerscope.engine.rootfs import Remark
from support import merge_model, overlay_model
from support.stacks import (
    file,
    folder,
    hardlink,
    opaque,
    quick_timeline,
    symlink,
    timeline,
    whiteout,
)
from support.sweeps import FULL

Entry = Mapping[str, Any]

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "overlay.json").read_text())["vectors"]
ON_OVERLAYFS = ("containerd-1.6-overlayfs", "docker-20.10-overlay2", "podman-4.3-overlay")
#: Engines refuse these layers whatever they unpack to, or disagree; other remarks say so.
ODD = {
    "root-not-folder",
    "duplicate-path",
    "parent-not-folder",
    "symlink-loop",
    "broken-hard-link",
    "hard-link-to-folder",
    "hard-link-to-itself",
    "invalid-whiteout",
}

vectors = pytest.mark.parametrize("vector", VECTORS, ids=[each["name"] for each in VECTORS])


def about_overlay(remarks: Sequence[Remark]) -> list[Remark]:
    return [remark for remark in remarks if remark.code.startswith("overlay-")]


@vectors
def test_a_vector_is_remarked_upon_if_an_engine_on_overlayfs_shows_it_otherwise(
    vector: dict[str, Any], tmp_path: Path
) -> None:
    with timeline(tmp_path, vector["layers"]) as stack:
        remarks = about_overlay(stack.warnings)
        codes = {remark.code for remark in stack.warnings}
        verdicts = [vector["engines"][engine] for engine in ON_OVERLAYFS]
        if "overlay_expected" in vector or "overlay_ghosts" in vector:
            assert {remark.layer for remark in remarks} == {len(vector["layers"])}
        elif verdicts == ["match"] * 3:
            assert remarks == []
        else:
            assert remarks or codes & ODD
        for remark in remarks:
            assert "on overlayfs would" in remark.text
            named_otherwise(vector, remark)


def named_otherwise(vector: dict[str, Any], remark: Remark) -> None:
    """What the remark names is what the two views have otherwise."""
    expected, other = vector["expected"], vector.get("overlay_expected")
    path = remark.path.decode("utf-8", "surrogateescape")
    if remark.code == "overlay-ghost":
        assert path in vector["overlay_ghosts"]
    elif other == "error":
        assert "refuse" in remark.text
    elif other is not None:
        assert expected.get(path, {}).get("type") != other.get(path, {}).get("type")


MODELLED = [
    vector
    for vector in VECTORS
    if vector["name"] not in ("whiteout_marker_is_hardlink", "whiteout_of_whiteout_like_name")
]


@pytest.mark.parametrize("vector", MODELLED, ids=[each["name"] for each in MODELLED])
def test_the_model_shows_what_the_engines_showed(vector: dict[str, Any]) -> None:
    """The model that random stacks are compared with below is itself checked here."""
    if not all(vector["engines"][engine] == "match" for engine in ON_OVERLAYFS) and not (
        {"overlay_expected", "overlay_ghosts"} & set(vector)
    ):
        return
    if any(".wh..wh." in each.get("path", "") for layer in vector["layers"] for each in layer):
        layers = [
            [each for each in layer if "plnk" not in each["path"]] for layer in vector["layers"]
        ]
    else:
        layers = vector["layers"]
    if "aufs" in vector["name"]:
        return  # bookkeeping of AUFS is not modelled
    expected = vector.get("overlay_expected", vector["expected"])
    if expected == "error":
        with pytest.raises(overlay_model.Refused):
            [overlay_model.unpacked([plain(each) for each in layer]) for layer in layers]
        return
    own = [overlay_model.unpacked([plain(each) for each in layer]) for layer in layers]
    seen, ghosts = overlay_model.shown(own)
    optional = set(vector.get("optional_paths", ()))
    assert set(seen) - optional == set(expected) - optional
    assert ghosts == set(vector.get("overlay_ghosts", ()))
    for path in set(seen) & set(expected):
        assert seen[path].kind == expected[path]["type"]
        if "content" in expected[path]:
            assert seen[path].content == expected[path]["content"]


def plain(entry: Entry) -> Entry:
    """With a clean path."""
    raw = (
        base64.b64decode(entry["path_b64"]).decode("utf-8", "surrogateescape")
        if ("path_b64" in entry)
        else str(entry["path"])
    )
    parts: list[str] = []
    for part in raw.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    link = str(entry.get("linkname", ""))
    if entry["type"] == "hardlink":
        link = link.replace("../", "")
    return {**entry, "path": "/".join(parts), "linkname": link}


# By name


def codes(tmp_path: Path, *layers: list[Entry]) -> list[tuple[int, str, bytes]]:
    with timeline(tmp_path, layers) as stack:
        return [(each.layer, each.code, each.path) for each in about_overlay(stack.warnings)]


def test_what_builders_write_gives_no_remark(tmp_path: Path) -> None:
    """Parents before children, whiteouts beside what stays, folders made new in one go."""
    below = [folder("etc"), file("etc/a", "1"), folder("tmp", "1777"), file("tmp/x", "1")]
    above = [folder("etc"), whiteout("etc/a"), folder("tmp", "1777"), whiteout("tmp/x")]
    new = [folder("etc"), opaque("etc"), file("etc/b", "2"), folder("srv"), hardlink("l", "etc/b")]
    assert codes(tmp_path, below, above, new) == []


def test_a_folder_that_is_needed_but_not_stored_loses_its_mode_in_some_engines(
    tmp_path: Path,
) -> None:
    below = [folder("d", "0700"), folder("e", "0700"), file("e/x"), folder("f", uid=7), folder("g")]
    above = [file("d/x"), whiteout("e/x"), file("f/x"), file("g/x")]
    found = codes(tmp_path, below, above)
    assert {each[2] for each in found} <= {b"d", b"e", b"f"}
    assert [each[:2] for each in found] == [(2, "overlay-parent")]
    with timeline(tmp_path, [below, above]) as stack:
        assert stack.warnings[0].count == 3
        assert stack.warnings[0].text.startswith("Docker and Podman on overlayfs would show ")


def test_an_attribute_of_overlayfs_itself_hides_a_folder_of_lower_layers(tmp_path: Path) -> None:
    below = [folder("d"), file("d/x")]
    again = folder("d", xattrs={"trusted.overlay.opaque": "y"})
    assert codes(tmp_path, below, [again]) == [(2, "overlay-attribute", b"d")]
    assert codes(tmp_path, [again]) == []


# Random stacks

NAMES = st.sampled_from(["a", "b", "c"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
TARGETS = st.one_of(PATHS, PATHS.map("/".__add__), PATHS.map("../".__add__), st.just("."))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    path = draw(PATHS)
    match draw(st.integers(0, 11)):
        case 0 | 1 | 2:
            return whiteout(path)
        case 3:
            return opaque(draw(st.sampled_from([path, path, ""])))
        case 4 | 5 | 6:
            return folder(path)
        case 7:
            return symlink(path, draw(TARGETS))
        case 8:
            return hardlink(path, draw(PATHS))
        case 9:
            return {"path": path, "type": "char", "major": 0, "minor": draw(st.integers(0, 1))}
        case _:
            return file(path, draw(st.sampled_from(["x", "yy"])))


STACKS = st.lists(st.lists(entries(), max_size=6), min_size=1, max_size=4)


@settings(
    max_examples=5000 if FULL else 300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(STACKS)
@example([[file("d/s/old", "x")], [whiteout("d"), folder("d"), folder("d/s")]])
@example([[file("d/s/old", "x")], [opaque("d"), whiteout("d/s"), folder("d/s")]])
@example([[file("d/s/old", "x")], [whiteout("d"), folder("d"), whiteout("d/s")]])
def test_random_stacks_are_remarked_upon_where_the_model_shows_them_otherwise(
    layers: list[list[Entry]],
) -> None:
    """As far as the first layer where the views part; after it everything may be otherwise."""
    assume(not any(map(stores_a_folder_late, layers)))
    with tempfile.TemporaryDirectory() as scratch, quick_timeline(Path(scratch), layers) as stack:
        assume(not {remark.code for remark in stack.warnings} & ODD)
        parted, last = first_difference(layers)
        noted = [each.layer for each in about_overlay(stack.warnings) if each.layer <= last]
        assert noted[:1] == ([parted] if parted else [])


def stores_a_folder_late(layer: list[Entry]) -> bool:
    """After what is in it: views may agree by chance that parted meanwhile."""
    inside = set()
    for entry in layer:
        if entry["path"] in inside:
            return True
        parts = entry["path"].split("/")
        inside |= {"/".join(parts[:count]) for count in range(1, len(parts))}
    return False


def first_difference(layers: list[list[Entry]]) -> tuple[int, int]:
    """The first layer that the engines refuse or whose merged view is not that of the spec, or 0;
    and the last layer that was compared."""
    own: list[overlay_model.Thing] = []
    below: Mapping[str, object] = {}
    for number, layer in enumerate(layers, 1):
        try:
            own.append(overlay_model.unpacked(layer))
        except overlay_model.Refused:
            return number, number
        except overlay_model.Disagreement:
            assume(False)
        seen, ghosts = overlay_model.shown(own)
        expected = merge_model.listing(merge_model.merged(layers[:number]))
        more = set(seen) - set(expected)
        of_no_account = {path for path in more if seen[path].needed and path not in below}
        if ghosts or more - of_no_account or set(expected) - set(seen):
            return number, number
        for path, node in expected.items():
            thing = seen[path]
            if (thing.kind, thing.content, thing.target) != (
                node.inode.kind,
                node.inode.content,
                node.inode.target,
            ):
                return number, number
        if of_no_account:
            return 0, number
        below = expected
    return 0, len(layers)

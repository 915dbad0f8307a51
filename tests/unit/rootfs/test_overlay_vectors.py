"""Every vector of overlay.json: the merged view, origins, changes and what must be remarked."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from layerscope.engine.layers import Kind
from layerscope.engine.rootfs import Row, Timeline, View
from support.stacks import text, timeline

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "overlay.json").read_text())["vectors"]
STACKED = [each for each in VECTORS if "changes" in each]

vectors = pytest.mark.parametrize("vector", VECTORS, ids=[each["name"] for each in VECTORS])


@vectors
def test_the_merged_view_is_the_one_that_the_spec_asks_for(
    vector: dict[str, Any], tmp_path: Path
) -> None:
    with timeline(tmp_path, vector["layers"]) as stack:
        view = View(len(vector["layers"]))
        optional = set(vector.get("optional_paths", ()))
        seen = {text(stack.path(row.node)): row for row in stack.walk(view)}
        assert set(seen) - optional == set(vector["expected"]) - optional
        for path, expected in vector["expected"].items():
            check(stack, seen[path], expected)
            if "same_inode_as" in expected:
                names = [name for name, row in seen.items() if row.entry == seen[path].entry]
                assert sorted(names) == sorted(expected["same_inode_as"])
                assert seen[path].links == len(names)


@pytest.mark.parametrize("vector", STACKED, ids=[each["name"] for each in STACKED])
def test_each_layer_changes_what_the_vector_says(vector: dict[str, Any], tmp_path: Path) -> None:
    optional = set(vector.get("optional_paths", ()))
    with timeline(tmp_path, vector["layers"]) as stack:
        for layer, expected in enumerate(vector["changes"], 2):
            changed = changes(stack, layer)
            assert {path: word for path, word in changed.items() if path not in optional} == {
                path: word for path, word in expected.items() if path not in optional
            }
            totals = stack.layers[layer - 1]
            for word in ("added", "modified", "metadata", "deleted", "rewritten", "touched"):
                assert getattr(totals, word) == list(changed.values()).count(word), word


@vectors
def test_what_is_odd_is_remarked_upon(vector: dict[str, Any], tmp_path: Path) -> None:
    with timeline(tmp_path, vector["layers"]) as stack:
        if vector.get("expect_warning"):
            assert stack.warnings
        for remark in stack.warnings:
            assert remark.count > 0
            assert remark.text.endswith(".")


@vectors
def test_the_view_as_of_a_layer_is_that_of_the_layers_up_to_it(
    vector: dict[str, Any], tmp_path: Path
) -> None:
    with timeline(tmp_path, vector["layers"]) as whole:
        for as_of in range(len(vector["layers"]) + 1):
            with timeline(tmp_path, vector["layers"][:as_of]) as part:
                assert facts(whole, as_of) == facts(part, as_of)


def check(stack: Timeline, row: Row, expected: dict[str, Any]) -> None:
    kind = "broken_hardlink" if row.kind is Kind.HARDLINK else row.kind.word
    assert kind == expected["type"]
    assert row.origin - 1 == expected["origin"]
    assert row.implicit == expected.get("implicit", False)
    if "mode" in expected:
        assert row.mode == int(expected["mode"], 8)
    assert (row.uid, row.gid) == (expected.get("uid", 0), expected.get("gid", 0))
    if "linkname" in expected:
        assert text(row.link) == expected["linkname"]
    if "dev" in expected:
        assert row.device == tuple(expected["dev"])
    if "xattrs" in expected:
        assert row.xattrs
    if "content" in expected or "content_b64" in expected:
        content = expected.get("content", "").encode()
        if "content_b64" in expected:
            content = base64.b64decode(expected["content_b64"])
        assert row.digest == hashlib.sha256(content).digest()
        assert row.size == len(content)
        assert row.entry is not None
        assert row.entry[0] - 1 == expected.get("content_origin", expected["origin"])


def changes(stack: Timeline, layer: int) -> dict[str, str]:
    """The change classes of a layer: of what it wrote, and what of the view below is gone."""
    above = {text(stack.path(row.node)): row for row in stack.walk(View(layer))}
    below = {text(stack.path(row.node)) for row in stack.walk(View(layer - 1))}
    changed = {
        path: str(row.change) for path, row in above.items() if row.origin == layer and row.change
    }
    return changed | dict.fromkeys(below - set(above), "deleted")


def facts(stack: Timeline, as_of: int) -> list[tuple[object, ...]]:
    return [
        (
            stack.path(row.node),
            row.kind,
            row.size,
            row.mode,
            row.mtime_ns,
            row.link,
            row.digest,
            row.origin,
            row.change,
            row.composition,
            row.shadowed,
            row.children,
            row.links,
            row.entry,
        )
        for row in stack.walk(View(as_of))
    ]

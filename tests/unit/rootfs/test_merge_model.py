"""Random stacks, merged by us and by a slow, straightforward model."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layerscope.engine.rootfs import ROOT, Badge, Kind, Row, Timeline, View
from support import merge_model as model
from support.stacks import quick_timeline, text

Entry = dict[str, Any]

NAMES = st.sampled_from(["a", "b", "B", "c"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
TARGETS = st.one_of(PATHS, PATHS.map("/".__add__), PATHS.map("../".__add__), st.just("."))
MTIMES = st.sampled_from([1_700_000_000, 1_700_000_060])
LEAVES = st.fixed_dictionaries(
    {
        "type": st.just("file"),
        "content": st.sampled_from(["", "x", "yy", "a longer one"]),
        "mode": st.sampled_from(["0644", "4755"]),
        "uid": st.sampled_from([0, 1000]),
        "mtime": MTIMES,
    }
)
FOLDERS = st.fixed_dictionaries(
    {"type": st.just("dir"), "mode": st.sampled_from(["0755", "0700"]), "mtime": MTIMES}
)
LINKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["symlink", "hardlink"]), "linkname": TARGETS, "mtime": MTIMES}
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    path = draw(PATHS)
    head, slash, name = path.rpartition("/")
    match draw(st.integers(0, 9)):
        case 0 | 1:
            return {"path": f"{head}{slash}.wh.{name}", "type": "file"}
        case 2:
            return {"path": f"{path}/.wh..wh..opq", "type": "file"}
        case 3 | 4:
            return {"path": path, **draw(FOLDERS)}
        case 5 | 6:
            return {"path": path, **draw(LINKS)}
        case _:
            return {"path": path, **draw(LEAVES)}


STACKS = st.lists(st.lists(entries(), max_size=7), min_size=1, max_size=4)
patient = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)


def built(layers: list[list[Entry]]) -> tuple[tempfile.TemporaryDirectory[str], Timeline]:
    folder = tempfile.TemporaryDirectory()
    return folder, quick_timeline(Path(folder.name), layers)


@patient
@given(STACKS)
def test_every_state_of_the_stack_is_that_of_the_model(layers: list[list[Entry]]) -> None:
    folder, stack = built(layers)
    with folder, stack:
        for as_of in range(len(layers) + 1):
            root = model.merged(layers[:as_of])
            expected = model.listing(root)
            seen = {text(stack.path(row.node)): row for row in stack.walk(View(as_of))}
            assert seen.keys() == expected.keys()
            for path, node in expected.items():
                row = seen[path]
                assert row.kind.word == node.inode.kind, path
                assert row.origin == node.layer, path
                assert row.implicit == node.implicit, path
                check_attributes(row, node)
            check_inodes(seen, expected)
            check_totals(stack, root, as_of)


@patient
@given(STACKS)
def test_change_classes_and_counts_are_those_of_the_model(layers: list[list[Entry]]) -> None:
    folder, stack = built(layers)
    with folder, stack:
        below = model.listing(model.merged([]))
        for number in range(1, len(layers) + 1):
            above = model.listing(model.merged(layers[:number]))
            words = {}
            for path in below.keys() | above.keys():
                old, new = below.get(path), above.get(path)
                if new is None or new.layer == number:
                    words[path] = model.classify(old, new)
            rows = {
                text(stack.path(row.node)): row
                for row in stack.walk(View(number))
                if row.origin == number
            }
            got = {path: row.change and str(row.change) for path, row in rows.items()}
            assert got == {path: word for path, word in words.items() if word != "deleted"}
            totals = stack.layers[number - 1]
            for word in ("added", "modified", "metadata", "deleted", "rewritten", "touched"):
                assert getattr(totals, word) == list(words.values()).count(word), word
            assert totals.visible == len(above)
            assert totals.entries == len(layers[number - 1])
            below = above


@patient
@given(STACKS, st.data())
def test_badges_ghosts_and_counts_agree_with_the_two_views(
    layers: list[list[Entry]], data: st.DataObject
) -> None:
    as_of = data.draw(st.integers(1, len(layers)))
    baseline = data.draw(st.integers(0, as_of))
    folder, stack = built(layers)
    with folder, stack:
        view = View(as_of, baseline, show_deleted=True)
        base = model.listing(model.merged(layers[:baseline]))
        top = model.listing(model.merged(layers[:as_of]))
        between = [
            set(model.listing(model.merged(layers[:number]))) for number in range(baseline, as_of)
        ]
        rows = {text(stack.path(row.node)): row for row in stack.walk(view)}
        deleted = set().union(*between) - set(top)
        assert {path for path, row in rows.items() if row.deleted} == deleted
        assert rows.keys() == top.keys() | deleted
        for path, row in rows.items():
            if path in deleted:
                assert row.badge is Badge.DELETED
                assert baseline < row.deleted_in <= as_of
            elif row.badge is not Badge.OPAQUE:
                word = model.classify(base.get(path), top[path])
                letters = {"added": "A", "modified": "M", "metadata": "P"}
                unchanged = path in base and base[path].layer == top[path].layer
                assert row.badge == ("" if unchanged else letters.get(word or "", "")), path
            # What was a folder and is none any more has ghosts inside.
            inner = [each for each in rows if each.startswith(f"{path}/")]
            assert row.children == sum("/" not in each[len(path) + 1 :] for each in inner)
        counts = stack.counts(view)
        badges = [row.badge for row in rows.values()]
        assert counts.added == badges.count(Badge.ADDED)
        assert counts.modified == badges.count(Badge.MODIFIED)
        assert counts.metadata == badges.count(Badge.PROPERTIES)
        assert counts.deleted == badges.count(Badge.DELETED)
        assert counts.opaque == badges.count(Badge.OPAQUE)
        if not baseline:
            assert counts.added == len(top)


@patient
@given(STACKS)
def test_a_change_with_a_badge_puts_a_dot_on_every_folder_above(
    layers: list[list[Entry]],
) -> None:
    folder, stack = built(layers)
    with folder, stack:
        for baseline in range(len(layers)):
            view = View(len(layers), baseline, show_deleted=True)
            rows = {row.node: row for row in stack.walk(view)}
            root = stack.row(ROOT, view)
            assert root is not None
            rows[ROOT] = root
            for row in rows.values():
                if row.badge and row.node != ROOT:
                    for above in stack.ancestors(row.node):
                        folder_above = rows[above].kind is Kind.DIR and not rows[above].deleted
                        assert rows[above].inside_changed or not folder_above


def check_attributes(row: Row, node: model.Node) -> None:
    inode = node.inode
    if inode.kind == "dir":
        assert row.mode == inode.mode
        return
    assert (row.size, row.uid) == (inode.size, inode.uid)
    assert row.link.decode() == inode.target
    assert row.entry is not None
    assert row.entry[0] == inode.layer
    if inode.kind == "file":
        assert row.mode == inode.mode


def check_inodes(seen: dict[str, Row], expected: dict[str, model.Node]) -> None:
    for path, node in expected.items():
        if node.inode.kind == "dir":
            continue
        names = {each for each, other in expected.items() if other.inode is node.inode}
        assert {each for each, row in seen.items() if row.entry == seen[path].entry} == names
        assert seen[path].links == len(names)


def check_totals(stack: Timeline, root: model.Node, as_of: int) -> None:
    nodes = {"": root, **model.listing(root)}
    for path, node in nodes.items():
        if node.inode.kind != "dir":
            continue
        row = stack.find(path.encode(), View(as_of))
        assert row is not None
        assert row.children == len(node.children), path
        assert row.files == model.inside(node)[1], path
    size, _, by_layer = model.inside(root)
    row = stack.find(b"", View(as_of))
    assert row is not None
    assert row.size == size
    assert dict(row.composition) == by_layer
    if as_of:
        assert stack.layers[as_of - 1].visible_bytes == size

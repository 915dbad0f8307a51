"""What is left of a path in another view: itself, or the innermost folder above it."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.engine.rootfs import ROOT, View
from support.stacks import file, folder, quick_timeline, whiteout

LAYERS = [
    [folder("a"), folder("a/b"), folder("a/b/c"), file("a/b/c/d", "1"), file("other", "")],
    [whiteout("a/b/c")],
    [file("a/b", "a file by now")],
    [whiteout("a")],
]


@pytest.mark.parametrize(
    ("view", "left"),
    [
        (View(1), "a/b/c/d"),
        (View(2), "a/b"),
        (View(2, 1, show_deleted=True), "a/b/c/d"),
        (View(3), "a"),
        (View(4), ""),
        (View(4, layer=1), "a/b/c/d"),
        (View(4, layer=2), "a/b"),
        (View(4, layer=3), "a"),
    ],
)
def test_a_file_that_is_gone_leaves_the_folder_that_it_was_in(
    tmp_path: Path, view: View, left: str
) -> None:
    with quick_timeline(tmp_path, LAYERS) as stack:
        found = stack.find(b"a/b/c/d", View(1))
        assert found is not None
        assert stack.path(stack.nearest(found.node, view)).decode() == left


def test_the_root_is_always_there(tmp_path: Path) -> None:
    with quick_timeline(tmp_path, LAYERS) as stack:
        assert stack.nearest(ROOT, View(4, layer=4)) == ROOT

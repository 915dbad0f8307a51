"""One path through all layers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from layerscope.engine.errors import PathNotFound
from layerscope.engine.rootfs import Change, Timeline, TraceEntry, View
from support.stacks import file, folder, hardlink, opaque, quick_timeline, whiteout


def words(stack: Timeline, path: bytes, as_of: int | None = None) -> list[tuple[int, str, bool]]:
    return [(step.layer, str(step.entry), step.visible) for step in stack.trace(path, as_of)]


def test_the_trace_goes_from_the_top_down(tmp_path: Path) -> None:
    layers = [
        [file("f", "1")],
        [],
        [file("f", "22", mode="0600")],
        [whiteout("f")],
        [file("f", "333")],
    ]
    with quick_timeline(tmp_path, layers) as stack:
        assert words(stack, b"f") == [
            (5, "present", True),
            (4, "whiteout", False),
            (3, "present", False),
            (2, "none", False),
            (1, "present", False),
        ]
        top, gone, changed, _, first = stack.trace(b"f")
        assert (top.size, top.change, top.entry_number) == (3, Change.ADDED, 0)
        assert gone.change is Change.DELETED
        assert (changed.mode, changed.change) == (0o600, Change.MODIFIED)
        assert first.change is Change.ADDED
        assert words(stack, b"f", as_of=3)[0] == (3, "present", True)


def test_an_opaque_or_deleted_parent_is_named(tmp_path: Path) -> None:
    layers = [
        [folder("d"), folder("d/e"), file("d/e/f", "1")],
        [opaque("d")],
        [folder("d/e"), file("d/e/f", "2")],
        [whiteout("d")],
    ]
    with quick_timeline(tmp_path, layers) as stack:
        deleted, again, hidden, first = stack.trace(b"d/e/f")
        assert (deleted.entry, deleted.by) == (TraceEntry.WHITEOUT, b"d")
        assert (hidden.entry, hidden.by) == (TraceEntry.OPAQUE, b"d")
        assert [again.change, first.change] == [Change.ADDED, Change.ADDED]
        assert not any(step.visible for step in stack.trace(b"d/e/f"))


def test_a_mark_above_that_hid_nothing_is_no_word_on_the_path(tmp_path: Path) -> None:
    with quick_timeline(tmp_path, [[opaque("d")], [file("d/f", "1")]]) as stack:
        assert words(stack, b"d/f") == [(2, "present", True), (1, "none", False)]


def test_a_parent_that_became_a_file_is_named(tmp_path: Path) -> None:
    with quick_timeline(tmp_path, [[file("d/f", "1")], [file("d", "file")]]) as stack:
        top = stack.trace(b"d/f")[0]
        assert (top.entry, top.change, top.by) == (TraceEntry.NONE, Change.DELETED, b"d")


def test_a_hard_link_shows_where_its_bytes_are(tmp_path: Path) -> None:
    with quick_timeline(tmp_path, [[file("a", "1")], [hardlink("b", "a")]]) as stack:
        top = stack.trace(b"b")[0]
        assert (top.size, top.entry_number, top.content) == (1, 0, (1, 0))


def test_a_path_that_no_layer_names_is_an_error(tmp_path: Path) -> None:
    with quick_timeline(tmp_path, [[file("a", "1")]]) as stack, pytest.raises(PathNotFound):
        stack.trace(b"a/b")


def test_a_path_that_is_not_there_names_the_image_and_the_layer(tmp_path: Path) -> None:
    layers = [[file("a", "1")], [file("b", "1")]]
    with quick_timeline(tmp_path, layers, "shop-web:1.4") as stack:
        asked: tuple[tuple[Callable[[], object], str], ...] = (
            (lambda: stack.resolve(b"x", View(2)), "shop-web:1.4 has no 'x'."),
            (lambda: stack.resolve(b"b", View(1)), "shop-web:1.4 as of layer 1 has no 'b'."),
            (lambda: stack.trace(b"x"), "No layer of shop-web:1.4 has 'x'."),
            (
                lambda: list(stack.walk(View(2, layer=1), b"b")),
                "Layer 1 of shop-web:1.4 has no 'b'.",
            ),
        )
        for ask, sentence in asked:
            with pytest.raises(PathNotFound) as caught:
                ask()
            assert str(caught.value) == sentence

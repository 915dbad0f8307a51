"""Raw names become clean paths, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.layers import names
from layerscope.engine.layers.values import Mark

PARTS = st.sampled_from([b"", b".", b"..", b"a", b"bc", b".h", b"...", b".wh.x", b"\xff", b"\\"])
NAMES = st.lists(PARTS, min_size=1, max_size=6).map(b"/".join)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (b"etc/hosts", b"etc/hosts"),
        (b"./etc/hosts", b"etc/hosts"),
        (b"/etc/hosts", b"etc/hosts"),
        (b"etc/", b"etc"),
        (b"./", b""),
        (b"/", b""),
        (b"", b""),
        (b"a//b/./c", b"a/b/c"),
        (b"a/../b", b"b"),
        (b"../../etc/x", b"etc/x"),
        (b"/../x", b"x"),
        (b"..\\..\\x", b"..\\..\\x"),
        (b"C:\\x", b"C:\\x"),
        (b"...", b"..."),
    ],
)
def test_a_name_is_cleaned_inside_the_root(name: bytes, path: bytes) -> None:
    assert names.clean(name) == path


@given(st.lists(NAMES, min_size=1, max_size=8))
def test_many_names_at_once_are_cleaned_like_each_alone(raw: list[bytes]) -> None:
    paths, styles = names.clean_all(raw)
    assert paths == [names.clean(name) for name in raw]
    for name, path, style in zip(raw, paths, styles, strict=True):
        if style != names.ODD:
            assert names.restored(path, style) == name


@given(NAMES)
def test_a_cleaned_path_stays_as_it_is(name: bytes) -> None:
    path = names.clean(name)
    assert names.clean(path) == path
    assert b".." not in path.split(b"/")


@pytest.mark.parametrize(
    "name", [b"../x", b"a/../../x", b"..", b"..\\..\\x", b"a\\..\\b", b"C:\\x", b"\\\\srv\\share"]
)
def test_names_that_climb_here_or_elsewhere_are_known(name: bytes) -> None:
    assert names.climbs(name)


@pytest.mark.parametrize(
    "name", [b"a/b", b"...", b"a..b", b"system-systemd\\x2dcryptsetup.slice", b"a:", b"x.."]
)
def test_ordinary_names_do_not_climb(name: bytes) -> None:
    assert not names.climbs(name)


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        (b"a/.wh.b", Mark.WHITEOUT),
        (b".wh..bashrc", Mark.WHITEOUT),
        (b".wh....", Mark.WHITEOUT),
        (b"a/.wh..wh..opq", Mark.OPAQUE),
        (b".wh..wh..opq", Mark.OPAQUE),
        (b".wh.", Mark.IGNORED),
        (b"a/.wh..", Mark.IGNORED),
        (b"a/.wh...", Mark.IGNORED),
        (b".wh..wh.aufs", Mark.IGNORED),
        (b".wh..wh.plnk", Mark.IGNORED),
        (b".wh..wh.plnk/123.456", Mark.IGNORED),
        (b"a/.wh..wh.orph/b/c", Mark.IGNORED),
        (b".whatever", Mark.ENTRY),
        (b"a/b.wh.c", Mark.ENTRY),
        (b"", Mark.ENTRY),
    ],
)
def test_a_path_tells_what_it_does_to_the_layers_below(path: bytes, mark: Mark) -> None:
    assert names.mark(path) == mark

"""The language of the filter field, and what it finds."""

from __future__ import annotations

import re
import time
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.errors import BadInput
from layerscope.engine.rootfs import Query, Timeline, View
from layerscope.engine.rootfs.patterns import Glob, Regex, _glob_regex, name_pattern
from layerscope.engine.rootfs.regex_cost import longest_subject
from support.stacks import (
    file,
    folder,
    opaque,
    paths,
    quick_timeline,
    symlink,
    text,
    whiteout,
)

STACK = [
    [
        folder("etc"),
        file("etc/passwd", "x" * 2000),
        file("etc/Passwd-", "x", uid=5, gid=6),
        file("etc/shadow", "x", mode="0600"),
        folder("lib"),
        file("lib/python.py", "y"),
        file("lib/a file", "z"),
        file("lib/ÉTÉ", "z"),
        symlink("lib/ln", "x"),
        folder("opt"),
        file("opt/old", "z"),
    ],
    [
        file("etc/passwd", "y" * 3000),
        file("etc/shadow", "x", mode="0640"),
        whiteout("lib/python.py"),
        file("su", "s", mode="4755"),
        opaque("opt"),
    ],
]


@pytest.fixture
def stack(tmp_path: Path) -> Timeline:
    return quick_timeline(tmp_path, STACK)


def found(stack: Timeline, text_: str, view: View = View(2, 1)) -> list[str]:  # noqa: B008
    matches = stack.matching(Query.parse(text_), view)
    nodes = [row.node for row in matches.rows if row.node in matches.found]
    assert len(nodes) == matches.total
    return [text(stack.path(node)) for node in nodes]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("passwd", ["etc/passwd", "etc/Passwd-"]),
        ("PASSWD", ["etc/passwd", "etc/Passwd-"]),
        ("été", ["lib/ÉTÉ"]),
        ("etc", ["etc"]),
        ("*.py", []),
        ("s*", ["etc/shadow", "su"]),
        ("?u", ["su"]),
        ("*a*s*d", ["etc/passwd"]),
        ("etc/pass", ["etc/passwd", "etc/Passwd-"]),
        ("/etc/pass", ["etc/passwd", "etc/Passwd-"]),
        ("/tc/pass", []),
        ("tc/*d", ["etc/passwd"][:0]),
        ("etc/*d", ["etc/passwd"]),
        ('"a file"', ["lib/a file"]),
        ("a file", ["lib/a file"]),
        ("re:^[ps]", ["etc/passwd", "etc/shadow", "su"]),
        ("re:etc/s", ["etc/shadow"]),
        ("size:>1k", ["etc/passwd"]),
        ("size:3k", ["etc/passwd"]),
        ("size:<=1 passwd", ["etc/Passwd-"]),
        ("layer:2", ["etc/passwd", "etc/shadow", "su"]),
        ("layer:1-1 type:file", ["etc/Passwd-", "lib/a file", "lib/ÉTÉ"]),
        ("change:D", ["lib/python.py", "opt/old"]),
        ("change:A", ["su"]),
        ("change:MP", ["etc/passwd", "etc/shadow"]),
        ("change:O", ["opt"]),
        ("owner:5", ["etc/Passwd-"]),
        ("owner::6", ["etc/Passwd-"]),
        ("owner:5:7", []),
        ("mode:suid", ["su"]),
        ("mode:0640", ["etc/shadow"]),
        ("type:symlink", ["lib/ln"]),
        ("nothing-like-this", []),
        ("libc6:amd64", []),
    ],
)
def test_a_query_finds(stack: Timeline, typed: str, expected: list[str]) -> None:
    assert found(stack, typed) == expected


def test_an_empty_query_finds_everything(stack: Timeline) -> None:
    assert found(stack, "  ") == paths(stack, View(2))
    assert Query.parse("").empty
    assert not Query.parse("x").empty


def test_matches_come_with_the_folders_above_them_in_tree_order(stack: Timeline) -> None:
    matches = stack.matching(Query.parse("s"), View(2))
    listed = [text(stack.path(row.node)) for row in matches.rows]
    assert listed == ["etc", "etc/passwd", "etc/Passwd-", "etc/shadow", "su"]
    assert matches.total == 4
    few = stack.matching(Query.parse("s"), View(2), limit=1)
    assert (few.total, len(few.rows), len(few.found)) == (4, 2, 1)


def test_a_layer_on_its_own_can_be_searched(stack: Timeline) -> None:
    view = View(2, layer=2)
    assert found(stack, "change:D", view) == ["lib/python.py"]
    assert found(stack, "p*", view) == ["etc/passwd", "lib/python.py"]
    assert found(stack, "size:>1k", view) == ["etc/passwd"]


def test_ghosts_are_found_where_the_view_shows_them(stack: Timeline) -> None:
    assert found(stack, "python") == []
    assert found(stack, "python", View(2, 1, show_deleted=True)) == ["lib/python.py"]
    assert found(stack, "layer:2 python", View(2, 1, show_deleted=True)) == ["lib/python.py"]


@pytest.mark.parametrize(
    "typed",
    [
        "size:big",
        "size:",
        "layer:x",
        "layer:",
        "change:Z",
        "change:",
        "owner:root",
        "owner:",
        "mode:rwx",
        "type:door",
        "re:(",
        "re:[",
        "re:a{99999999999}",
        '"open',
        "re:(a+)+$",
        "re:(a|aa)*$",
        "re:(a?a?)*b",
        r"re:(a+)\1",
        "re:a*a*a*a*a*b",
        "re:" + "a?" * 30,
        "re:" + "(aa|b)" * 20,
    ],
)
def test_what_cannot_be_understood_is_one_sentence(typed: str) -> None:
    with pytest.raises(BadInput) as caught:
        Query.parse(typed)
    assert str(caught.value).endswith(".")
    assert caught.value.hint


@given(st.text(max_size=20))
def test_any_text_is_a_query_or_bad_input(typed: str) -> None:
    try:
        Query.parse(typed)
    except BadInput:
        return


@given(st.text("ab*?", min_size=1, max_size=8), st.text("ab", max_size=8))
def test_globs_match_as_in_the_shell(glob: str, name: str) -> None:
    regex = re.compile(_glob_regex(glob.encode()), re.DOTALL)
    assert bool(regex.fullmatch(name.encode())) == fnmatchcase(name, glob)


@pytest.mark.parametrize("pattern", [r"^lib.*\.so(\.\d+)?$", "a|b|c", "[a-z]+x", "x{2,4}", "a.*b"])
def test_ordinary_expressions_are_allowed(pattern: str) -> None:
    assert longest_subject(pattern) >= 255


def test_a_glob_of_many_stars_takes_no_time(tmp_path: Path) -> None:
    with quick_timeline(tmp_path, [[file("a" * 4000)]]) as stack:
        start = time.process_time()
        pattern = name_pattern("*a" * 60 + "*b")
        assert isinstance(pattern, Glob)
        assert list(pattern.candidates(stack._stack)) == []
        assert time.process_time() - start < 1


@given(st.lists(st.text("abA.", min_size=1, max_size=4), min_size=1, max_size=30, unique=True))
def test_every_way_of_searching_names_finds_the_same(names: list[str]) -> None:
    import tempfile

    clean = [name for name in names if name not in (".", "..")]
    with (
        tempfile.TemporaryDirectory() as place,
        quick_timeline(Path(place), [[file(f"d/{name}") for name in clean]]) as stack,
    ):
        for text_ in ("a", "b*", "*.a", "*ab*", "a?", "*a*b", "d/a", "re:a", "ab"):
            pattern = Query.parse(text_).names[0]
            one_by_one = [
                node for node in range(1, len(stack)) if pattern.accepts(stack._stack, node)
            ]
            assert list(pattern.candidates(stack._stack)) == one_by_one
            assert isinstance(pattern, Regex) or one_by_one == sorted(one_by_one)

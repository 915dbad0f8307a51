"""Tars that can be read in two ways: the engines' way wins, and the layer is ambiguous."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.layer_indexes import Walked
from support.tars import (
    GNU,
    gnu_long,
    header,
    member,
    pax,
    tar,
)

A = member(b"a", b"content of a")


B = member(b"b", b"content of b")


AMBIGUOUS: dict[str, tuple[tuple[bytes, ...], list[bytes]]] = {
    "path and long name": ((pax({b"path": b"pax"}), gnu_long(b"gnu"), A), [b"gnu"]),
    "two PAX headers": ((pax({b"path": b"one"}), pax({b"mtime": b"1"}), A), [b"a"]),
    "two long names": ((gnu_long(b"one"), gnu_long(b"two"), A), [b"two"]),
    "key twice": ((pax([(b"path", b"one"), (b"path", b"two")]), A), [b"two"]),
    "global path": ((pax({b"path": b"glob"}, b"g"), A, B), [b"a", b"b"]),
    "global in between": ((pax({b"path": b"one"}), pax({b"comment": b"c"}, b"g"), A), [b"a"]),
    "two sizes": (
        (pax({b"size": b"0"}), header(b"x", size=512), header(b"in"), A),
        [b"x", b"in", b"a"],
    ),
    "folder with size": (
        (header(b"d/", type=b"5", size=512), header(b"in"), A),
        [b"d", b"in", b"a"],
    ),
    "link with size": ((A, header(b"h", type=b"1", size=512, link=b"a"), B), [b"a", b"h", b"b"]),
    "symlink with size": ((header(b"s", type=b"2", size=9, link=b"a"), A), [b"s", b"a"]),
    "file like a folder": ((member(b"f/", b"x"), A), [b"f", b"a"]),
    "sparse name alone": ((pax({b"GNU.sparse.name": b"other"}), A), [b"a"]),
}


@pytest.mark.parametrize("case", AMBIGUOUS)
@pytest.mark.parametrize("step", [100, 1 << 20])
def test_two_readings_are_told_and_the_one_of_the_engines_is_shown(case: str, step: int) -> None:
    parts, paths = AMBIGUOUS[case]
    walked = Walked(tar(*parts), step)
    assert walked.damage is None
    assert walked.paths == paths
    assert "ambiguous" in walked.codes


def test_a_pax_size_is_for_the_file_and_not_for_the_long_name_before_it() -> None:
    inner = header(b"inner")
    walked = Walked(tar(pax({b"size": b"512"}), gnu_long(b"n" * 200), header(b"x"), inner, A))
    assert walked.paths == [b"n" * 200, b"a"]
    assert walked.sizes == [512, 12]
    assert walked.codes == set()


def test_ordinary_archives_are_not_ambiguous() -> None:
    long = b"d/" * 60 + b"f"
    walked = Walked(
        tar(
            pax({b"comment": b"git archive"}, b"g"),
            header(b"d/", type=b"5"),
            pax({b"path": long, b"mtime": b"1.5"}),
            member(b"short", b"x"),
            gnu_long(long + b"2"),
            gnu_long(long, b"K"),
            header(b"l", type=b"2", magic=GNU),
        )
    )
    assert walked.paths == [b"d", long, long + b"2"]
    assert walked.warnings == ()


@pytest.mark.parametrize("case", [case for case in AMBIGUOUS if "global" not in case])
def test_gnu_tar_lists_the_same_where_nothing_contradicts_the_engines(
    case: str, tmp_path: Path
) -> None:
    """Where it does not, the difference is known, and it is what ambiguous means."""
    parts, paths = AMBIGUOUS[case]
    (tmp_path / "x.tar").write_bytes(tar(*parts))
    listing = subprocess.run(
        ["tar", "tf", tmp_path / "x.tar"], capture_output=True, check=False
    ).stdout.splitlines()
    others = {
        "path and long name": [b"pax"],
        "symlink with size": [b"s"],
        "sparse name alone": [b"other"],
    }
    assert [name.rstrip(b"/") for name in listing] == others.get(case, paths)

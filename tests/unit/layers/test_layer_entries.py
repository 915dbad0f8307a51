"""Names and types of every shape, as a walk over a tar lists them."""

from __future__ import annotations

import pytest

from layerscope.engine.layers import Kind, Mark
from support.layer_indexes import Walked
from support.tars import (
    V7,
    base256,
    header,
    member,
    pax,
    tar,
)

A = member(b"a", b"content of a")


def test_climbing_names_stay_inside_and_are_told() -> None:
    walked = Walked(tar(*(member(name) for name in (b"../../etc/x", b"/../x", b"a/../../b"))))
    assert walked.paths == [b"etc/x", b"x", b"b"]
    assert walked.names == [b"../../etc/x", b"/../x", b"a/../../b"]
    [warning] = [warning for warning in walked.warnings if warning.code == "climbing-name"]
    assert warning.count == 3
    assert warning.offset == 0


def test_windows_names_are_bytes_like_others_and_told() -> None:
    walked = Walked(tar(*(member(name) for name in (b"..\\..\\x", b"C:\\x", b"\\\\srv\\share\\x"))))
    assert walked.paths == [b"..\\..\\x", b"C:\\x", b"\\\\srv\\share\\x"]
    assert "climbing-name" in walked.codes


@pytest.mark.parametrize("name", [b"/", b"./", b".", b"", b"a/.."])
def test_the_root_may_not_become_anything_but_a_folder(name: bytes) -> None:
    walked = Walked(tar(header(name, type=b"2", link=b"/etc"), member(name, b"x"), A))
    assert walked.damage is None
    assert walked.marks == [Mark.IGNORED, Mark.IGNORED, Mark.ENTRY]
    assert "root-replaced" in walked.codes


def test_the_root_as_a_folder_is_an_entry_like_others() -> None:
    walked = Walked(tar(header(b"./", type=b"5", mode=0o700), A))
    assert (walked.paths, walked.marks) == ([b"", b"a"], [Mark.ENTRY, Mark.ENTRY])
    assert walked.warnings == ()


def test_whiteouts_without_a_name_do_nothing_and_are_told() -> None:
    names = (b".wh.", b"d/.wh..", b"d/.wh...", b"d/.wh.x", b"d/.wh..wh..opq")
    walked = Walked(tar(*map(member, names)))
    assert walked.marks == [Mark.IGNORED] * 3 + [Mark.WHITEOUT, Mark.OPAQUE]
    [warning] = walked.warnings
    assert (warning.code, warning.count) == ("nameless-whiteout", 3)


def test_names_of_any_length_and_bytes_are_kept() -> None:
    deep = b"d/" * 222_370 + b"f"
    names = (deep, b"n" * 100_000, b"\xff\xfe", "e\u0301".encode(), "\u00e9".encode(), b"a\nb")
    walked = Walked(tar(*(pax({b"path": name}) + member(b"x") for name in names)))
    assert walked.paths == list(names)
    assert walked.codes == {"long-path"}


# Types (bad_inputs T14)


def test_every_type_is_listed() -> None:
    letters = [
        b"0",
        b"\0",
        b"7",
        b"1",
        b"2",
        b"3",
        b"4",
        b"5",
        b"6",
        b"V",
        b"M",
        b"X",
        b"?",
        b"\xff",
    ]
    walked = Walked(tar(*(header(b"e", type=letter, major=8, minor=1) for letter in letters)))
    words = "file file file hardlink symlink char block dir fifo other other other other other"
    assert [Kind(kind).word for kind in walked.kinds] == words.split()
    assert walked.blocks[0].devices == {5: (8, 1), 6: (8, 1)}
    assert {"refused-type", "unknown-type"} <= walked.codes


def test_a_nul_type_with_a_slash_is_a_folder() -> None:
    walked = Walked(tar(header(b"d/", type=b"\0", magic=V7), member(b"d/f", b"x", type=b"\0"), A))
    assert walked.kinds == [Kind.DIR, Kind.FILE, Kind.FILE]
    assert walked.paths == [b"d", b"d/f", b"a"]


def test_extreme_owners_modes_and_times_are_listed() -> None:
    walked = Walked(
        tar(
            header(b"u", uid=2**32 - 1, gid=2**55, mode=0o104755, mtime=-1),
            header(b"t", mtime=base256(2**63, 12)),
            pax({b"mtime": b"1e+30"}),
            A,
        )
    )
    [rows] = walked.blocks
    assert (rows.uids[0], rows.gids[0], rows.modes[0], rows.seconds[0]) == (
        2**32 - 1,
        2**55,
        0o4755,
        -1,
    )
    assert rows.seconds[1] == rows.seconds[2] == 9_223_372_036


def test_content_of_unknown_types_is_passed_over_as_engines_do() -> None:
    assert Walked(tar(member(b"v", b"x" * 700, type=b"V"), A)).paths == [b"v", b"a"]

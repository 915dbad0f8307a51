"""Odd tars: what is read, what is refused and where, and what is told about them."""

from __future__ import annotations

import subprocess
import time
import tracemalloc
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from layerscope.engine.content.limits import Limits
from layerscope.engine.layers import Kind, Mark
from layerscope.engine.layers.hashing import HashThread
from layerscope.engine.layers.notes import Notes
from layerscope.engine.layers.walker import Walker
from support.layer_indexes import Walked
from support.tars import (
    BLOCK,
    END,
    GNU,
    V7,
    base256,
    gnu_long,
    header,
    member,
    padded,
    pax,
    record,
    tar,
)

A = member(b"a", b"content of a")
B = member(b"b", b"content of b")
ZEROS = bytes(BLOCK)


# Ends (FORMATS.md 5.3)


@pytest.mark.parametrize(
    "end", [END, bytes(20 * BLOCK), ZEROS, b""], ids=["two", "many", "one", "none"]
)
def test_a_tar_may_end_with_any_number_of_zero_blocks(end: bytes) -> None:
    walked = Walked(tar(A, B, end=end))
    assert walked.damage is None
    assert walked.paths == [b"a", b"b"]
    assert ("no-end" in walked.codes) == (end == b"")


@pytest.mark.parametrize("data", [b"", ZEROS, END])
def test_a_layer_of_nothing_is_empty(data: bytes) -> None:
    walked = Walked(data)
    assert (walked.damage, walked.paths) == (None, [])


def test_bytes_after_the_end_are_not_read_but_told() -> None:
    walked = Walked(tar(A) + B + b"garbage")
    assert walked.damage is None
    assert walked.paths == [b"a"]
    assert "after-end" in walked.codes


def test_zeros_after_the_end_are_not_worth_telling() -> None:
    assert Walked(tar(A) + bytes(10_000)).warnings == ()


def test_a_lone_zero_block_is_passed_over_and_told() -> None:
    walked = Walked(tar(A, ZEROS, B))
    assert walked.damage is None
    assert walked.paths == [b"a", b"b"]
    assert "lone-zero-block" in walked.codes


def test_garbage_after_a_lone_zero_block_is_damage() -> None:
    walked = Walked(tar(A, ZEROS, b"x" * BLOCK))
    assert walked.damage is not None
    assert walked.damage.offset == len(A) + BLOCK
    assert walked.paths == [b"a"]


def test_a_bad_checksum_stops_the_walk_there_and_keeps_what_was_before() -> None:
    walked = Walked(tar(A, member(b"x", b"y", checksum=b"0000001"), B))
    assert walked.damage is not None
    assert walked.damage.offset == len(A)
    assert "checksum" in walked.damage.reason
    assert walked.paths == [b"a"]


@pytest.mark.parametrize("kept", [1, 100, 511])
def test_a_header_that_is_cut_off_is_damage(kept: int) -> None:
    walked = Walked(A + B[:kept])
    assert walked.damage is not None
    assert walked.damage.offset == len(A)
    assert walked.paths == [b"a"]


def test_content_that_is_cut_off_is_told_in_bytes() -> None:
    big = member(b"big", bytes(3000))
    walked = Walked(A + big[: BLOCK + 1234])
    assert walked.damage is not None
    assert "1234 of 3000 bytes" in walked.damage.reason
    assert walked.paths == [b"a", b"big"]
    assert walked.digests[1] == b""


def test_missing_padding_at_the_end_is_no_damage() -> None:
    assert Walked(A[: BLOCK + 12]).damage is None


def test_damage_is_found_in_the_midst_of_thousands_of_entries() -> None:
    many = [member(b"d/%05d" % number, b"x" * (number % 40)) for number in range(9000)]
    offset = sum(map(len, many[:7777]))
    many[7777] = header(b"bad", size=0, checksum=b"0000000")
    walked = Walked(tar(*many))
    assert walked.damage is not None
    assert walked.damage.offset == offset
    assert len(walked.paths) == 7777


@pytest.mark.parametrize("step", [300, 512, 100_000])
def test_a_run_may_be_full_while_content_is_still_coming(step: int) -> None:
    contents = [b"%d" % number * (number % 300) for number in range(4200)]
    walked = Walked(tar(*(member(b"f", content) for content in contents)), step)
    assert walked.digests == [sha256(content).digest() for content in contents]


# Refused outright (bad_inputs T06)


@pytest.mark.parametrize(
    "parts",
    [
        (header(b"x", size=-1),),
        (header(b"x", size=base256(2**63, 12)),),
        (header(b"x", size=base256(2**80, 12)),),
        (header(b"x", size=b"garbage"),),
        (header(b"x", size=b"00000000009"),),
        (header(b"x", mtime=b"garbage"),),
        (header(b"x", mode=b"garbage"),),
        (pax({b"size": b"-5"}), A),
        (pax({b"size": b"many"}), A),
        (pax({b"mtime": b"late"}), A),
        (pax({b"path": b"a\0b"}), A),
        (member(b"PaxHeaders/x", b"30 path=short\n", type=b"x"), A),
        (header(b"PaxHeaders/x", type=b"x", size=1 << 30), bytes(4096)),
        (header(b"././@LongLink", type=b"L", size=1 << 40), bytes(4096)),
        (header(b"g", type=b"g", size=(1 << 20) + 1), bytes((1 << 20) + BLOCK)),
    ],
)
def test_lying_headers_are_refused_fast_and_in_little_memory(parts: tuple[bytes, ...]) -> None:
    data = tar(A, *parts, B)
    tracemalloc.start()
    started = time.monotonic()
    walked = Walked(data)
    assert time.monotonic() - started < 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20
    assert walked.damage is not None
    assert walked.damage.offset == len(A)
    assert walked.damage.reason
    assert walked.paths == [b"a"]


def test_a_size_of_many_tib_is_believed_only_as_far_as_bytes_come() -> None:
    walked = Walked(tar(A, header(b"huge", size=2**62), B))
    assert walked.damage is not None
    assert walked.paths == [b"a", b"huge"]
    assert walked.sizes == [12, 2**62]


# Two readings (bad_inputs T07): the engines' wins, and the layer is ambiguous

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


# Names (bad_inputs T01, T04, T05, T13)


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


# Limits (bad_inputs T12)


def test_a_limit_of_entries_stops_the_walk_and_says_so() -> None:
    many = [member(b"%05d" % number) for number in range(6000)]
    walked = Walked(tar(*many), limits=Limits(layer_entries=5000))
    assert len(walked.paths) == 5000
    assert walked.damage is not None
    assert walked.damage.limit == "layer_entries"
    assert walked.damage.offset == 5000 * BLOCK
    assert "layer_entries (5,000)" in walked.damage.reason


def test_a_million_empty_entries_take_constant_memory() -> None:
    run = b"".join(header(b"e%03d" % number) for number in range(1000))
    data = run * 10
    tracemalloc.start()
    with HashThread() as hashes:
        walker = Walker(lambda rows: None, Limits(), Notes(), hashes)
        for _ in range(30):
            walker.feed(data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        walker.close()
    assert walker.totals == (300_000, 300_000, 0)
    assert peak < 24 << 20


def test_large_attributes_do_not_pile_up() -> None:
    """Each entry has 512 KiB of attributes; they are handed on long before a run is full."""
    entry = pax({b"SCHILY.xattr.user.big": bytes(range(1, 256)) * 2056}) + A
    walked = Walked(entry * 40 + END)
    assert walked.damage is None
    assert len(walked.paths) == 40
    assert len(walked.blocks) > 3


def test_many_different_oddities_are_told_in_bounded_space() -> None:
    odd = b"".join(
        pax([(b"k%d" % number + b"x" * 5000, b"1"), (b"k%d" % number + b"x" * 5000, b"2")]) + A
        for number in range(400)
    )
    walked = Walked(odd + END)
    assert sum(len(warning.text) for warning in walked.warnings) < 50_000


def test_a_limit_for_extended_headers_can_be_raised() -> None:
    data = tar(pax({b"comment": b"c" * (1 << 20)}), A)
    refused = Walked(data)
    assert refused.damage is not None
    assert "extension_bytes" in refused.damage.reason
    raised = replace(Limits(), extension_bytes=2 << 20)
    assert Walked(data, limits=raised).paths == [b"a"]


def test_records_are_written_as_pax_wants_them() -> None:
    """The writer of these tests counts the digits of the length, at the borders too."""
    for length in range(80, 120):
        text = record(b"path", b"p" * length)
        assert int(text.split(b" ")[0]) == len(text)
    assert len(padded(b"x")) == BLOCK

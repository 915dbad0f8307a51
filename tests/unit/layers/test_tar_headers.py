"""One header block: what Go's archive/tar takes is taken, all else is refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.layers.header import LATEST, HeaderDamaged, number, parse
from support.tars import GNU, USTAR, V7, base256, header, rechecked


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (b"0000644\0", 0o644),
        (b"000644 \0", 0o644),
        (b"   644 \0", 0o644),
        (b"\0\0\0\0\0\0\0\0", 0),
        (b"        ", 0),
        (b"644\0junk", 0o644),
        (b"77777777", 0o77777777),
        (base256(0, 8), 0),
        (base256(2**31, 8), 2**31),
        (base256(-1, 8), -1),
        (base256(-(2**40), 12), -(2**40)),
        (base256(2**63 - 1, 12), 2**63 - 1),
    ],
)
def test_numbers_are_read_in_every_form(field: bytes, value: int) -> None:
    assert number(field, "size") == value


@pytest.mark.parametrize(
    "field",
    [
        b"0000648\0",
        b"+000644\0",
        b"-000644\0",
        b"0x00644\0",
        b"0_00644\0",
        b"0o00644\0",
        b"64 4\0\0\0\0",
    ],
)
def test_what_python_but_no_tar_calls_a_number_is_refused(field: bytes) -> None:
    with pytest.raises(HeaderDamaged, match="the size in a header is not"):
        number(field, "size")


@pytest.mark.parametrize("value", [2**63, 2**80, -(2**63) - 1])
def test_numbers_beyond_64_bits_are_refused(value: int) -> None:
    with pytest.raises(HeaderDamaged, match="64 bits"):
        number(base256(value, 12), "size")


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_64_bit_number_survives_base_256(value: int) -> None:
    assert number(base256(value, 12), "size") == value


def test_a_negative_size_is_refused_with_its_value() -> None:
    with pytest.raises(HeaderDamaged, match="negative: -6"):
        parse(header(b"a", size=-6))


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [(-1, -1), (2**62, LATEST), (-(2**62), -LATEST), (base256(2**80, 12), LATEST)],
)
def test_times_that_no_file_system_holds_become_the_nearest_one(
    seconds: int | bytes, kept: int
) -> None:
    assert parse(header(b"a", mtime=seconds)).mtime == kept


def test_the_checksum_may_be_of_signed_bytes() -> None:
    assert parse(header(b"\xe9\xff", signed=True)).name == b"\xe9\xff"
    assert parse(header(b"\xe9\xff")).name == b"\xe9\xff"


@pytest.mark.parametrize("magic", [USTAR, GNU, V7, b"ustar\0\0\0", b"whatever"])
def test_every_kind_of_header_is_read(magic: bytes) -> None:
    parsed = parse(header(b"a/b", magic=magic, type=b"2", link=b"c", uid=7, mode=0o100644))
    assert (parsed.name, parsed.link, parsed.uid, parsed.mode) == (b"a/b", b"c", 7, 0o644)


@pytest.mark.parametrize(("magic", "name"), [(USTAR, b"p/q/a"), (V7, b"a"), (GNU, b"p/q/a")])
def test_a_prefix_counts_where_the_magic_says_so(magic: bytes, name: bytes) -> None:
    """GNU: only what cannot be times, as Go before 1.8 wrote it."""
    assert parse(header(b"a", magic=magic, prefix=b"p/q")).name == name


def test_gnu_times_are_no_prefix() -> None:
    times = b"14211345376\0" * 2
    assert parse(header(b"a", magic=GNU, prefix=times)).name == b"a"


def test_a_star_header_has_a_shorter_prefix() -> None:
    block = bytearray(header(b"a", prefix=b"p" * 131 + b"12345670000\0"))
    block[508:512] = b"tar\0"
    assert parse(rechecked(bytes(block))).name == b"p" * 131 + b"/a"


@pytest.mark.parametrize("start", [476, 488])
def test_the_times_of_a_star_header_must_be_numbers(start: int) -> None:
    block = bytearray(header(b"name"))
    block[508:512] = b"tar\0"
    block[start : start + 12] = b"112135u5217 "
    with pytest.raises(HeaderDamaged, match="time"):
        parse(rechecked(bytes(block)))


@given(st.integers(0, 511), st.integers(1, 255))
def test_any_changed_byte_is_noticed(position: int, change: int) -> None:
    block = bytearray(header(b"etc/hosts", size=5))
    block[position] ^= change
    try:
        parse(bytes(block))
    except HeaderDamaged:
        return
    # Only the padding of the checksum's own field may change without changing the sum.
    assert 148 <= position < 156

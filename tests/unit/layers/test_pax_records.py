"""PAX records are read as Go reads them: strictly, with bytes kept."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.layers import pax
from layerscope.engine.layers.header import LATEST, HeaderDamaged
from support.tars import record

KEYS = st.binary(min_size=1, max_size=30).filter(lambda key: b"=" not in key and b"\0" not in key)


def understood(body: bytes) -> pax.Extension:
    return pax.understood(pax.parse(body).values)


def test_each_key_has_its_meaning() -> None:
    said = understood(
        b"".join(
            record(key, value)
            for key, value in {
                b"path": "a/\u4e16".encode(),
                b"linkpath": b"l\nm",
                b"size": b"12",
                b"uid": b"4294967295",
                b"gid": b"7",
                b"uname": b"me",
                b"gname": b"us",
                b"mtime": b"1350244992.023960108",
                b"SCHILY.xattr.security.capability": b"\1\0\0\2=\n",
                b"LIBARCHIVE.xattr.user.x": b"eA==",
                b"comment": b"hello",
            }.items()
        )
    )
    assert (said.path, said.link, said.size) == ("a/\u4e16".encode(), b"l\nm", 12)
    assert (said.uid, said.gid, said.user, said.group) == (4294967295, 7, b"me", b"us")
    assert said.mtime_ns == 1350244992_023960108
    assert said.xattrs == {b"security.capability": b"\1\0\0\2=\n"}
    assert said.others == {b"LIBARCHIVE.xattr.user.x": b"eA==", b"comment": b"hello"}


def test_an_attribute_with_an_empty_value_is_none() -> None:
    """An empty value takes a record back; Go, and so every engine, sets nothing."""
    assert understood(record(b"SCHILY.xattr.user.empty", b"")).xattrs == {}


@pytest.mark.parametrize("key", [b"path", b"linkpath", b"size", b"uid", b"mtime", b"uname"])
def test_an_empty_value_leaves_the_header_as_it_is(key: bytes) -> None:
    assert understood(record(key, b"")) == pax.Extension()


@pytest.mark.parametrize(
    "body",
    [
        b"99 path=a\n",
        b"5 path=a\n",
        b"11 path=a\n",
        b"9 path=ab",
        b"0 path=a\n",
        b"-9 path=a\n",
        b" 9 path=a\n",
        b"path=a\n",
        b"8 pathab\n",
        b"5 =a\n",
        b"99999999999999999999999 path=a\n",
        record(b"path", b"a\0b"),
        record(b"linkpath", b"\0"),
        record(b"SCHILY.xattr.a\0b", b"x"),
        record(b"size", b"-1"),
        record(b"size", b"12x"),
        record(b"size", b"9223372036854775808"),
        record(b"size", b"9" * 5000),
        record(b"uid", b"abc"),
        record(b"mtime", b"line\nline"),
        record(b"mtime", b"1.5.5"),
        record(b"mtime", b"e10"),
        record(b"atime", b"yesterday"),
    ],
)
def test_a_broken_record_is_refused(body: bytes) -> None:
    with pytest.raises(HeaderDamaged):
        understood(body)


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        (b"0", 0),
        (b"1.5", 1_500_000_000),
        (b"-1.5", -1_500_000_000),
        (b"+7", 7_000_000_000),
        (b"1.0000000019", 1_000_000_001),
        (b"1.", 1_000_000_000),
        (b"1" + b"0" * 30, LATEST * 10**9),
        (b"-1" + b"0" * 30, -LATEST * 10**9),
        (b"1e+30", LATEST * 10**9),
    ],
)
def test_times_keep_their_nanoseconds(text: bytes, nanoseconds: int) -> None:
    assert pax.nanoseconds(text) == nanoseconds


def test_a_key_that_is_said_twice_is_told_and_the_last_one_counts() -> None:
    said = pax.parse(record(b"path", b"one") + record(b"path", b"two") + record(b"size", b"3") * 2)
    assert pax.understood(said.values).path == b"two"
    assert said.doubled == (b"path",)


def test_old_sparse_maps_must_alternate() -> None:
    pair = record(b"GNU.sparse.offset", b"0") + record(b"GNU.sparse.numbytes", b"5")
    assert understood(pair * 2).sparse[b"GNU.sparse.map"] == b"0,5,0,5"
    with pytest.raises(HeaderDamaged):
        understood(record(b"GNU.sparse.numbytes", b"5"))


@given(st.dictionaries(KEYS, st.binary(max_size=200)))
def test_encoded_records_come_back_and_are_equal_in_any_order(
    records: dict[bytes, bytes],
) -> None:
    encoded = pax.encoded(records)
    assert pax.decoded(encoded) == records
    assert pax.encoded(dict(reversed(records.items()))) == encoded


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(HeaderDamaged):
        understood(body)

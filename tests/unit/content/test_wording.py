"""Names from images are shown on one line with nothing hidden; amounts read like docker's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.content.wording import (
    count_text,
    display_name,
    size_text,
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain & <b>name</b>.txt", "plain & <b>name</b>.txt"),
        ("日本語-ñ-é.txt", "日本語-ñ-é.txt"),
        ("two\nlines", "two␊lines"),
        ("tab\there", "tab␉here"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x7f\x85\xad", "\\x7f\\x85\\xad"),
        ("invoice\u202egpj.exe", "invoice\\u202egpj.exe"),
        ("\u061c\u200b\u200f\u2028\u2029\u2066\u2069\ufeff", None),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("half\ud800", "half\\ud800"),
        (b"caf\xe9", "caf\\xe9"),
        (b"\xff\xfe\x00", "\\xff\\xfe␀"),
        (b"", ""),
    ],
)
def test_what_hides_is_shown(name: bytes | str, shown: str | None) -> None:
    visible = display_name(name)
    assert visible.isprintable()
    if shown is not None:
        assert visible == shown


# RELIABILITY: every range of the list, one character before to one after it.
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (0x00, 0x1F),
        (0x7F, 0x9F),
        (0xAD, 0xAD),
        (0x61C, 0x61C),
        (0x200B, 0x200F),
        (0x2028, 0x2029),
        (0x202A, 0x202E),
        (0x2066, 0x2069),
        (0xFEFF, 0xFEFF),
        (0xD800, 0xDFFF),
    ],
)
def test_every_character_of_the_list_is_escaped(first: int, last: int) -> None:
    for code in range(first, last + 1):
        assert chr(code) not in display_name(f"a{chr(code)}b")


@given(st.binary())
def test_any_bytes_become_one_visible_line(name: bytes) -> None:
    shown = display_name(name)
    shown.encode("utf-8")  # no surrogate is left
    assert len(shown.splitlines()) <= 1


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_that_is_already_visible_is_not_changed(text: str) -> None:
    once = display_name(text)
    assert display_name(once) == once


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (965, "965 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1300, "1.3 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (226_900_000, "226.9 MB"),
        (999_999_999, "1.0 GB"),
        (1_050_000_000, "1.1 GB"),
        (2**63 - 1, "9.2 EB"),
        (-1300, "\N{MINUS SIGN}1.3 kB"),
    ],
)
def test_sizes_are_si(size: int, text: str) -> None:
    assert size_text(size) == text


def test_counts_have_separators_and_the_right_noun() -> None:
    assert count_text(1204) == "1,204"
    assert count_text(1, "layer") == "1 layer"
    assert count_text(0, "layer") == "0 layers"
    assert count_text(2000, "entry", "entries") == "2,000 entries"
    assert count_text(-3) == "\N{MINUS SIGN}3"

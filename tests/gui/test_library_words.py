"""The library's small words, and the room that its columns have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.gui.library.columns import Column, Places
from layerscope.gui.library.words import age_text


@pytest.mark.parametrize("width", [820, 860, 1100, 1528, 3000])
def test_columns_never_overlap(width: int) -> None:
    places = Places(width)
    spans = [places.span(column) for column in Column]
    for (_left, right), (next_left, _right) in pairwise(spans):
        assert right <= next_left + 0.5
    assert all(right - left >= 60 for left, right in spans)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3.2), "3 h ago"),
        (timedelta(days=6), "6 d ago"),
        (timedelta(days=13), "13 d ago"),
        (timedelta(days=21), "3 w ago"),
        (timedelta(days=100), "3 mo ago"),
        (timedelta(days=800), "2 y ago"),
    ],
)
def test_ages_are_short(age: timedelta, words: str) -> None:
    now = datetime(2026, 5, 12, tzinfo=UTC)
    assert age_text(now - age, now) == words


@given(st.datetimes(timezones=st.just(UTC)))
def test_any_time_has_an_age(when: datetime) -> None:
    assert age_text(when)

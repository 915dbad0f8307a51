"""Answers for people: aligned columns, each value on one line whatever it holds."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from layerscope.engine.content.wording import display_name, size_text

_WIDEST = 72  #: of one column but the last
_SAMPLE = 5000  #: rows that decide how wide the columns are


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as the first rows need.  Long tables flow: no more than _SAMPLE rows wait
    in memory."""
    waiting: list[Sequence[str]] = []
    widths: list[int] | None = None
    for row in rows:
        plain = [display_name(cell) for cell in row]
        if widths is None:
            waiting.append(plain)
            if len(waiting) < _SAMPLE:
                continue
            widths = _print_all(titles, waiting)
        else:
            _print(plain, widths)
    if widths is None:
        _print_all(titles, waiting)


def size(count: int | None) -> str:
    return "" if count is None else size_text(count)


def number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def time(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _print_all(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    widths = [
        min(_WIDEST, max(len(title), *(len(row[column]) for row in rows), 0))
        for column, title in enumerate(titles)
    ]
    _print(titles, widths)
    for row in rows:
        _print(row, widths)
    return widths


def _print(row: Sequence[str], widths: Sequence[int]) -> None:
    *first, last = row
    cells = [cell.ljust(width) for cell, width in zip(first, widths, strict=False)]
    sys.stdout.write("  ".join([*cells, last]).rstrip() + "\n")

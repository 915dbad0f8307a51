"""Answers for people: aligned columns, each value on one line whatever it holds."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TextIO

from layerscope.engine.content.wording import display_name, size_text

_WIDEST = 72  #: of one column but the last
_SAMPLE = 5000  #: rows that decide how wide the columns are


def table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], stream: TextIO | None = None
) -> None:
    """Columns as wide as the first rows need, to ``stream`` or else stdout.  Long tables flow: no
    more than _SAMPLE rows wait in memory."""
    stream = stream or sys.stdout
    waiting: list[Sequence[str]] = []
    widths: list[int] | None = None
    for row in rows:
        plain = [display_name(cell) for cell in row]
        if widths is None:
            waiting.append(plain)
            if len(waiting) < _SAMPLE:
                continue
            widths = _print_all(titles, waiting, stream)
        else:
            _print(plain, widths, stream)
    if widths is None:
        _print_all(titles, waiting, stream)


def size(count: int | None) -> str:
    return "" if count is None else size_text(count)


def number(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def time(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _print_all(titles: Sequence[str], rows: Sequence[Sequence[str]], stream: TextIO) -> list[int]:
    widths = [
        min(_WIDEST, max(len(title), *(len(row[column]) for row in rows), 0))
        for column, title in enumerate(titles)
    ]
    _print(titles, widths, stream)
    for row in rows:
        _print(row, widths, stream)
    return widths


def _print(row: Sequence[str], widths: Sequence[int], stream: TextIO) -> None:
    *first, last = row
    cells = [cell.ljust(width) for cell, width in zip(first, widths, strict=False)]
    stream.write("  ".join([*cells, last]).rstrip() + "\n")

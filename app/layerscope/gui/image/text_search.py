"""Finds words in a text, as positions of a QTextDocument."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice

MOST = 100_000  #: matches that are kept
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class SearchedText:
    """A text that is searched again and again."""

    def __init__(self, text: str) -> None:
        self._text = text
        # Qt counts UTF-16 units: two for each of these.
        self._astral = [] if text.isascii() else [one.start() for one in _ASTRAL.finditer(text)]

    def find(self, wanted: str) -> list[tuple[int, int]]:
        """Start and end of each place of ``wanted``, in any case, in UTF-16 units; in order,
        without overlaps, ``MOST`` at most."""
        if not wanted:
            return []
        found = re.compile(re.escape(wanted), re.IGNORECASE).finditer(self._text)
        return [(self._place(one.start()), self._place(one.end())) for one in islice(found, MOST)]

    def _place(self, index: int) -> int:
        return index + bisect_left(self._astral, index)

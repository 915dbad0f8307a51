"""How names and amounts from images are written for people: on one line, with nothing hidden."""

from __future__ import annotations

import re

import humanize

# What no screen shows as itself: controls, bidirectional marks, zero-width and tag characters,
# fillers, and halves of surrogate pairs (bytes that are not UTF-8 arrive as such halves).
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
_PICTURES = {"\n": "␊", "\t": "␉", "\r": "␍", "\0": "␀"}
_MINUS = "\N{MINUS SIGN}"


def display_name(name: bytes | str) -> str:
    """``name`` as one line on which every character can be seen.

    Newlines and tabs become ``␊`` and ``␉``, other characters that hide or reorder text become
    ``\\x1b`` or ``\\u202e``, bytes that are not UTF-8 become ``\\xff``.  For showing only: two
    different names may look the same.
    """
    text = name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(_visible, text)


def size_text(size: int) -> str:
    """Bytes in SI units: "965 B", "1.3 kB", "226.9 MB"."""
    sign, size = (_MINUS, -size) if size < 0 else ("", size)
    return f"{sign}{size} B" if size < 1000 else sign + humanize.naturalsize(size)


def count_text(count: int, noun: str = "", plural: str = "") -> str:
    """A number with separators, and the noun in the right form: "1,204 files", "1 layer"."""
    number = f"{count:,}".replace("-", _MINUS)
    if not noun:
        return number
    return f"{number} {noun if count == 1 else plural or noun + 's'}"


def _visible(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if character in _PICTURES:
        return _PICTURES[character]
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"

"""Bytes of a file as lines that are safe to show."""

from __future__ import annotations

import codecs

from layerscope.engine.dataclass import dataclass

LINE = 4_096  #: characters of one line that are shown
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEAD = 8_192  #: bytes that decide whether a file is text


@dataclass(frozen=True, slots=True)
class Decoded:
    """``lines`` without line ends; ``cut`` counts the lines that were too long."""

    lines: tuple[str, ...]
    encoding: str
    cut: int = 0


def decode(data: bytes, longest: int = LINE, *, whole: bool = True) -> Decoded:
    """``data`` as lines of at most ``longest`` characters; unless it is ``whole`` it may stop in
    the middle of a character.

    The encoding is what a byte order mark says, else UTF-16 or UTF-8 where the bytes fit, else
    Latin-1, which fits everything.  Control and bidirectional characters become visible signs.
    """
    encoding, body = _encoding(data, whole)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(body, whole)
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    shown = tuple(_shown(line, longest) for line in lines)
    return Decoded(shown, encoding, sum(len(line) > longest for line in lines))


def looks_binary(data: bytes) -> bool:
    """Whether hex says more about these bytes than text."""
    head = data[:_HEAD]
    if any(head.startswith(mark) for mark, _name in _MARKS) or _utf_16(head):
        return False
    if b"\0" in head:
        return True
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    return controls > len(head) // 10


def _encoding(data: bytes, whole: bool) -> tuple[str, bytes]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, data[len(mark) :]
    guess = _utf_16(data[:_HEAD])
    if guess:
        return guess, data
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(data, whole)
    except UnicodeDecodeError:
        return "latin-1", data
    return "utf-8", data


def _utf_16(head: bytes) -> str:
    """UTF-16 without a mark gives itself away: Latin text has a zero in every second byte."""
    half = len(head) // 2
    if half < 8:
        return ""
    zeros = (head[0 : half * 2 : 2].count(0), head[1 : half * 2 : 2].count(0))
    if zeros[1] > half * 0.7 and zeros[0] < half * 0.1:
        return "utf-16-le"
    if zeros[0] > half * 0.7 and zeros[1] < half * 0.1:
        return "utf-16-be"
    return ""


def _shown(line: str, longest: int) -> str:
    cut = line if len(line) <= longest else line[:longest] + "…"
    return cut.translate(_VISIBLE)


def _visible() -> dict[int, str]:
    signs = {code: chr(0x2400 + code) for code in range(32) if code != 9}
    signs[0x7F] = "\u2421"
    hidden = [0xAD, 0x61C, 0xFEFF, 0x2028, 0x2029]
    hidden += [*range(0x80, 0xA0), *range(0x200B, 0x2010), *range(0x202A, 0x202F)]
    hidden += [*range(0x2066, 0x206A), *range(0xD800, 0xE000)]
    signs.update({code: f"\\u{code:04x}" for code in hidden})
    return signs


_VISIBLE = _visible()

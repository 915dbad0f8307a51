"""Filters by name: substrings, globs and regular expressions, searched at the speed of C.

Substrings and globs compare case-folded names; regular expressions see names as they are.  What
holds a slash looks at the path.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from layerscope.engine.errors import BadInput
from layerscope.engine.rootfs.numbering import folded
from layerscope.engine.rootfs.regex_cost import longest_subject
from layerscope.engine.rootfs.stack import Stack
from layerscope.engine.rootfs.values import ROOT

_DENSE = 20  # one name in so many
_CHUNK = 1 << 20
PATIENCE = 10.0  #: seconds for one regular expression over all names


class NamePattern(Protocol):
    """One word of a query that is about names."""

    def candidates(self, stack: Stack) -> Iterator[int]:
        """All nodes that match, visible or not, in tree order."""

    def accepts(self, stack: Stack, node: int) -> bool: ...


@dataclass(frozen=True)
class Contains:
    """A name that contains ``text``, which is folded and has no slash."""

    text: bytes

    def candidates(self, stack: Stack) -> Iterator[int]:
        names, text = stack.folded, self.text
        if names.count(text) * _DENSE > len(stack):
            yield from self._one_by_one(names)
            return
        yield from _named(names, text)

    def _one_by_one(self, names: bytes) -> Iterator[int]:
        """The same, faster where much is found."""
        text, node, start = self.text, 0, 1
        while start < len(names):
            end = names.find(b"/", start + _CHUNK)
            some = names[start : end if end >= 0 else -1].split(b"/")
            yield from [number for number, name in enumerate(some, node) if text in name]
            node += len(some)
            start = end + 1 if end >= 0 else len(names)

    def accepts(self, stack: Stack, node: int) -> bool:
        return self.text in folded(stack.name(node))


@dataclass(frozen=True)
class Glob:
    """The end of a path, part by part; the whole path if ``anchored``.  ``*`` and ``?`` stand for
    any or one byte of a name."""

    parts: tuple[bytes, ...]
    anchored: bool = False

    def candidates(self, stack: Stack) -> Iterator[int]:
        needle = _needle(self.parts[-1])
        if needle is not None:
            nodes = _named(stack.folded, needle)
        else:
            nodes = _fitting(stack.folded, self.parts[-1])
        return (node for node in nodes if self._above_fits(stack, node))

    def accepts(self, stack: Stack, node: int) -> bool:
        name = folded(stack.name(node))
        return bool(self._regexes[-1].fullmatch(name)) and self._above_fits(stack, node)

    @cached_property
    def _regexes(self) -> tuple[re.Pattern[bytes], ...]:
        return tuple(re.compile(_glob_regex(part), re.DOTALL) for part in self.parts)

    def _above_fits(self, stack: Stack, node: int) -> bool:
        if node == ROOT:
            return False
        for regex in self._regexes[-2::-1]:
            node = stack.parent[node]
            if node == ROOT or not regex.fullmatch(folded(stack.name(node))):
                return False
        return not self.anchored or stack.parent[node] == ROOT


@dataclass(frozen=True)
class Regex:
    """A regular expression somewhere in the name, or in the path if ``on_path``.

    Names that are longer than what the expression can be given without danger do not match.
    """

    pattern: re.Pattern[str]
    on_path: bool
    longest: int

    @classmethod
    def compiled(cls, text: str) -> Regex:
        """Raises BadInput for what is no expression, or could take for ever."""
        try:
            pattern = re.compile(text)
        except (re.error, OverflowError, RecursionError) as error:
            raise BadInput(
                f"“{text}” is not a regular expression: {error}.",
                hint="Without re: in front, * and ? stand for any characters.",
            ) from error
        return cls(pattern, "/" in text, longest_subject(text))

    def candidates(self, stack: Stack) -> Iterator[int]:
        deadline = time.monotonic() + PATIENCE
        for node in range(1, len(stack)):
            if node & 0x3FF == 0 and time.monotonic() > deadline:
                raise BadInput(
                    f"The expression “{self.pattern.pattern}” takes too long.",
                    hint="Use fewer * and +, or search for plain text.",
                )
            if self.accepts(stack, node):
                yield node

    def accepts(self, stack: Stack, node: int) -> bool:
        subject = stack.path(node) if self.on_path else stack.name(node)
        if len(subject) > self.longest:
            return False
        return self.pattern.search(subject.decode("utf-8", "surrogateescape")) is not None


def name_pattern(text: str) -> NamePattern:
    """A word of a query without a prefix."""
    pattern = folded(text.encode("utf-8", "surrogateescape"))
    wild = b"*" in pattern or b"?" in pattern
    if not wild and b"/" not in pattern:
        return Contains(pattern)
    anchored = pattern.startswith(b"/")
    parts = [part for part in pattern.split(b"/") if part]
    if not parts:
        return Glob((b"*",))
    if not wild:
        # Part of a path: its first name may begin before the text and its last end after it.
        if not anchored:
            parts[0] = b"*" + parts[0]
        if not pattern.endswith(b"/"):
            parts[-1] += b"*"
    return Glob(tuple(parts), anchored)


def _named(names: bytes, needle: bytes) -> Iterator[int]:
    """The nodes whose name holds ``needle``, which may begin or end with the b"/" around it."""
    front = needle.startswith(b"/")
    within = not front and not needle.endswith(b"/")
    node, counted = -1, 0
    at = names.find(needle)
    while at >= 0:
        inside = at + front
        node += names.count(b"/", counted, inside)
        yield node
        counted = names.find(b"/", inside) if within else inside
        at = names.find(needle, max(counted, at + 1))


def _fitting(names: bytes, glob: bytes) -> Iterator[int]:
    node, counted = -1, 0
    for match in re.finditer(b"/%b(?=/)" % _glob_regex(glob), names, re.DOTALL):
        inside = match.start() + 1
        node += names.count(b"/", counted, inside)
        counted = inside
        yield node


def _needle(glob: bytes) -> bytes | None:
    """What to look for instead of a glob that has stars at its ends only; else None."""
    text = glob.strip(b"*")
    if not text or b"*" in text or b"?" in text:
        return None
    front = b"" if glob.startswith(b"*") else b"/"
    return front + text + (b"" if glob.endswith(b"*") else b"/")


def _glob_regex(glob: bytes) -> bytes:
    """Without backtracking: each piece between stars is taken where it fits first."""
    pieces = [
        b"".join(b"[^/]" if letter == b"?" else re.escape(letter) for letter in _letters(piece))
        for piece in re.split(rb"\*+", glob)
    ]
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    return first + b"".join(b"(?>[^/]*?%b)" % piece for piece in middle) + b"[^/]*" + last


def _letters(piece: bytes) -> list[bytes]:
    return [piece[at : at + 1] for at in range(len(piece))]

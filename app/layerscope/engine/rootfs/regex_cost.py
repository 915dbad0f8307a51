"""How long a subject a regular expression may be given before it could take for ever.

Python's matcher backtracks and cannot be interrupted, so what could take exponential time is
refused, and what takes polynomial time gets short subjects.
"""

from __future__ import annotations

from collections.abc import Iterator
from re import _parser as parser  # type: ignore[attr-defined]  # private, but nothing else parses
from typing import Any

from layerscope.engine.errors import BadInput

_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT"})
_FEW = 8
_MOST_CHOICES = 64
_LONGEST = (4096, 4096, 1024, 255)  # by number of open-ended repeats


def longest_subject(text: str) -> int:
    """Bytes.  Raises BadInput if the (valid) expression could take exponential time."""
    open_ended, choices = 0, 1
    for name, argument, depth in _operations(parser.parse(text)):
        if name == "GROUPREF" or name == "GROUPREF_EXISTS":
            raise _refused(text, "it refers back to a group")
        if name == "BRANCH" and depth:
            raise _refused(text, "it repeats a choice")
        if name in _REPEATS:
            low, high = argument[0], argument[1]
            if low == high == 1:
                continue
            if depth and (low != high or high > 1):
                raise _refused(text, "it repeats a repetition")
            if high - low > _FEW or high > 1000:
                open_ended += 1
            else:
                choices *= high - low + 1
        if name == "BRANCH":
            choices *= len(argument[1])
    if open_ended >= len(_LONGEST) or choices > _MOST_CHOICES:
        raise _refused(text, "it has too many repetitions or choices")
    return _LONGEST[open_ended]


def _operations(parsed: Any) -> Iterator[tuple[str, Any, int]]:
    """All operations with the number of repeats around each; without recursion."""
    pending = [(parsed, 0)]
    while pending:
        items, depth = pending.pop()
        for operation, argument in items:
            name = str(operation)
            yield name, argument, depth
            inner = depth
            if name in _REPEATS and argument[1] > 1:
                inner += 1
            pending.extend((each, inner) for each in _inside(argument))


def _inside(argument: Any) -> Iterator[Any]:
    pending = [argument]
    while pending:
        each = pending.pop()
        if isinstance(each, parser.SubPattern):
            yield each
        elif isinstance(each, (tuple, list)):
            pending.extend(each)


def _refused(text: str, reason: str) -> BadInput:
    return BadInput(
        f"The expression “{text}” could take for ever: {reason}.",
        hint="Use a simpler one, or * and ? without re: in front.",
    )

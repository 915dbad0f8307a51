"""Changes one member of a JSON file and leaves every other byte as its owner wrote it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from json.decoder import JSONDecodeError

from layerscope.engine.dataclass import dataclass

_SPACE = " \t\r\n"
_decoder = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class _Member:
    key: str
    start: int
    value: int
    end: int


@dataclass(frozen=True, slots=True)
class _Object:
    """``start`` is at the opening brace, ``end`` behind the closing one."""

    start: int
    end: int
    members: tuple[_Member, ...]

    def last(self, key: str) -> _Member | None:
        """Of two members with one key the last counts, as in Go and Python."""
        return next((each for each in reversed(self.members) if each.key == key), None)


def with_member(text: str, path: Sequence[str], value: object) -> str:
    """``text`` with ``value`` at ``path``; objects on the way are made where there are none.

    New lines are indented as the file is, by a tab if it is empty, as docker writes.  Raises
    ValueError if the text is not a JSON object."""
    text = text if text.strip() else "{}"
    whole = _object(text, _skip(text, 0))
    if text[whole.end :].strip():
        raise ValueError("there is more than one value")
    here = whole
    for depth, key in enumerate(path):
        member = here.last(key)
        rest: object = value
        for name in reversed(path[depth + 1 :]):
            rest = {name: rest}
        if member is None:
            return _appended(text, here, key, rest, _unit(text, whole))
        if depth == len(path) - 1 or text[member.value] != "{":
            lines = _rendered(rest, _line_indent(text, member.start), _unit(text, whole), text)
            return text[: member.value] + lines + text[member.end :]
        here = _object(text, member.value)
    raise ValueError("there is no path")


def without_member(text: str, path: Sequence[str]) -> str:
    """``text`` without the member at ``path``, however often it is there.  Raises ValueError if
    the text is not a JSON object."""
    while True:
        here = _object(text, _skip(text, 0))
        for key in path[:-1]:
            member = here.last(key)
            if member is None or text[member.value] != "{":
                return text
            here = _object(text, member.value)
        found = here.last(path[-1])
        if found is None:
            return text
        place = here.members.index(found)
        if len(here.members) == 1:
            text = f"{text[: here.start]}{{}}{text[here.end :]}"
        elif place:
            text = text[: here.members[place - 1].end] + text[found.end :]
        else:
            text = text[: found.start] + text[here.members[1].start :]


def _object(text: str, start: int) -> _Object:
    if text[start : start + 1] != "{":
        raise ValueError("it is not an object")
    members: list[_Member] = []
    position = _skip(text, start + 1)
    while text[position : position + 1] != "}":
        if members:
            if text[position : position + 1] != ",":
                raise JSONDecodeError("Expecting ','", text, position)
            position = _skip(text, position + 1)
        if text[position : position + 1] != '"':
            raise JSONDecodeError("Expecting a key", text, position)
        key, behind = _decoder.raw_decode(text, position)
        colon = _skip(text, behind)
        if text[colon : colon + 1] != ":":
            raise JSONDecodeError("Expecting ':'", text, colon)
        value = _skip(text, colon + 1)
        _found, end = _decoder.raw_decode(text, value)
        members.append(_Member(key, position, value, end))
        position = _skip(text, end)
    return _Object(start, position + 1, tuple(members))


def _appended(text: str, here: _Object, key: str, value: object, unit: str) -> str:
    if here.members:
        first, last = here.members[0], here.members[-1]
        gap = text[here.start + 1 : first.start]
        lines = _rendered(value, _line_indent(text, first.start), unit, text)
        new = f",{gap}{json.dumps(key)}:{' ' if unit else ''}{lines}"
        return text[: last.end] + new + text[last.end :]
    outer = _line_indent(text, here.start)
    lines = _rendered(value, outer + unit, unit, text)
    newline = _newline(text) if unit else ""
    new = f"{{{newline}{outer + unit if unit else ''}{json.dumps(key)}:{' ' if unit else ''}{lines}"
    return f"{text[: here.start]}{new}{newline}{outer if unit else ''}}}{text[here.end :]}"


def _rendered(value: object, indent: str, unit: str, text: str) -> str:
    if not unit:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    lines = json.dumps(value, ensure_ascii=False, indent=unit).split("\n")
    return f"{_newline(text)}{indent}".join(lines)


def _unit(text: str, whole: _Object) -> str:
    """What one level is indented by; empty where all stands on one line."""
    if not whole.members:
        return "\t"
    gap = text[whole.start + 1 : whole.members[0].start]
    return gap.rpartition("\n")[2] or "\t" if "\n" in gap else ""


def _line_indent(text: str, position: int) -> str:
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in _SPACE:
        position += 1
    return position

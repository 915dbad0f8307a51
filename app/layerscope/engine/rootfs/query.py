"""The language of the filter field: words that must all fit.

passwd           names that contain it, upper and lower case alike; "with spaces" in quotes
*.py  lib?.so    globs on the name
etc/pass  /etc/*.conf    words with a slash look at the end of the path; a leading one at all
re:^lib.*\\.so    a regular expression on the name, or with a slash on the path
size:>1M  size:<=20k  size:0    bytes, of what is no folder; k M G T, or Ki Mi Gi Ti
layer:6          what layer 6 wrote or deleted
change:D         badges: A M P D O, several as change:AM
owner:0  owner:0:1000    user, or user and group; owner::1000 the group
mode:suid        suid sgid sticky exec writable (by everybody), or exactly mode:0755
type:symlink     file dir symlink char block fifo hardlink
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Self

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import BadInput
from layerscope.engine.rootfs.patterns import NamePattern, Regex, name_pattern
from layerscope.engine.rootfs.values import Badge, Kind

_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')
_SIZE = re.compile(r"(<=|>=|<|>|=)?(\d{1,18}(?:\.\d{1,3})?)([kmgt]i?)?b?", re.IGNORECASE)
_UNITS = {"": 1} | {
    letter + i: (1024 if i else 1000) ** power
    for power, letter in enumerate("kmgt", 1)
    for i in ("", "i")
}
_BITS = {"suid": 0o4000, "sgid": 0o2000, "sticky": 0o1000, "exec": 0o111, "writable": 0o002}
_BADGES = {badge.value: badge for badge in Badge if badge}
_KINDS = {kind.word: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Size:
    """At least ``least`` and at most ``most`` bytes."""

    least: int
    most: int | None

    def __contains__(self, size: int) -> bool:
        return size >= self.least and (self.most is None or size <= self.most)


@dataclass(frozen=True, slots=True)
class Owner:
    """None stands for anybody."""

    uid: int | None
    gid: int | None

    def fits(self, uid: int, gid: int) -> bool:
        return self.uid in (None, uid) and self.gid in (None, gid)


@dataclass(frozen=True, slots=True)
class Mode:
    """Any of the bits in ``some``, or exactly ``exact``."""

    some: int = 0
    exact: int | None = None

    def fits(self, mode: int) -> bool:
        return mode & self.some != 0 if self.exact is None else mode == self.exact


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for; everything in it must fit.  ``text`` is what was typed."""

    text: str
    names: tuple[NamePattern, ...] = ()
    sizes: tuple[Size, ...] = ()
    layers: frozenset[int] | None = None
    changes: frozenset[Badge] | None = None
    owners: tuple[Owner, ...] = ()
    modes: tuple[Mode, ...] = ()
    kinds: frozenset[Kind] | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises BadInput, with a sentence about the word that cannot be understood.  Text that
        is empty finds everything."""
        if text.count('"') % 2:
            raise BadInput("A quotation mark is missing its partner.", hint="Close the quotes.")
        found: dict[str, list[object]] = {}
        names: list[NamePattern] = []
        for word in _WORD.findall(text):
            word = word.replace('"', "")
            prefix, colon, value = word.partition(":")
            if prefix.lower() == "re" and colon:
                names.append(Regex.compiled(value))
            elif prefix.lower() in _PARSERS and colon:
                key, parse = _PARSERS[prefix.lower()]
                found.setdefault(key, []).append(parse(value))
            elif word:
                names.append(name_pattern(word))
        return cls(
            text,
            tuple(names),
            **{
                key: frozenset.intersection(*values) if key in _SETS else tuple(values)  # type: ignore[arg-type]  # each key has values of its own type
                for key, values in found.items()
            },
        )

    @property
    def empty(self) -> bool:
        """Whether this finds everything."""
        return self == type(self)(self.text)


def _parse_size(text: str) -> Size:
    match = _SIZE.fullmatch(text)
    if match is None:
        raise BadInput(f"“{text}” is not a size.", hint="Write it like size:>1M or size:<=20k.")
    relation, number, unit = match.groups()
    factor = _UNITS[(unit or "").lower()]
    whole, _, fraction = number.partition(".")
    size = int(whole) * factor + (int(fraction) * factor // 10 ** len(fraction) if fraction else 0)
    match relation:
        case ">":
            return Size(size + 1, None)
        case ">=":
            return Size(size, None)
        case "<":
            return Size(0, size - 1)
        case "<=":
            return Size(0, size)
        case _:
            return Size(size, size)


def _parse_layers(text: str) -> frozenset[int]:
    first, dash, last = text.partition("-")
    if not _digits(first) or (dash and not _digits(last)):
        raise BadInput(f"“{text}” is not a layer.", hint="Write it like layer:6 or layer:2-5.")
    if not dash:
        return frozenset({int(first)})
    return frozenset(range(int(first), min(int(last), 100_000) + 1))


def _parse_changes(text: str) -> frozenset[Badge]:
    badges = [_BADGES.get(letter) for letter in text.upper() if letter != ","]
    if not badges or None in badges:
        raise BadInput(
            f"“{text}” is not a change.",
            hint="Use A (added), M (modified), P (properties), D (deleted) or O (opaque).",
        )
    return frozenset(badge for badge in badges if badge)


def _parse_owner(text: str) -> Owner:
    user, _, group = text.partition(":")
    if not (user or group) or not all(_digits(part) for part in (user, group) if part):
        raise BadInput(
            f"“{text}” is not an owner.",
            hint="Write numbers, like owner:0, owner:1000:1000 or owner::50.",
        )
    return Owner(int(user) if user else None, int(group) if group else None)


def _parse_mode(text: str) -> Mode:
    if text.lower() in _BITS:
        return Mode(some=_BITS[text.lower()])
    if re.fullmatch(r"[0-7]{3,5}", text):
        return Mode(exact=int(text, 8))
    raise BadInput(
        f"“{text}” is not a mode.",
        hint=f"Use {', '.join(_BITS)}, or an octal number like mode:0755.",
    )


def _parse_kinds(text: str) -> frozenset[Kind]:
    if text.lower() not in _KINDS:
        raise BadInput(f"“{text}” is not a type.", hint=f"Use one of {', '.join(_KINDS)}.")
    return frozenset({_KINDS[text.lower()]})


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


_PARSERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "size": ("sizes", _parse_size),
    "layer": ("layers", _parse_layers),
    "change": ("changes", _parse_changes),
    "owner": ("owners", _parse_owner),
    "mode": ("modes", _parse_mode),
    "type": ("kinds", _parse_kinds),
}
_SETS = frozenset({"layers", "changes", "kinds"})

"""WWW-Authenticate headers, read as RFC 9110 11.6.1 writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from layerscope.engine.dataclass import dataclass

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_SCHEME = re.compile(rf"({_TOKEN})(?=[ \t,]|$)")
_PARAMETER = re.compile(rf'({_TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_TOKEN68 = re.compile(r"[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)")
_GAP = re.compile(r"[ \t,]*")
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Challenge:
    """``scheme`` is lower case, as are the names of ``parameters``."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def realm(self) -> str:
        return self.parameters.get("realm", "")

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.parameters.get("scope", "").split())


def parse_challenges(values: Iterable[str]) -> tuple[Challenge, ...]:
    """All challenges of all headers, in order.  A quoted scope may hold commas and spaces; one
    header may hold several challenges.  What cannot be read is left out."""
    found: list[Challenge] = []
    for value in values:
        if len(value) <= _LONGEST:
            found += _parsed(value)
    return tuple(found)


def preferred(challenges: Iterable[Challenge]) -> Challenge | None:
    """Bearer before Basic; anything else (Negotiate…) is not for us."""
    known = list(challenges)
    for scheme in ("bearer", "basic"):
        for challenge in known:
            if challenge.scheme == scheme:
                return challenge
    return None


def _parsed(value: str) -> list[Challenge]:
    found: list[Challenge] = []
    parameters: dict[str, str] = {}
    position = _skip(value, 0)
    while position < len(value):
        if match := _PARAMETER.match(value, position):
            name, quoted, plain = match.groups()
            text = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
            parameters.setdefault(name.lower(), text)
        elif match := _SCHEME.match(value, position):
            parameters = {}
            found.append(Challenge(match[1].lower(), parameters))
        elif not (match := _TOKEN68.match(value, position)):
            break  # not a challenge any more; what came before counts
        position = _skip(value, match.end())
    return found


def _skip(value: str, position: int) -> int:
    gap = _GAP.match(value, position)
    return gap.end() if gap else position

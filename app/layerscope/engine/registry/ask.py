"""Requests to a registry as values, and what its first answer told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from layerscope.engine.registry.auth.challenge import Challenge
from layerscope.engine.registry.http.origin import Origin

CATALOG = "registry:catalog:*"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to the registry, below its address.

    ``repository`` is what is talked about, empty for the registry itself; ``accepted`` are
    statuses from 400 on that the caller reads himself; ``document`` as in Call."""

    path: str
    repository: str = ""
    scope: str = ""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    accepted: frozenset[int] = frozenset()
    document: bool = True
    attempts: int = 0  #: instead of the usual number, unless 0

    @property
    def scopes(self) -> tuple[str, ...]:
        if self.scope:
            return (self.scope,)
        return (f"repository:{self.repository}:pull",) if self.repository else ()


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the first visit told: where it answers, and what it wants to see."""

    home: Origin
    challenge: Challenge | None
    warnings: tuple[str, ...] = ()


def narrowed(offered: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The scopes of a challenge, cut down to pulling: a registry may name the repository
    otherwise than we do, but gets no token that can write."""
    kept = []
    for scope in offered[:8]:
        kind, _colon, rest = scope.partition(":")
        name, _colon, actions = rest.rpartition(":")
        if kind == "repository" and name and {"pull", "*"} & set(actions.split(",")):
            kept.append(f"repository:{name}:pull")
        elif scope in wanted:
            kept.append(scope)
    return tuple(kept)

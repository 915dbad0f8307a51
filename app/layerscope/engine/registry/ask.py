"""Requests to a registry as values, and what its first answer told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from layerscope.engine.dataclass import dataclass
from layerscope.engine.registry.auth.challenge import Challenge
from layerscope.engine.registry.http.origin import Origin
from layerscope.engine.registry.http.patience import Patience
from layerscope.engine.registry.http.redirects import Place
from layerscope.engine.registry.http.sending import Sending

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
    patience: Patience | None = None  #: in place of the usual one
    body: bytes | Sending | None = None
    pushes: bool = False  #: whether it needs the right to write to ``repository``
    reads: tuple[str, ...] = ()  #: other repositories that it reads from
    place: Place | None = None  #: in place of ``path``: an address that the registry gave

    @property
    def scopes(self) -> tuple[str, ...]:
        if self.scope:
            return (self.scope,)
        if not self.repository:
            return ()
        mine = f"repository:{self.repository}:{'pull,push' if self.pushes else 'pull'}"
        return (mine, *(f"repository:{other}:pull" for other in self.reads))


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the first visit told: where it answers, and what it wants to see."""

    home: Origin
    challenge: Challenge | None
    warnings: tuple[str, ...] = ()


def narrowed(
    offered: tuple[str, ...], wanted: tuple[str, ...], *, own_realm: bool = False
) -> tuple[str, ...]:
    """The scopes of a challenge, cut down to what is being done.

    A registry may name the repository otherwise than we do.  A token that can write is asked for
    only while pushing, and for another name only from the registry itself (``own_realm``): a token
    server may serve more than this registry."""
    pushed = {scope.split(":", 1)[1].rpartition(":")[0] for scope in wanted if _writes(scope)}
    kept = []
    for scope in offered[:8]:
        kind, _colon, rest = scope.partition(":")
        name, _colon, actions = rest.rpartition(":")
        may_push = name in pushed or (own_realm and bool(pushed))
        if may_push and _writes(scope):
            kept.append(f"repository:{name}:pull,push")
        elif kind == "repository" and name and {"pull", "*"} & set(actions.split(",")):
            kept.append(f"repository:{name}:pull")
        elif scope in wanted:
            kept.append(scope)
    return tuple(kept)


def _writes(scope: str) -> bool:
    kind, _colon, rest = scope.partition(":")
    return kind == "repository" and bool({"push", "*"} & set(rest.rpartition(":")[2].split(",")))

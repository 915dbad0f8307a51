"""Finding repositories: each registry its own way, and what it can do (SEARCH.md)."""

from __future__ import annotations

from enum import StrEnum

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import (
    NotARegistry,
    RegistryError,
    RegistryRefused,
    RepositoryNotFound,
    SearchUnsupported,
    SignInNeeded,
    Unreachable,
)
from layerscope.engine.registry.finders import (
    Found,
    Way,
    catalog,
    harbor,
    hub_v1,
    hub_v2,
    hub_v4,
    quay,
    v1,
)
from layerscope.engine.registry.hub import NAME as HUB
from layerscope.engine.registry.hub import Hub
from layerscope.engine.registry.session import Session
from layerscope.engine.task import Task


class Ability(StrEnum):
    """What a registry can do about finding repositories."""

    SEARCH = "search"
    LIST = "list"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Capability:
    """``words`` say why, for people."""

    ability: Ability
    words: str


_SEARCH = Capability(Ability.SEARCH, "Search by keyword")
_LIST = Capability(Ability.LIST, "List by name only")
_CAPABILITIES = {
    HUB: _SEARCH,
    "quay.io": _SEARCH,
    "mcr.microsoft.com": _LIST,
    "ghcr.io": Capability(Ability.NONE, "GitHub has no search for images; write the whole name"),
    "gcr.io": Capability(Ability.NONE, "Google does not list images; write the whole name"),
    "public.ecr.aws": Capability(Ability.NONE, "Amazon does not list images; write the whole name"),
    "registry.gitlab.com": Capability(
        Ability.NONE, "GitLab does not list images; write the whole name"
    ),
}


def capability_of(host: str) -> Capability:
    """From the host's name alone; a registry nobody knows is taken to list its repositories."""
    return _CAPABILITIES.get(host, _LIST)


def found_in(session: Session, hub: Hub, term: str, limit: int, task: Task) -> tuple[Found, ...]:
    """The first way that answers.  What a search API says is not trusted: fields of the wrong
    type count as missing."""
    ability = capability_of(session.host)
    if ability.ability is Ability.NONE:
        raise _unsupported(session.host, ability.words)
    limit = max(1, limit)
    ways = _hub_ways(hub) if session.host == HUB else _ways(session.host)
    refused: list[RegistryError] = []
    for way in ways:
        try:
            return tuple(way(session, term.strip(), limit, task))
        except (NotARegistry, RepositoryNotFound, RegistryRefused, SignInNeeded) as error:
            refused.append(error)  # not spoken here; the next way may be
        except Unreachable as error:
            if session.host != HUB:
                raise
            refused.append(error)  # the Hub searches at several addresses
    for reason in refused:
        if isinstance(reason, SignInNeeded | Unreachable):
            raise reason
    raise _unsupported(session.host, "It neither searches nor lists") from refused[-1]


def _hub_ways(hub: Hub) -> tuple[Way, ...]:
    return (hub_v4(hub), hub_v2(hub), hub_v1(hub))


def _ways(host: str) -> tuple[Way, ...]:
    if host == "quay.io":
        return (quay, v1, catalog)
    return (harbor, v1, catalog)


def _unsupported(host: str, why: str) -> SearchUnsupported:
    return SearchUnsupported(
        f"{host} cannot search. {why}.",
        hint="Write the whole name of the image instead.",
        registry=host,
    )

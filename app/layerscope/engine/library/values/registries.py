"""What registries offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from layerscope.engine.oci import Digest


class Searching(StrEnum):
    """What a registry can do about finding repositories."""

    SEARCH = "search"
    LIST = "list"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RegistryRow:
    host: str
    title: str
    searching: Searching
    words: str  #: why it can only do that, for people
    signed_in_as: str = ""


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One search result; ``stars`` and ``pulls`` are None where the registry does not tell."""

    name: str  #: familiar repository name
    description: str
    stars: int | None = None
    pulls: int | None = None
    official: bool = False


@dataclass(frozen=True, slots=True)
class TagRow:
    tag: str
    size: int | None = None
    digest: Digest | None = None
    updated: datetime | None = None
    platforms: tuple[str, ...] = ()

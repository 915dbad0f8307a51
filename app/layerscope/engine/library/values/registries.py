"""What registries offer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from layerscope.engine.dataclass import dataclass
from layerscope.engine.oci import Digest

from .signing_in import RegistryState


class Searching(StrEnum):
    """What a registry can do about finding repositories."""

    SEARCH = "search"
    LIST = "list"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """``state`` is what is known without asking the registry: FAILING means that a login could not
    be read, and ``note`` says why.  ``login_source`` is where the login was found; ``ca_file``,
    ``plain_http`` and ``mirrors`` are the settings for this host.  ``mirror_of`` are the registries
    that it is a mirror of; ``listed`` says that the settings name it, and can be asked to forget
    it; ``only_mirror`` that it is here for no other reason than being a mirror; ``token_servers``
    are other hosts that may see its logins."""

    host: str
    title: str
    searching: Searching
    words: str  #: why it can only do that, for people
    signed_in_as: str = ""
    state: RegistryState = RegistryState.ANONYMOUS
    login_source: str = ""
    ca_file: str = ""
    plain_http: bool = False
    note: str = ""
    mirrors: tuple[str, ...] = ()
    mirror_of: tuple[str, ...] = ()
    listed: bool = True
    only_mirror: bool = False
    token_servers: tuple[str, ...] = ()


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
    """One tag of a repository; what the registry does not tell is None or empty.  ``size`` is the
    compressed size, in bytes."""

    tag: str
    size: int | None = None
    digest: Digest | None = None
    updated: datetime | None = None
    platforms: tuple[str, ...] = ()

"""Who we are to registries, where that is kept, and whether they let us in."""

from __future__ import annotations

from enum import StrEnum

from layerscope.engine.dataclass import dataclass


class Keep(StrEnum):
    """Where a login is kept.  ``AUTO`` asks for the safest place there is: docker's credential
    helper if one is set up, else the system's keyring, else only this session."""

    AUTO = "auto"
    HELPER = "helper"
    KEYRING = "keyring"
    SESSION = "session"  #: until the program ends
    PLAIN_TEXT = "plain-text"  #: readable in docker's config.json, by the word of the user only


@dataclass(frozen=True, slots=True)
class LoginPlaces:
    """Where a login for a registry would be kept: ``safest`` is what AUTO would come to, ``where``
    its name; ``file`` is what PLAIN_TEXT would write to."""

    registry: str
    safest: Keep
    where: str
    file: str


@dataclass(frozen=True, slots=True)
class NotedLogin:
    """A login that another program keeps, without its secret.  ``source`` is the file that tells of
    it, ``helper`` the program that holds the secret, empty where that is the file itself.
    ``trouble`` says why it cannot be copied, and is empty if it can; ``ours`` is where a login for
    this registry is kept by us already."""

    registry: str
    user: str
    source: str
    helper: str = ""
    trouble: str = ""
    ours: str = ""


@dataclass(frozen=True, slots=True)
class NotedLogins:
    """What other programs keep, in the order it is asked; ``keep`` (KEYRING or SESSION) and
    ``where`` say where copies would go.  ``notes`` are sentences about what could not be read."""

    logins: tuple[NotedLogin, ...]
    keep: Keep
    where: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CopiedLogins:
    """``copied`` names registry and user of each login that is ours now too; ``notes`` say why
    others are not."""

    copied: tuple[tuple[str, str], ...]
    keep: Keep
    where: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """``kept`` is never AUTO; ``where`` names the helper, keyring or file for people.  ``token``
    tells that the registry gave a token of its own, which is kept in place of the password."""

    registry: str
    user: str
    kept: Keep
    where: str
    token: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedOut:
    """``removed`` and ``remaining`` say, for people, where a login was and where one still is."""

    registry: str
    removed: tuple[str, ...]
    remaining: tuple[str, ...]
    notes: tuple[str, ...] = ()


class RegistryState(StrEnum):
    """Who we are to a registry; FAILING when a login is there and cannot be used."""

    ANONYMOUS = "anonymous"
    SIGNED_IN = "signed-in"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """What came of asking a registry.  ``trouble`` and ``hint`` are sentences, empty unless it is
    failing; ``encrypted`` is None if it could not be reached."""

    registry: str
    state: RegistryState
    signed_in_as: str = ""
    encrypted: bool | None = None
    trouble: str = ""
    hint: str = ""
    notes: tuple[str, ...] = ()

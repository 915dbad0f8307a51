"""Registries as the settings want them, and the logins that they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from layerscope.engine.errors import BadInput
from layerscope.engine.registry import (
    AuthFiles,
    DockerConfig,
    KeyringLogins,
    KnownLogins,
    Mirror,
    Registries,
    RegistryConfig,
    SessionLogins,
)

from . import locations
from .values import Settings

#: Whom a pull from Docker Hub talks to, besides where its blobs are.
_HUB_HOSTS = ("registry-1.docker.io", "auth.docker.io", "hub.docker.com", "index.docker.io")


def make_registries(
    settings: Settings, plain_http: Iterable[str], session: SessionLogins
) -> Registries:
    return Registries(
        RegistryConfig(
            plain_http=frozenset((*settings.plain_http, *plain_http)),
            ca_files=_ca_files(settings.ca_files),
            mirrors=make_mirrors(settings.mirrors),
            token_hosts={host: frozenset(each) for host, each in settings.token_servers.items()},
            credentials=known_logins(session),
        )
    )


def make_mirrors(names: Mapping[str, Iterable[str]]) -> dict[str, tuple[Mirror, ...]]:
    """What a person wrote into the settings file by hand and that names no mirror is left out:
    the registry itself is asked then."""
    known: dict[str, tuple[Mirror, ...]] = {}
    for host, texts in names.items():
        for text in texts:
            try:
                known[host] = (*known.get(host, ()), Mirror.parse(text))
            except BadInput:
                continue
    return known


def _ca_files(names: Mapping[str, str]) -> dict[str, Path]:
    """A file for Docker Hub is one for all its hosts: the proxy of a company stands before each."""
    found = {host: Path(path) for host, path in names.items()}
    if (path := found.get("docker.io")) is not None:
        found |= {host: path for host in _HUB_HOSTS if host not in found}
    return found


def known_logins(session: SessionLogins) -> KnownLogins:
    keyring = KeyringLogins(locations.keyring_note())
    return KnownLogins(session, keyring, AuthFiles.of_environment())


def docker_config() -> DockerConfig:
    return DockerConfig.of_environment(locations.logins_lock())

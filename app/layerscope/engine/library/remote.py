"""Registries as the settings want them, and the logins that they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from layerscope.engine.registry import (
    AuthFiles,
    DockerConfig,
    KeyringLogins,
    KnownLogins,
    Registries,
    RegistryConfig,
    SessionLogins,
)

from . import locations
from .values import Settings


def make_registries(
    settings: Settings, plain_http: Iterable[str], session: SessionLogins
) -> Registries:
    return Registries(
        RegistryConfig(
            plain_http=frozenset((*settings.plain_http, *plain_http)),
            ca_files={host: Path(path) for host, path in settings.ca_files.items()},
            credentials=known_logins(session),
        )
    )


def known_logins(session: SessionLogins) -> KnownLogins:
    keyring = KeyringLogins(locations.keyring_note())
    return KnownLogins(session, keyring, AuthFiles.of_environment())


def docker_config() -> DockerConfig:
    return DockerConfig.of_environment(locations.logins_lock())

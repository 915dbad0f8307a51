"""Registries as the settings want them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from layerscope.engine.registry import Registries, RegistryConfig

from .values import Settings


def make_registries(settings: Settings, plain_http: Iterable[str]) -> Registries:
    return Registries(
        RegistryConfig(
            plain_http=frozenset((*settings.plain_http, *plain_http)),
            ca_files={host: Path(path) for host, path in settings.ca_files.items()},
        )
    )

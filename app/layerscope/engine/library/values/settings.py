"""What the engine obeys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from layerscope.engine.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """What the engine obeys; ``settings`` reads them and ``change_settings`` writes them.

    ``registries`` are hosts in the order they are offered; ``plain_http`` hosts are spoken to
    without TLS; ``ca_files`` maps a host to the PEM file it is trusted by; ``mirrors`` maps a host
    to the mirrors that a pull asks before it, in this order, without a scheme; ``token_servers``
    maps a host to others that may see its logins; ``limits`` holds the fields of
    ``content.limits.Limits`` that differ from their defaults; ``downloads`` is how many layers of
    one pull travel at once.
    """

    registries: tuple[str, ...] = ("docker.io", "quay.io", "ghcr.io")
    plain_http: tuple[str, ...] = ()
    ca_files: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    downloads: int = 4
    mirrors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    token_servers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

"""Whom we believe over TLS: the system's roots, a CA file per host, and the certs.d folders."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

import truststore

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import BadInput, NotTrusted
from layerscope.engine.registry.http.origin import bare_host


def usual_folders() -> tuple[Path, ...]:
    """Where docker and podman look for ``<host[:port]>/*.crt`` (FORMATS 3.11), ours first."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    if sys.platform == "win32":
        return (Path(os.environ.get("PROGRAMDATA", "C:/ProgramData")) / "docker" / "certs.d",)
    return (
        home / "containers" / "certs.d",
        home / "docker" / "certs.d",
        Path("/etc/containers/certs.d"),
        Path("/etc/docker/certs.d"),
    )


def place_for(host: str) -> Path:
    """Where a CA file for ``host`` (with its port) is found without being named anywhere."""
    return usual_folders()[0] / _named(host) / "ca.crt"


def require_authority(path: Path) -> None:
    """Raises BadInput for a file that holds no certificates in PEM."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=str(path))
    except (OSError, ssl.SSLError) as error:
        raise BadInput(
            f"{path} cannot be used as a CA file.",
            hint="It must be a readable file of certificates in PEM. Nothing was changed.",
        ) from error


@dataclass(frozen=True, slots=True)
class Trust:
    """``ca_files`` maps host or host:port to a PEM file that is believed besides the system's."""

    ca_files: Mapping[str, Path] = field(default_factory=dict)
    folders: tuple[Path, ...] = field(default_factory=usual_folders)

    def context(self, host: str) -> ssl.SSLContext:
        """A fresh TLS context for ``host`` (with its port).  Raises NotTrusted if a file that
        was named for it cannot be used."""
        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for authority in self._authorities(host):
            try:
                context.load_verify_locations(cafile=str(authority))
            except (OSError, ssl.SSLError) as error:
                raise NotTrusted(
                    f"The CA file for {host} cannot be used: {authority}.",
                    hint="It must be a readable PEM file. Choose another one in Registries.",
                    registry=host,
                ) from error
        for certificate, key in self._pairs(host):
            try:
                context.load_cert_chain(certificate, key)
            except (OSError, ssl.SSLError) as error:
                raise NotTrusted(
                    f"The client certificate for {host} cannot be used: {certificate}.",
                    hint=f"A .cert file needs a .key file of the same name in {key.parent}.",
                    registry=host,
                ) from error
        return context

    def _authorities(self, host: str) -> list[Path]:
        named = self.ca_files.get(host) or self.ca_files.get(bare_host(host))
        folder = self._folder(host)
        found = sorted(folder.glob("*.crt")) if folder else []
        return [Path(named), *found] if named else found

    def _pairs(self, host: str) -> list[tuple[Path, Path]]:
        folder = self._folder(host)
        if folder is None:
            return []
        return [(one, one.with_suffix(".key")) for one in sorted(folder.glob("*.cert"))]

    def _folder(self, host: str) -> Path | None:
        places = (folder / _named(host) for folder in self.folders)
        return next((place for place in places if place.is_dir()), None)


def _named(host: str) -> str:
    return host.replace(":", "") if sys.platform == "win32" else host

"""All registries: the settings they share, and one client for each."""

from __future__ import annotations

import platform
import threading
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from layerscope.engine.dataclass import dataclass
from layerscope.engine.registry import hub
from layerscope.engine.registry.auth.checking import Accepted, Only, accepted
from layerscope.engine.registry.auth.credentials import AuthFiles, Credentials
from layerscope.engine.registry.auth.login import Login
from layerscope.engine.registry.client import Client
from layerscope.engine.registry.finders import Found
from layerscope.engine.registry.http.origin import bare_host, checked_host, is_loopback
from layerscope.engine.registry.http.patience import Patience
from layerscope.engine.registry.http.proxies import Proxies
from layerscope.engine.registry.http.transport import Transport
from layerscope.engine.registry.http.trust import Trust, usual_folders
from layerscope.engine.registry.hub import Hub
from layerscope.engine.registry.mirrors import Mirror, Rests, brisk
from layerscope.engine.registry.search import Capability, capability_of, found_in
from layerscope.engine.registry.session import Session
from layerscope.engine.registry.supplier import MirrorClient, Supplier
from layerscope.engine.task import Task


def _user_agent() -> str:
    return f"layerscope/0.1 ({platform.system()}; {platform.machine()})"


@dataclass(frozen=True, slots=True)
class RegistryConfig:
    """``plain_http`` are hosts that are spoken to without encryption, at one port (host:port) or at
    all of them (host); ``ca_files`` maps hosts to PEM files; ``token_hosts`` maps registries to
    other hosts that may see their logins; ``mirrors`` maps registries to what is asked for their
    content first, in this order."""

    plain_http: frozenset[str] = frozenset()
    ca_files: Mapping[str, Path] = field(default_factory=dict)
    ca_folders: tuple[Path, ...] = field(default_factory=usual_folders)
    token_hosts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    mirrors: Mapping[str, tuple[Mirror, ...]] = field(default_factory=dict)
    credentials: Credentials = field(default_factory=AuthFiles.of_environment)
    proxies: Proxies = field(default_factory=Proxies.of_environment)
    patience: Patience = field(default_factory=Patience)
    hub: Hub = field(default_factory=Hub)
    user_agent: str = field(default_factory=_user_agent)
    foreign_layers: bool = False


class Registries:
    """One client per host, made when first asked for; used by many threads at once."""

    def __init__(self, config: RegistryConfig | None = None) -> None:
        self.config = config if config is not None else RegistryConfig()
        trust = Trust(self.config.ca_files, self.config.ca_folders)
        self._transport, self._brisk = (
            Transport(trust, self.config.proxies, patience, self.config.user_agent)
            for patience in (self.config.patience, brisk(self.config.patience))
        )
        self._lock = threading.Lock()
        self._clients: dict[str, Client] = {}
        self._mirrored: dict[str, tuple[Client, tuple[MirrorClient, ...]]] = {}
        self._rests = Rests()

    def client(self, host: str) -> Client:
        """``host`` as in a reference: ``docker.io``, ``localhost:5000``.  No network yet.
        Raises MalformedReference if it is not a host."""
        checked_host(host)
        with self._lock:
            client = self._clients.get(host)
            if client is None:
                session = self._session(host, self.config.credentials)
                client = self._clients[host] = Client(
                    session, self.config.hub, foreign_layers=self.config.foreign_layers
                )
            return client

    def supplier(self, host: str) -> Supplier:
        """For one pull from ``host``: its mirrors first.  No network yet.  Raises as ``client``."""
        origin = self.client(host)
        with self._lock:
            known = self._mirrored.get(host)
            if known is None:
                known = self._mirrored[host] = self._mirror_clients(host)
        return Supplier(origin, *known, self._rests)

    def accepted(self, host: str, login: Login, task: Task) -> Accepted:
        """What the registry makes of a login, whatever else we may know of it.  Raises
        SignInNeeded if it does not agree."""
        return accepted(self._session(checked_host(host), Only(login)), login, task)

    def search(self, host: str, term: str, limit: int, task: Task) -> tuple[Found, ...]:
        """At most ``limit`` repositories that fit ``term``, best first.  Raises
        SearchUnsupported where the registry can neither search nor list."""
        return found_in(self.client(host).session, self.config.hub, term, limit, task)

    def capability(self, host: str) -> Capability:
        """What ``search`` can do there, as far as it is known without asking."""
        return capability_of(host)

    def close(self) -> None:
        """Drop all kept connections."""
        self._transport.close()
        self._brisk.close()

    def _session(self, host: str, credentials: Credentials) -> Session:
        token_hosts = self.config.token_hosts.get(host, frozenset())
        return Session(host, self._bases(host), self._transport, credentials, token_hosts)

    def _mirror_clients(self, host: str) -> tuple[Client, tuple[MirrorClient, ...]]:
        """The registry itself without patience, and its mirrors."""
        mirrors = self.config.mirrors.get(host, ())
        clients = tuple(
            MirrorClient(each, self._brisk_client(each.host, host))
            for each in mirrors
            if each != Mirror(host)
        )
        return self._brisk_client(host, ""), clients

    def _brisk_client(self, host: str, mirrored: str) -> Client:
        """Logins are looked for under the name of ``host`` alone."""
        session = Session(
            host,
            self._bases(host),
            self._brisk,
            self.config.credentials,
            self.config.token_hosts.get(host, frozenset()),
            mirrored,
        )
        return Client(session, self.config.hub, suggests=False)

    def _bases(self, host: str) -> tuple[str, ...]:
        if host == hub.NAME:
            return (self.config.hub.registry,)
        if host in self.config.plain_http or bare_host(host) in self.config.plain_http:
            return (f"http://{host}",)
        if is_loopback(bare_host(host)):
            return (f"https://{host}", f"http://{host}")
        return (f"https://{host}",)

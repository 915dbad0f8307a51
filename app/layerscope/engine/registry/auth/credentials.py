"""Logins from where docker, podman and skopeo keep them; read only (FORMATS 3.10)."""

from __future__ import annotations

import base64
import binascii
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import urlsplit

from layerscope.engine.dataclass import dataclass
from layerscope.engine.registry.auth import helpers
from layerscope.engine.registry.auth.login import Login
from layerscope.engine.registry.http.origin import checked_host
from layerscope.engine.task import Task

HUB_KEY = "https://index.docker.io/v1/"
HUB_HOSTS = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})
_WHOLE = frozenset({"", "/", "/v1/", "/v2/", "/v1", "/v2"})
_LONGEST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """``login`` None means anonymous; ``warnings`` say what could not be read on the way."""

    login: Login | None
    warnings: tuple[str, ...] = ()


class Credentials(Protocol):
    """Anything that knows logins."""

    def find(self, host: str, repository: str, task: Task) -> Finding:
        """The login for a repository of ``host`` (with its port); "" asks for the host alone.  What
        cannot be read is told in the finding, not raised."""


class NoCredentials:
    """Always anonymous."""

    def find(self, host: str, repository: str, task: Task) -> Finding:
        """Nothing was looked for, so there is nothing to warn of."""
        return Finding(None)


@dataclass(frozen=True, slots=True)
class Book:
    """One file (or variable) of logins, as it is written there: ``entries`` by server,
    ``helpers`` by server, and in ``store`` the helper for all others."""

    title: str
    entries: Mapping[str, object]
    helpers: Mapping[str, object]
    store: str


@dataclass(frozen=True, slots=True)
class AuthFiles:
    """The files in the order they are asked; ``inline`` is the text of DOCKER_AUTH_CONFIG."""

    paths: tuple[Path, ...]
    inline: str = ""

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The order of containers-auth.json(5), with docker's file at its place in it."""
        inline = environment.get("DOCKER_AUTH_CONFIG", "")
        if only := environment.get("REGISTRY_AUTH_FILE"):
            return cls((Path(only),), inline)
        home = Path(environment.get("HOME") or Path.home())
        config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
        paths = [config / "containers" / "auth.json"]
        if runtime := environment.get("XDG_RUNTIME_DIR"):
            paths.insert(0, Path(runtime) / "containers" / "auth.json")
        elif sys.platform.startswith("linux"):
            paths.insert(0, Path(f"/run/containers/{os.getuid()}/auth.json"))
        docker = environment.get("DOCKER_CONFIG")
        paths.append(Path(docker) / "config.json" if docker else home / ".docker" / "config.json")
        paths.append(home / ".dockercfg")
        return cls(tuple(paths), inline)

    def find(self, host: str, repository: str, task: Task) -> Finding:
        """The first login for ``host`` (with its port), most specific repository first.

        A file that cannot be read and a helper that fails are warnings, not errors: what is
        public can be had without them.  Raises MalformedReference if ``host`` is not a host."""
        checked_host(host)
        warnings: list[str] = []
        for book in self.books(warnings):
            helper = helper_for(book.helpers, book.store, host)
            if helper:
                try:
                    login = helpers.ask(helper, server_name(host), task)
                except helpers.HelperFailed as error:
                    warnings.append(f"{str(error)[:1].upper()}{str(error)[1:]}.")
                    login = None
                if login is not None:
                    return Finding(login, tuple(warnings))
            for key in keys_for(book.entries, host, repository):
                login = stored(book.entries[key], book.title, warnings)
                if login is not None:
                    return Finding(login, tuple(warnings))
        return Finding(None, tuple(warnings))

    def each(self) -> Iterator[AuthFiles]:
        """Every file for itself: the first that has a login hides what the others have."""
        if self.inline:
            yield AuthFiles((), self.inline)
        for path in self.paths:
            yield AuthFiles((path,))

    def books(self, warnings: list[str]) -> Iterator[Book]:
        """Those that are there and can be read, in order; ``warnings`` hears of the others."""
        if self.inline:
            book = _book("DOCKER_AUTH_CONFIG", self.inline.encode(), warnings)
            if book is not None:
                yield Book(book.title, book.entries, {}, "")
        for path in self.paths:
            try:
                with path.open("rb") as file:
                    data = file.read(_LONGEST + 1)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                warnings.append(f"{path} cannot be read: {error.strerror}.")
                continue
            book = _book(str(path), data, warnings, bare=path.name == ".dockercfg")
            if book is not None:
                yield book


def _book(title: str, data: bytes, warnings: list[str], *, bare: bool = False) -> Book | None:
    try:
        if len(data) > _LONGEST:
            raise ValueError("too large")
        document = json.loads(data) if data.strip() else {}
    except (ValueError, RecursionError):
        warnings.append(f"{title} is not valid JSON; its logins are not used.")
        return None
    if not isinstance(document, dict):
        warnings.append(f"{title} is not a JSON object; its logins are not used.")
        return None
    if bare:
        return Book(title, document, {}, "")
    entries = document.get("auths") or {}
    chosen = document.get("credHelpers") or {}
    store = document.get("credsStore") or ""
    return Book(
        title,
        entries if isinstance(entries, dict) else {},
        chosen if isinstance(chosen, dict) else {},
        store if isinstance(store, str) else "",
    )


def server_name(host: str) -> str:
    """What docker and its helpers know the registry as."""
    return HUB_KEY if host in HUB_HOSTS else host


def helper_for(chosen: object, store: object, host: str) -> str:
    """The helper that ``credHelpers`` or else ``credsStore`` name for a registry, or empty."""
    known = chosen if isinstance(chosen, dict) else {}
    for key in (server_name(host), host, *(HUB_HOSTS if host in HUB_HOSTS else ())):
        name = known.get(key)
        if isinstance(name, str) and name:
            return name
    return store if isinstance(store, str) else ""


def keys_for(entries: Mapping[str, object], host: str, repository: str) -> Iterator[str]:
    """Keys that fit, best first: ``host/a/b``, ``host/a``, the host, then what docker wrote."""
    parts = [part for part in repository.split("/") if part]
    for count in range(len(parts), -1, -1):
        key = "/".join([host, *parts[:count]])
        if key in entries:
            yield key
    if server_name(host) != host and server_name(host) in entries:
        yield server_name(host)
    same = HUB_HOSTS if host in HUB_HOSTS else {host}
    for key in entries:
        if key != host and _hostname(key) in same and _path(key) in _WHOLE:
            yield key


def place_of(key: str) -> tuple[str, str]:
    """The registry that a key is about, as references name it, and what it is limited to there:
    the first parts of repositories, or nothing."""
    host, path = _hostname(key), _path(key)
    limited = "" if path in _WHOLE else path.strip("/")
    return "docker.io" if host in HUB_HOSTS else host, limited


def _hostname(key: str) -> str:
    return key.partition("://")[2].partition("/")[0] if "://" in key else key.partition("/")[0]


def _path(key: str) -> str:
    return urlsplit(key).path if "://" in key else key[len(_hostname(key)) :]


def stored(entry: object, title: str, warnings: list[str]) -> Login | None:
    """The login of an entry; None for one without a secret, and for a damaged one, of which
    ``warnings`` hears."""
    if not isinstance(entry, dict):
        return None

    def text(key: str) -> str:
        value = entry.get(key)
        return value if isinstance(value, str) else ""

    user, password = text("username"), text("password")
    if packed := text("auth"):
        try:
            plain = base64.b64decode(packed, validate=True).decode()
        except (binascii.Error, ValueError):
            warnings.append(f"A login in {title} is damaged and not used.")
            return None
        user, _colon, password = plain.partition(":")
    login = Login(
        user,
        password.strip("\0"),
        identity_token=text("identitytoken"),
        registry_token=text("registrytoken"),
        source=title,
    )
    return None if login.empty else login

"""Bearer tokens: fetched once however many threads want them, kept while they last."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import LayerscopeError, NotARegistry, SignInNeeded
from layerscope.engine.oci import strict_json
from layerscope.engine.registry.auth.challenge import Challenge
from layerscope.engine.registry.auth.login import Login
from layerscope.engine.registry.failures import (
    complaint,
    deed,
    how_to_sign_in,
    rate_limited,
    refused,
)
from layerscope.engine.registry.http.answer import Answer
from layerscope.engine.registry.http.origin import Origin
from layerscope.engine.registry.http.redirects import leads_inward
from layerscope.engine.registry.http.transport import Call
from layerscope.engine.task import Task

TOKEN_LIMIT = 64 * 1024
SHORTEST_LIFE = 60.0
_EARLY = 10.0  # a token is renewed this long before it ends
_CLIENT = "layerscope"
_POLL = 0.05  # how often somebody who waits for another's token looks whether to go on
#: Token servers that are known to belong to another host.
_KNOWN = {
    "registry-1.docker.io": "auth.docker.io",
    "docker.io": "auth.docker.io",
    "registry.digitalocean.com": "api.digitalocean.com",
}

Send = Callable[[Call, Task], Answer]


@dataclass(frozen=True, slots=True)
class _Key:
    realm: str
    service: str
    scopes: tuple[str, ...]
    login: Login | None


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    ends: float  # time.monotonic()
    refresh: str = ""  # an identity token


class Tokens:
    """The tokens of one registry.  ``home`` is its own origin; ``token_hosts`` are other hosts
    (with port) that the user lets it send logins to."""

    def __init__(
        self, registry: str, home: Origin, token_hosts: frozenset[str], send: Send
    ) -> None:
        self._registry = registry
        self._home = home
        self._token_hosts = token_hosts
        self._send = send
        self._lock = threading.Lock()
        self._kept: dict[_Key, _Token] = {}
        self._underway: dict[_Key, threading.Event] = {}

    def token(
        self, challenge: Challenge, scopes: tuple[str, ...], login: Login | None, task: Task
    ) -> str:
        """A token for ``scopes`` from the realm of ``challenge``.

        The login goes along only if the realm may have it (``trusted``); if not and the realm
        gives nothing to strangers, SignInNeeded names the host.  Raises NotARegistry for a realm
        or an answer that cannot be used."""
        origin = self._checked_realm(challenge.realm)
        if login is not None and not self.trusted(origin):
            login = None
        key = _Key(challenge.realm, challenge.parameters.get("service", ""), scopes, login)
        while True:
            with self._lock:
                kept = self._kept.get(key)
                if kept is not None and time.monotonic() < kept.ends - _EARLY:
                    return kept.text
                other = self._underway.get(key)
                if other is None:
                    mine = self._underway[key] = threading.Event()
                    break
            while not other.wait(_POLL):
                task.checkpoint()
        try:
            fetched = self._fetch(key, task)
            with self._lock:
                self._kept[key] = fetched
            return fetched.text
        finally:
            with self._lock:
                del self._underway[key]
            mine.set()

    def sign_in(self, challenge: Challenge, login: Login, task: Task) -> tuple[str, str]:
        """A token that says no more than who ``login`` is, and an identity token if the realm gives
        one.  Raises as ``token`` does, and SignInNeeded if the realm may not see the login."""
        origin = self._checked_realm(challenge.realm)
        if not self.trusted(origin):
            raise SignInNeeded(
                f"{self._registry} asks to log in at {origin.netloc}.",
                hint=f"{self.advice(origin)} Nothing was sent there.",
                registry=self._registry,
                token_server=origin.netloc,
            )
        key = _Key(challenge.realm, challenge.parameters.get("service", ""), (), login)
        fetched = self._fetch(key, task, offline=True)
        return fetched.text, fetched.refresh

    def forget(self, text: str) -> None:
        """This token was refused."""
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if kept.text != text}

    def trusted(self, realm: Origin) -> bool:
        """Whether logins may be sent there: to the registry itself, to a parent of its domain
        (who rules it anyway), to token servers known to belong to it, and where the user says so.
        A registry that names another host is otherwise the way to steal a password
        (CVE-2026-33990)."""
        if realm == self._home or realm.netloc in self._token_hosts:
            return True
        if (realm.scheme, realm.port) != ("https", 443):
            return False
        if _KNOWN.get(self._home.host) == realm.host or realm.host in self._token_hosts:
            return True
        return "." in realm.host and self._home.host.endswith(f".{realm.host}")

    def _checked_realm(self, realm: str) -> Origin:
        try:
            origin = Origin.of(realm)
        except ValueError as error:
            raise self._bad_realm(f"its address cannot be used: {error}") from error
        if origin.scheme == "http" and self._home.scheme == "https":
            raise self._bad_realm(f"{origin.netloc} is not encrypted")
        if leads_inward(self._home, None, origin):
            raise self._bad_realm(f"{origin.netloc} lies inside this network")
        return origin

    def _fetch(self, key: _Key, task: Task, *, offline: bool = False) -> _Token:
        if key.login is not None and key.login.identity_token:
            return self._exchange(key, key.login.identity_token, task)
        headers = {"Accept": "application/json"}
        query = [("service", key.service)] if key.service else []
        query += [("scope", scope) for scope in key.scopes]
        if key.login is not None:
            headers["Authorization"] = key.login.basic
            query.append(("account", key.login.user))
        if offline:
            query += [("client_id", _CLIENT), ("offline_token", "true")]
        return self._answered(
            key, Call(self._registry, _with_query(key.realm, query), headers=headers), task
        )

    def _exchange(self, key: _Key, identity_token: str, task: Task) -> _Token:
        form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", identity_token),
            ("service", key.service),
            ("client_id", _CLIENT),
            ("scope", " ".join(key.scopes)),
        ]
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(form).encode("ascii")
        return self._answered(key, Call(self._registry, key.realm, "POST", headers, body), task)

    def _answered(self, key: _Key, call: Call, task: Task) -> _Token:
        asked = time.monotonic()
        host = Origin.of(key.realm).netloc
        with self._send(call, task) as answer:
            if answer.status == 200:
                return _parsed(answer, self._registry, host, asked)
            if 300 <= answer.status < 400:
                raise self._bad_realm(f"{host} sends us elsewhere, which is not followed")
            if answer.status in {400, 401, 403}:
                raise self._not_let_in(key, host)
            if answer.status == 429:
                raise rate_limited(answer)
            raise refused(
                answer, complaint(answer), f"{host}, the token server of {self._registry},"
            )

    def _not_let_in(self, key: _Key, host: str) -> SignInNeeded:
        repository = key.scopes[0].split(":")[1] if key.scopes else ""
        what = deed(repository, any(",push" in scope for scope in key.scopes))
        if key.login is not None:
            return SignInNeeded(
                f"{host} did not accept the stored sign-in for {self._registry}.",
                hint=f"It comes from {key.login.source}. Sign in again, or sign out.",
                registry=self._registry,
                repository=repository,
            )
        realm = Origin.of(key.realm)
        return SignInNeeded(
            f"Sign in to {what}. {self._registry} did not allow anonymous access.",
            hint=self.advice(realm),
            registry=self._registry,
            repository=repository,
            token_server="" if self.trusted(realm) else realm.netloc,
        )

    def advice(self, realm: Origin) -> str:
        """What to do when only a login helps."""
        if self.trusted(realm):
            return how_to_sign_in(self._registry)
        return (
            f"{self._registry} asks to log in at {realm.netloc}, which is another host. "
            f"If that is right, allow it when you sign in."
        )

    def _bad_realm(self, why: str) -> NotARegistry:
        return NotARegistry(
            f"{self._registry} asks to log in where that is not safe: {why}.",
            hint="Nothing was sent. This is for the operator of the registry to repair.",
            registry=self._registry,
        )


def _parsed(answer: Answer, registry: str, host: str, asked: float) -> _Token:
    """``token`` or ``access_token``; lives at least a minute, counted from the question."""
    body = answer.read(TOKEN_LIMIT, "a token")
    try:
        document = strict_json.loads(body, f"The token of {host}")
    except LayerscopeError as error:
        raise NotARegistry(
            f"{host}, the token server of {registry}, does not answer in JSON.",
            hint="A sign-in page of the network may be in the way.",
            registry=registry,
        ) from error
    fields = document if isinstance(document, dict) else {}
    text = fields.get("token") or fields.get("access_token")
    if not isinstance(text, str) or not text.isascii() or not text.isprintable():
        raise NotARegistry(
            f"{host}, the token server of {registry}, gave no token.",
            hint="Try again later.",
            registry=registry,
        )
    life = fields.get("expires_in")
    seconds = float(life) if isinstance(life, int | float) and not isinstance(life, bool) else 0.0
    refresh = fields.get("refresh_token")
    if not isinstance(refresh, str) or not refresh.isascii() or not refresh.isprintable():
        refresh = ""
    return _Token(text, asked + min(max(seconds, SHORTEST_LIFE), 86400.0), refresh)


def _with_query(realm: str, query: list[tuple[str, str]]) -> str:
    """The realm, keeping the query it already has."""
    parts = urlsplit(realm)
    given = parse_qsl(parts.query, keep_blank_values=True)
    return urlunsplit(parts._replace(query=urlencode(given + query), fragment=""))

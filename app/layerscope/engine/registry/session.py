"""Talking to one registry: which scheme it speaks, who we are there, and asking again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from layerscope.engine.errors import RegistryError
from layerscope.engine.registry.ask import Ask, Greeting, narrowed
from layerscope.engine.registry.auth.challenge import Challenge, parse_challenges, preferred
from layerscope.engine.registry.auth.credentials import Credentials, Finding
from layerscope.engine.registry.auth.login import Login
from layerscope.engine.registry.auth.tokens import Tokens
from layerscope.engine.registry.failures import (
    asked_wait,
    complaint,
    refusal,
    transient,
)
from layerscope.engine.registry.greeting import greet
from layerscope.engine.registry.http.answer import Answer
from layerscope.engine.registry.http.origin import Origin
from layerscope.engine.registry.http.patience import Retry
from layerscope.engine.registry.http.redirects import follow
from layerscope.engine.registry.http.transport import Call, Transport
from layerscope.engine.task import Progress, Task

_POLL = 0.05

Notice = Callable[[Retry], None]


class Session:
    """One registry, for as long as the program runs; used by many threads at once."""

    def __init__(
        self,
        host: str,
        bases: tuple[str, ...],
        transport: Transport,
        credentials: Credentials,
        token_hosts: frozenset[str],
        mirrored: str = "",
    ) -> None:
        """``bases`` are the addresses to try in turn: https, then perhaps http.  ``mirrored`` is
        the registry that this one mirrors: some mirror several, and want to know (``?ns=``, as
        containerd asks)."""
        self.host = host
        self.transport = transport
        self._bases = bases
        self._credentials = credentials
        self._token_hosts = token_hosts
        self._suffix = f"?{urlencode({'ns': mirrored})}" if mirrored else ""
        self._lock = threading.Lock()
        self._greeting: Greeting | None = None
        self._tokens: Tokens | None = None
        self._found: dict[str, Finding] = {}

    def open(self, ask: Ask, task: Task, notice: Notice | None = None) -> Answer:
        """The answer, redirects followed and signed in where that was asked for.

        Statuses that may pass are tried again up to five times, by ``Retry-After`` or by
        doubling; ``notice`` hears of each wait, else the task does.  Raises SignInNeeded,
        RepositoryNotFound, RateLimited, RegistryRefused, Unreachable, Stalled, NotTrusted,
        NotARegistry."""
        greeting = self.greeting(task)
        return self._patiently(lambda: self._signed(greeting, ask, task), ask, task, notice)

    def greeting(self, task: Task) -> Greeting:
        """The answer to the first ping (``/v2/``), asked once."""
        with self._locked(task):
            if self._greeting is None:
                visit = partial(self.visit, task=task)
                self._greeting = greet(self.host, self._bases, self.transport, visit, task)
                self._tokens = Tokens(
                    self.host, self._greeting.home, self._token_hosts, self.transport.send
                )
            return self._greeting

    def login(self, repository: str, task: Task) -> Login | None:
        """Who we are to this registry; asked of files and helpers once per repository."""
        return self.finding(repository, task).login

    def finding(self, repository: str, task: Task) -> Finding:
        """Like ``login``, with what could not be read on the way."""
        with self._locked(task):
            found = self._found.get(repository)
            if found is None:
                found = self._found[repository] = self._credentials.find(
                    self.host, repository, task
                )
            return found

    @property
    def tokens(self) -> Tokens:
        """There are none before ``greeting``."""
        assert self._tokens is not None
        return self._tokens

    def shown(self, ask: Ask, authorization: str, task: Task) -> Answer:
        """The answer to a request that shows exactly this, and tries nothing else."""
        home = self.greeting(task).home
        call = self._call(f"{home}{ask.path}", ask, authorization)
        return self._patiently(lambda: follow(self.transport.send, call, task), ask, task, None)

    def visit(self, url: str, ask: Ask, task: Task) -> Answer:
        """Like ``open``, for another address that belongs to this registry (a search page):
        ``ask`` gives the headers, and nothing but those is shown there."""
        call = Call(self.host, url, ask.method, ask.headers, document=ask.document)
        return self._patiently(lambda: follow(self.transport.send, call, task), ask, task, None)

    # Asking

    def _patiently(
        self, send: Callable[[], Answer], ask: Ask, task: Task, notice: Notice | None
    ) -> Answer:
        """Errors that may pass carry ``transient``, and in ``wait`` what the server asked for."""
        patience = self.transport.patience
        attempts = ask.attempts or patience.attempts
        for attempt in range(1, attempts + 1):
            try:
                answer = send()
                if answer.status < 400 or answer.status in ask.accepted:
                    return answer
                with answer:
                    raise self.refused(answer, ask, task)
            except RegistryError as error:
                if not transient(error) or attempt == attempts:
                    raise
                wait = patience.wait_after(attempt, asked_wait(error))
                retry = Retry(wait, attempt + 1, attempts, str(error))
            if notice is not None:
                notice(retry)
            else:
                task.report(Progress(0, None, f"Retrying {retry}", ""))
            task.wait(retry.wait)
        raise AssertionError("the last attempt returns or raises")

    def _signed(self, greeting: Greeting, ask: Ask, task: Task) -> Answer:
        """One request; a 401 gets one more with a new token."""
        challenge = greeting.challenge
        scopes = ask.scopes
        if ask.place is not None and ask.place.stranger:
            call = self._call(ask.place.url, ask, "")
            answer = follow(self.transport.send, call, task)
            return self._as_stranger(answer, call, scopes, task) if answer.status == 401 else answer
        for last_try in (False, True):
            shown = self._authorization(challenge, scopes, ask, task)
            call = self._call(f"{greeting.home}{ask.path}", ask, shown)
            answer = follow(self.transport.send, call, task)
            if answer.status == 401 and answer.origin != greeting.home:
                return self._as_stranger(answer, call, scopes, task)
            if answer.status != 401 or last_try:
                return answer
            newest = preferred(parse_challenges(answer.challenges())) or challenge
            if newest is None or (newest.scheme == "basic" and newest == challenge):
                return answer
            answer.drain()
            self._forget(shown)
            if challenge is None:
                self._greeting = replace(greeting, challenge=newest)  # ask no more in vain
            challenge = newest
            own_realm = _is_at(newest.realm, greeting.home)
            scopes = narrowed(newest.scopes, scopes, own_realm=own_realm) or scopes
        raise AssertionError("the last try returns")

    def _call(self, url: str, ask: Ask, shown: str) -> Call:
        headers = {**ask.headers, **({"Authorization": shown} if shown else {})}
        return Call(
            self.host,
            ask.place.url if ask.place is not None else f"{url}{self._suffix}",
            ask.method,
            headers,
            ask.body,
            document=ask.document,
            outer_only=ask.place is not None and ask.place.outer_only,
            patience=ask.patience,
            once=ask.place is not None,
        )

    def _as_stranger(
        self, answer: Answer, call: Call, scopes: tuple[str, ...], task: Task
    ) -> Answer:
        """Another origin, to which a redirect led, wants to see something: at most a token that
        it gives to anybody."""
        challenge = preferred(parse_challenges(answer.challenges()))
        if challenge is None or challenge.scheme != "bearer":
            return answer
        answer.drain()
        tokens = Tokens(self.host, answer.origin, frozenset(), self.transport.send)
        token = tokens.token(challenge, narrowed(challenge.scopes, scopes) or scopes, None, task)
        headers = {**call.headers, "Authorization": f"Bearer {token}"}
        return follow(self.transport.send, replace(call, url=answer.url, headers=headers), task)

    def _authorization(
        self, challenge: Challenge | None, scopes: tuple[str, ...], ask: Ask, task: Task
    ) -> str:
        """The value of the header, or empty: nothing is shown before it is asked for."""
        if challenge is None:
            return ""
        login = self.login(ask.repository, task)
        if login is not None and login.registry_token:
            return f"Bearer {login.registry_token}"
        if challenge.scheme == "basic":
            return login.basic if login is not None else ""
        return f"Bearer {self.tokens.token(challenge, scopes, login, task)}"

    def _forget(self, shown: str) -> None:
        scheme, _space, text = shown.partition(" ")
        if scheme == "Bearer" and self._tokens is not None:
            self._tokens.forget(text)

    def refused(self, answer: Answer, ask: Ask, task: Task) -> RegistryError:
        """The error for an answer with a status of 400 or above; reads its body."""
        said = complaint(answer)
        if answer.status not in {401, 403, 404}:
            return refusal(answer, said, ask.repository, pushes=ask.pushes)
        found = self.finding(ask.repository, task)
        note = " ".join(found.warnings)
        signed_in = found.login is not None
        if answer.status == 401:
            with self._locked(task):  # somebody may sign in while the program runs
                self._found.pop(ask.repository, None)
            if not signed_in:
                challenge = preferred(parse_challenges(answer.challenges()))
                note = f"{note} {self._advice(challenge)}".strip()
        return refusal(
            answer, said, ask.repository, signed_in=signed_in, note=note, pushes=ask.pushes
        )

    def _advice(self, challenge: Challenge | None) -> str:
        if challenge is None or challenge.scheme != "bearer" or self._tokens is None:
            return ""
        try:
            realm = Origin.of(challenge.realm)
        except ValueError:
            return ""
        return "" if self._tokens.trusted(realm) else self._tokens.advice(realm)

    @contextmanager
    def _locked(self, task: Task) -> Iterator[None]:
        """The lock, waited for cancellably: whoever holds it may be on the network."""
        while not self._lock.acquire(timeout=_POLL):
            task.checkpoint()
        try:
            yield
        finally:
            self._lock.release()


def _is_at(url: str, origin: Origin) -> bool:
    try:
        return Origin.of(url) == origin
    except ValueError:
        return False

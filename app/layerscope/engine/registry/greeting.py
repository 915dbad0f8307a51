"""The first visit to a registry: which scheme it speaks, and what it wants to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from layerscope.engine.errors import NotTrusted, Stalled, Unreachable
from layerscope.engine.registry.ask import Ask, Greeting
from layerscope.engine.registry.auth.challenge import parse_challenges, preferred
from layerscope.engine.registry.failures import not_a_registry
from layerscope.engine.registry.http.answer import Answer
from layerscope.engine.registry.http.origin import Origin
from layerscope.engine.registry.http.redirects import follow
from layerscope.engine.registry.http.transport import Call, Transport
from layerscope.engine.task import Task

_LOOPBACK_HANDSHAKE = 1.5  # a program on this machine that is silent for longer may speak no TLS
_WEB_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_PING = frozenset({400, 401, 403, 404, 405})

Ping = Callable[[str, Ask], Answer]


def greet(
    host: str, bases: tuple[str, ...], transport: Transport, visit: Ping, task: Task
) -> Greeting:
    """The answer to the first ping, of the first of ``bases`` that gives one.

    ``visit`` asks an address as patiently as is usual.  On loopback, where there are two, TLS is
    tried first, without much patience; a program that answers plain HTTP with 400 may be a TLS
    server that was only slow.  Raises NotARegistry, and what ``visit`` raises.
    """
    first = bases[0]
    if len(bases) == 1:
        return _greeted(host, first, _pinged(first, visit))
    patience = replace(
        transport.patience,
        connect_time=_LOOPBACK_HANDSHAKE,
        stall_window=_LOOPBACK_HANDSHAKE,
    )
    try:
        call = Call(host, f"{first}/v2/", patience=patience)
        return _greeted(host, first, follow(transport.send, call, task))
    except (Unreachable, Stalled, NotTrusted) as error:
        if isinstance(error, NotTrusted) and getattr(error, "speaks_tls", True):
            raise
    second = bases[1]
    answer = _pinged(second, visit)
    if answer.status == 400:
        answer.close()
        return _greeted(host, first, _pinged(first, visit))
    return _greeted(host, second, answer)


def _pinged(base: str, visit: Ping) -> Answer:
    ask = Ask("/v2/", headers={"Accept": "application/json, */*"}, accepted=_PING)
    return visit(f"{base}/v2/", ask)


def _greeted(host: str, base: str, answer: Answer) -> Greeting:
    home = Origin.of(base)
    with answer:
        if answer.status == 404:
            raise not_a_registry(host, "It has no /v2/.")
        if answer.status == 200 and answer.content_type in _WEB_PAGES:
            raise not_a_registry(host, "It answered with a web page.")
        challenge = None
        if answer.status == 401 and answer.origin == home:
            challenge = preferred(parse_challenges(answer.challenges()))
        answer.drain()
        return Greeting(home, challenge, answer.warnings())

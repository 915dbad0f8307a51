"""Redirects, followed by hand: how far, where to, and what goes along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urljoin, urlsplit, urlunsplit

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import RegistryRefused
from layerscope.engine.registry.http.answer import Answer
from layerscope.engine.registry.http.origin import Origin, is_inner, is_loopback
from layerscope.engine.registry.http.redaction import shown_url
from layerscope.engine.registry.http.transport import Call
from layerscope.engine.task import Task

MOST_HOPS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

Send = Callable[[Call, Task], Answer]


@dataclass(frozen=True, slots=True)
class Place:
    """An address that a far side gave us to go on at.  ``stranger`` once the way has led to
    another origin: then nothing secret is shown there, wherever the way leads next."""

    url: str
    outer_only: bool = False
    stranger: bool = False


def follow(send: Send, call: Call, task: Task) -> Answer:
    """The first answer that is not a redirect (distribution-spec, FORMATS 3.3).

    Authorization goes along only within one origin; once dropped it stays dropped, even if the
    way leads back.  Raises RegistryRefused for more than ten hops, from https to http, and from
    a public registry to an address inside this network.
    """
    for _hop in range(MOST_HOPS + 1):
        answer = send(call, task)
        if answer.status not in _REDIRECTS or "Location" not in answer.headers:
            return answer
        try:
            call = _next(call, answer)
        finally:
            answer.drain()
    raise RegistryRefused(
        f"{call.registry} sends requests round in circles.",
        hint="This is for the operator of the registry to repair.",
        registry=call.registry,
        status=answer.status,
    )


def _next(call: Call, answer: Answer) -> Call:
    target = urljoin(answer.url, answer.headers["Location"].strip())
    try:
        origin = Origin.of(target)
    except ValueError as error:
        raise _refusal(call, answer, target, str(error)) from error
    here = answer.origin
    _require_allowed(call, answer, target, origin)
    headers = dict(call.headers)
    if origin != here:
        headers = {name: value for name, value in headers.items() if name.lower() not in _BOUND}
    method = "GET" if answer.status == 303 and call.method != "HEAD" else call.method
    return replace(
        call,
        url=target,
        method=method,
        headers=headers,
        outer_only=call.outer_only or (origin != here and is_public(here, answer)),
    )


def _require_allowed(call: Call, answer: Answer, target: str, origin: Origin) -> None:
    if answer.origin.scheme == "https" and origin.scheme == "http":
        raise _refusal(call, answer, target, "it is not encrypted")
    if leads_inward(answer.origin, answer, origin):
        raise _refusal(call, answer, target, "it lies inside this network")


_BOUND = frozenset({"authorization", "cookie", "proxy-authorization"})


def named_place(registry: str, home: Origin, answer: Answer, stranger: bool = False) -> Place:
    """Where the Location of an answer leads: relative or absolute, its query kept as it is.

    ``home`` is the registry's own origin; a Location that names it with http instead of https (a
    registry that does not know of the proxy before it) means it.  ``stranger`` tells that the
    answer was one of a stranger.  Raises RegistryRefused as ``follow`` does."""
    target = urljoin(answer.url, answer.headers["Location"].strip()).partition("#")[0]
    call = Call(registry, answer.url)
    try:
        origin = Origin.of(target)
    except ValueError as error:
        raise _refusal(call, answer, target, str(error)) from error
    if (origin.scheme, origin.host, home.scheme) == ("http", home.host, "https") and (
        origin.port in {80, home.port}
    ):
        parts = urlsplit(target)
        target = urlunsplit(parts._replace(scheme=home.scheme, netloc=home.netloc))
        origin = home
    _require_allowed(call, answer, target, origin)
    return Place(
        target,
        outer_only=origin != answer.origin and is_public(answer.origin, answer),
        stranger=stranger or origin != home,
    )


def is_public(origin: Origin, answer: Answer | None) -> bool:
    """Whether a far side is out on the internet, as far as its name and address tell."""
    if is_loopback(origin.host):
        return False
    if origin.address is not None:
        return not is_inner(origin.address)
    return answer is None or answer.peer is None or not is_inner(answer.peer)


def leads_inward(here: Origin, answer: Answer | None, target: Origin) -> bool:
    """Whether ``target`` is an address inside this network that a far side outside it names."""
    if target.host == here.host:
        return False
    address = target.address
    if address is not None and address.is_link_local:
        return True  # where clouds keep their credentials; nothing of ours is there
    inner = is_loopback(target.host) or (address is not None and is_inner(address))
    return inner and is_public(here, answer)


def _refusal(call: Call, answer: Answer, target: str, why: str) -> RegistryRefused:
    return RegistryRefused(
        f"{call.registry} redirects to {shown_url(target)}, and {why}. It was not followed.",
        hint="This is for the operator of the registry to repair.",
        registry=call.registry,
        status=answer.status,
    )

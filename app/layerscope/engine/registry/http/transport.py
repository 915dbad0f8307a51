"""One request, one answer: ``requests`` without its habits.

No session, so no cookies, no ``~/.netrc`` and no environment; identity encoding; no redirects; raw
bodies; and every failure mapped to our errors where it occurs.
"""

from __future__ import annotations

import contextlib
import http.client
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

import requests
import requests.adapters
import requests.exceptions
import urllib3

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import (
    NotARegistry,
    NotTrusted,
    RegistryError,
    RegistryRefused,
    Unreachable,
)
from layerscope.engine.registry.http.answer import Answer
from layerscope.engine.registry.http.connections import rewire
from layerscope.engine.registry.http.origin import Origin
from layerscope.engine.registry.http.patience import Patience
from layerscope.engine.registry.http.proxies import Proxies
from layerscope.engine.registry.http.redaction import shown_url
from layerscope.engine.registry.http.sending import Sending
from layerscope.engine.registry.http.trust import Trust, place_for
from layerscope.engine.registry.http.wire import Wire, using
from layerscope.engine.task import Task

_POOLED = 16  # connections kept per host; more are opened when needed


@dataclass(frozen=True, slots=True)
class Call:
    """A request.  ``registry`` is who it is made for, and what errors name; ``document`` says
    that the answer is small and must be here soon; ``outer_only`` forbids addresses that only
    mean something inside this machine (for URLs that a public registry gave us)."""

    registry: str
    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Sending | None = None
    document: bool = True
    outer_only: bool = False
    patience: Patience | None = None  #: in place of the usual one
    once: bool = False  #: sending it again could do harm; only the caller can find out


class Transport:
    """May be used by many threads at once: urllib3's pools are, and nothing else is shared."""

    def __init__(self, trust: Trust, proxies: Proxies, patience: Patience, user_agent: str) -> None:
        self.patience = patience
        self._trust = trust
        self._proxies = proxies
        self._user_agent = user_agent
        self._adapter = _Adapter(pool_connections=64, pool_maxsize=_POOLED)

    def send(self, call: Call, task: Task) -> Answer:
        """The answer, whatever its status, with its body still to be read.

        Raises Unreachable, NotTrusted, Stalled; each has ``transient``, which says whether the
        same call may well succeed a moment later."""
        prepared = self._prepare(call)
        origin = Origin.of(str(prepared.url))
        proxy = self._proxies.chosen(origin)
        patience = call.patience or self.patience
        for last_try in (False, True):
            wire = Wire(
                call.registry,
                patience,
                task,
                lambda: self._trust.context(origin.netloc),
                outer_only=call.outer_only and not proxy,
            )
            if call.document:
                wire.deadline = time.monotonic() + patience.document_time
            held = contextlib.ExitStack()
            held.callback(wire.release)
            try:
                held.enter_context(task.interrupted_by(wire.interrupt))
                with using(wire):
                    response = self._adapter.send(
                        prepared,
                        stream=True,
                        timeout=(patience.connect_time, patience.stall_window),
                        verify=True,
                        proxies={origin.scheme: proxy} if proxy else None,
                    )
                wire.in_headers = False
                return Answer(
                    str(prepared.url), response.raw, wire, held, None if proxy else wire.peer
                )
            except BaseException as error:
                held.close()
                task.checkpoint()
                if not isinstance(error, _MAPPED):  # Stalled, Unreachable: explained already
                    raise
                if wire.reused and not wire.received and not last_try and not call.once:
                    continue  # the server closed a kept connection just as we wrote to it
                raise explained(error, call.registry, origin, proxy, wire) from error
        raise AssertionError("the last try returns or raises")

    def close(self) -> None:
        """Drop the kept connections."""
        self._adapter.close()

    def _prepare(self, call: Call) -> requests.PreparedRequest:
        headers = {
            "User-Agent": self._user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            **call.headers,
        }
        request = requests.Request(call.method, call.url, headers=headers, data=call.body)
        try:
            prepared = request.prepare()
            Origin.of(str(prepared.url))
        except (requests.exceptions.RequestException, ValueError) as error:
            raise RegistryRefused(
                f"{call.registry} leads to an address that cannot be used: {shown_url(call.url)}.",
                hint="This is for the operator of the registry to repair.",
                registry=call.registry,
            ) from error
        return prepared


class _Adapter(requests.adapters.HTTPAdapter):
    """Pools made of our connections, and no CA bundle but the trust of each connection."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        rewire(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        rewire(manager)
        return manager

    def cert_verify(self, conn: Any, url: str, verify: object, cert: object) -> None:
        """Leave it to the context of the connection, which always verifies."""


_MAPPED = (
    requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
    UnicodeError,
    ValueError,
)


def explained(
    error: BaseException, registry: str, origin: Origin, proxy: str, wire: Wire
) -> RegistryError:
    """Our error for any exception of requests and urllib3."""
    if isinstance(wire.failure, RegistryError):
        return wire.failure
    through = f" through the proxy {shown_url(_bare(proxy))}" if proxy else ""
    if _is_no_http(error):
        return NotARegistry(
            f"{origin.netloc} does not speak HTTP.",
            hint="Check the address and the port.",
            registry=registry,
        )
    match error:
        case requests.exceptions.SSLError() | urllib3.exceptions.SSLError() | ssl.SSLError():
            return _distrust(error, registry, origin)
        case requests.exceptions.Timeout() | urllib3.exceptions.TimeoutError():
            return wire.stalled()
        case requests.exceptions.ProxyError() | requests.exceptions.InvalidProxyURL():
            why, transient = f"The connection{through} failed.", False
        case requests.exceptions.InvalidSchema():
            why, transient = "This kind of proxy is not supported.", False
        case requests.exceptions.ConnectionError() | requests.exceptions.ChunkedEncodingError():
            why, transient = f"The connection{through} broke.", True
        case urllib3.exceptions.HTTPError() | OSError():
            why, transient = f"The connection{through} broke.", True
        case _:
            why, transient = "The answer is not HTTP.", False
    return Unreachable(
        f"Can't reach {origin.netloc}. {why}",
        hint="Check the network or the proxy.",
        registry=registry,
        transient=transient,
    )


def _distrust(error: BaseException, registry: str, origin: Origin) -> NotTrusted:
    """``verified`` is False if the far side does not even speak TLS."""
    reason = next((one for one in _inside(error) if isinstance(one, ssl.SSLError)), None)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return NotTrusted(
            f"The certificate of {origin.netloc} is not trusted: {reason.verify_message}.",
            hint="Add the CA file for this host in Registries, "
            f"or save it as {place_for(registry)}.",
            registry=registry,
            transient=False,
            speaks_tls=True,
        )
    return NotTrusted(
        f"{origin.netloc} does not answer over TLS.",
        hint="If this registry only speaks plain HTTP, allow that for it in Registries.",
        registry=registry,
        transient=False,
        speaks_tls=False,
    )


def _is_no_http(error: BaseException) -> bool:
    """Whether what came was no HTTP answer at all, and not just nothing."""
    reasons = [part for part in _inside(error) if isinstance(part, http.client.BadStatusLine)]
    return bool(reasons) and not isinstance(reasons[-1], http.client.RemoteDisconnected)


def _inside(error: BaseException) -> Iterator[BaseException]:
    """The exception and those it wraps: in ``reason``, as an argument."""
    for _depth in range(8):
        yield error
        inner = [getattr(error, "reason", None), *reversed(error.args)]
        error = next((one for one in inner if isinstance(one, BaseException)), error)


def _bare(proxy: str) -> str:
    """The proxy URL without its password."""
    scheme, _colon, rest = proxy.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"

"""Which proxy a request goes through: the environment's variables, read as Go programs do.

``requests`` would do it, but only together with ``~/.netrc``, and it sends loopback to the proxy.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Self

from layerscope.engine.dataclass import dataclass
from layerscope.engine.registry.http.origin import Origin, is_loopback, literal_address


@dataclass(frozen=True, slots=True)
class Proxies:
    """``http`` and ``https`` are proxy URLs or empty; ``bypass`` is the text of NO_PROXY."""

    http: str = ""
    https: str = ""
    bypass: str = ""

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """HTTP_PROXY, HTTPS_PROXY and NO_PROXY; where one is not set, its name in lower case."""

        def either(name: str) -> str:
            return environment.get(name) or environment.get(name.lower()) or ""

        return cls(either("HTTP_PROXY"), either("HTTPS_PROXY"), either("NO_PROXY"))

    def chosen(self, origin: Origin) -> str:
        """The proxy for a request to ``origin``, or empty for a direct connection."""
        proxy = self.https if origin.scheme == "https" else self.http
        if not proxy or is_loopback(origin.host) or self._bypassed(origin):
            return ""
        return proxy if "://" in proxy else f"http://{proxy}"

    def _bypassed(self, origin: Origin) -> bool:
        return any(
            _covers(rule.strip().lower(), origin) for rule in self.bypass.split(",") if rule.strip()
        )


def _covers(rule: str, origin: Origin) -> bool:
    """One rule of NO_PROXY: ``*``, CIDR, IP, ``domain`` (and below), ``.domain`` (only below),
    each but the first two with an optional ``:port``."""
    if rule == "*":
        return True
    address = literal_address(origin.host)
    if "/" in rule:
        try:
            return address is not None and address in ipaddress.ip_network(rule, strict=False)
        except ValueError:
            return False
    rule, port = _split_port(rule)
    if port and port != str(origin.port):
        return False
    if address is not None:
        return literal_address(rule.strip("[]")) == address
    rule = rule.removeprefix("*")
    if rule.startswith("."):
        return origin.host.endswith(rule)
    return origin.host == rule or origin.host.endswith(f".{rule}")


def _split_port(rule: str) -> tuple[str, str]:
    if rule.endswith("]") or (rule.count(":") > 1 and not rule.startswith("[")):
        return rule, ""
    host, _colon, port = rule.rpartition(":")
    return (host, port) if host else (rule, "")

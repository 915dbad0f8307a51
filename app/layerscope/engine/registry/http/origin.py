"""Where bytes come from: scheme, host and port, and what may follow from them."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Self
from urllib.parse import urlsplit

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import MalformedReference

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS = {"http": 80, "https": 443}
#: A label or dotted name, or an IPv6 address in brackets, with an optional port: FORMATS 1.1.
_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
    r"|\[[a-f0-9:]+\])(?::[0-9]{1,5})?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Credentials and trust are bound to all three."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """Raises ValueError for anything but a plain http(s) URL; user-info is refused too, for
        it is only ever there to mislead."""
        if re.search(r"[\x00-\x20\x7f\\]", url):
            raise ValueError("the address holds control characters, spaces or backslashes")
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        if scheme not in _PORTS:
            raise ValueError(f"the address is not http or https but {scheme or 'relative'}")
        if parts.username is not None or parts.password is not None:
            raise ValueError("the address holds a user name")
        if not parts.hostname:
            raise ValueError("the address names no host")
        return cls(scheme, parts.hostname.rstrip(".").lower(), parts.port or _PORTS[scheme])

    @property
    def netloc(self) -> str:
        """Host, with its port where that is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def address(self) -> Address | None:
        """The address, if the host is written as one instead of as a name."""
        return literal_address(self.host)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"


def checked_host(host: str) -> str:
    """``host`` unchanged; raises MalformedReference if it is not a host name with perhaps a port.

    Called before a host goes into a URL or to a credential helper (CVE-2020-5260: a newline in
    the host made a helper hand out another host's password)."""
    if _HOST.fullmatch(host) is None:
        raise MalformedReference(
            f"{host!r} is not the name of a registry.",
            hint="Write a host name, with a port if it needs one: registry.example.com:5000.",
            code="format",
            text=host,
        )
    return host


def bare_host(host: str) -> str:
    """The host without its port and without the brackets of IPv6."""
    return urlsplit(f"//{host}").hostname or ""


def is_loopback(host: str) -> bool:
    """``localhost``, 127.0.0.0/8 or ::1; names are not looked up."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = literal_address(host)
    return address is not None and address.is_loopback


def literal_address(host: str) -> Address | None:
    """Also reads the spellings that the resolver accepts: ``127.1``, ``0x7f000001``,
    ``2130706433``, ``::ffff:127.0.0.1``."""
    try:
        address: Address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        if re.fullmatch(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}", host, re.I):
            try:
                return ipaddress.IPv4Address(socket.inet_aton(host))
            except OSError:
                return None
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_inner(address: Address) -> bool:
    """Whether an address can only be meant for this machine or its own network."""
    return (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
    )

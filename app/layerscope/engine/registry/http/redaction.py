"""The only place that decides what of a URL or a header may be written down."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

HIDDEN = "…"
_SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-docker-token",
        "x-registry-auth",
        "x-identity-token",
    }
)


def shown_url(url: str) -> str:
    """The URL without user-info, query values and fragment: signed storage addresses and token
    requests carry secrets there."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    if ":" in host:
        host = f"[{host}]"
    user = f"{HIDDEN}@" if parts.username is not None or parts.password is not None else ""
    query = HIDDEN if parts.query else ""
    return urlunsplit((parts.scheme, user + host + port, parts.path, query, ""))


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with the values of secret ones replaced, and URLs redacted."""
    shown = {}
    for name, value in headers.items():
        if name.lower() in _SECRET_HEADERS:
            value = HIDDEN
        elif name.lower() in {"location", "referer", "link"}:
            value = shown_url(value.strip("<>"))
        shown[name] = value
    return shown

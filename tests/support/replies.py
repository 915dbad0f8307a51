"""What the hostile registry sends and what it saw: the words its scripts are written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Reply:
    """One answer.  ``length`` lies about Content-Length (-1: no such header, the body ends with
    the connection); ``cut`` closes after so many body bytes, by a reset if ``reset``; ``stall``
    goes silent after so many body bytes (-1: before the status line, -2: in the middle of the
    headers); ``pace`` waits that many seconds before each body byte; ``endless`` repeats the
    body for ever; ``ranges`` lets it honour Range."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None
    chunked: bool = False
    cut: int | None = None
    reset: bool = False
    stall: int | None = None
    pace: float = 0.0
    endless: bool = False
    ranges: bool = False
    challenges: Sequence[str] = ()
    raw: bytes | None = None  #: sent instead of everything else


@dataclass(frozen=True)
class Seen:
    """One request as it came.  ``target`` has the query, ``path`` has not."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    raw: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


Answering = Reply | Callable[[Seen], Reply]


def bearer(realm: str, service: str = "registry", scope: str = "", error: str = "") -> str:
    """A Bearer challenge."""
    parts = [f'realm="{realm}"', f'service="{service}"']
    parts += [f'scope="{scope}"'] if scope else []
    parts += [f'error="{error}"'] if error else []
    return "Bearer " + ",".join(parts)


def redirect(location: str, status: int = 307) -> Reply:
    return Reply(status, {"Location": location})


def ranged(reply: Reply, seen: Seen) -> Reply:
    """A reply that honours the request's Range."""
    asked = seen.headers.get("range", "")
    if not asked:
        return reply
    start = int(asked.removeprefix("bytes=").partition("-")[0])
    total = len(reply.body)
    if start >= total:
        return replace(reply, status=416, headers={"Content-Range": f"bytes */{total}"}, body=b"")
    headers = {**reply.headers, "Content-Range": f"bytes {start}-{total - 1}/{total}"}
    return replace(reply, status=206, headers=headers, body=reply.body[start:])

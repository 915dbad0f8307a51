"""What the hostile registry sends and what it saw: the words its scripts are written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self


@dataclass(frozen=True)
class Reply:
    """One answer.  ``length`` lies about Content-Length (-1: no such header, the body ends with
    the connection); ``cut`` closes after so many body bytes, by a reset if ``reset``; ``stall``
    goes silent after so many body bytes (-1: before the status line, -2: in the middle of the
    headers); ``pace`` and ``head_pace`` wait that many seconds before each byte of the body or
    of the headers; ``endless`` repeats the body for ever, ``endless_head`` goes on with headers;
    ``ranges`` lets it honour Range."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None
    chunked: bool = False
    cut: int | None = None
    reset: bool = False
    stall: int | None = None
    pace: float = 0.0
    head_pace: float = 0.0
    endless: bool = False
    endless_head: bool = False
    ranges: bool = False
    challenges: Sequence[str] = ()
    raw: bytes | None = None  #: sent instead of everything else

    @property
    def told_length(self) -> int:
        """What Content-Length says, -1 for nothing."""
        return len(self.body) if self.length is None else self.length

    @property
    def head(self) -> bytes:
        """The status line and the headers, with the empty line at their end."""
        lines = [f"HTTP/1.1 {self.status} Scripted"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += [f"WWW-Authenticate: {challenge}" for challenge in self.challenges]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
        elif self.told_length >= 0:
            lines.append(f"Content-Length: {self.told_length}")
        else:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


@dataclass(frozen=True)
class Seen:
    """One request as it came.  ``target`` has the query, ``path`` has not."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    raw: bytes

    @classmethod
    def parsed(cls, raw: bytes) -> Self:
        """A request of which only the head is known, up to the empty line."""
        first, *rest = raw.decode("latin-1").split("\r\n")
        method, target, _version = [*first.split(" "), "", ""][:3]
        pairs = (line.partition(":") for line in rest)
        headers = {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
        return cls(method, target, headers, b"", raw)

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

"""An answer whose body is still on the wire: bounded reads, and the one decoding we allow."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

import urllib3
from requests.structures import CaseInsensitiveDict

from layerscope.engine.content.closing import Closing
from layerscope.engine.errors import DigestMismatch, NotARegistry, RegistryError, Unreachable
from layerscope.engine.registry.http import coding
from layerscope.engine.registry.http.origin import Address, Origin
from layerscope.engine.registry.http.wire import Wire

CHUNK = 1 << 18


class Answer(Closing):
    """Close it (it is a context manager); a body read to its end gives the connection back."""

    def __init__(
        self,
        url: str,
        raw: urllib3.HTTPResponse,
        wire: Wire,
        held: contextlib.ExitStack,
        peer: Address | None = None,
    ) -> None:
        self.url = url
        self.origin = Origin.of(url)
        self.status = raw.status
        self.headers: CaseInsensitiveDict[str] = CaseInsensitiveDict(raw.headers)
        self._raw = raw
        self._wire = wire
        self._held = held
        #: Body bytes taken from the wire so far.
        self.taken = 0
        #: The address we are connected to, None behind a proxy.
        self.peer = peer

    @property
    def registry(self) -> str:
        return self._wire.registry

    @property
    def content_type(self) -> str:
        """Without parameters, lower case."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def length(self) -> int | None:
        """Content-Length, if it is there and makes sense."""
        value = self.headers.get("Content-Length", "").strip()
        return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None

    @property
    def encoding(self) -> str:
        """The content coding that came although we asked for none; usually empty."""
        coding = self.headers.get("Content-Encoding", "").strip().lower()
        return "" if coding == "identity" else coding

    def warnings(self) -> tuple[str, ...]:
        """What the server wants people to know (distribution-spec: Warning: 299 - "text")."""
        return tuple(_warnings(self._raw.headers.getlist("Warning")))

    def challenges(self) -> tuple[str, ...]:
        return tuple(self._raw.headers.getlist("WWW-Authenticate"))

    def read(self, limit: int, what: str) -> bytes:
        """The whole body, decoded if it came encoded.  Raises NotARegistry if it is longer than
        ``limit`` bytes before or after decoding."""
        body = self._bounded(self.chunks(), limit, what)
        if not self.encoding or body.lstrip()[:1] == b"{":  # labelled, but not packed
            return body
        return self._bounded(self.decoded([body], what), limit, what)

    def decoded(self, chunks: Iterable[bytes], what: str) -> Iterator[bytes]:
        """The content of ``chunks`` of this body: exactly one layer of coding undone.  Raises
        NotARegistry for a coding that nobody asked for and we do not know, DigestMismatch for
        bytes that are not in it."""
        if self.encoding not in coding.KNOWN:
            raise NotARegistry(
                f"{self.registry} packs its answers as {self.encoding!r}, unasked.",
                hint="A proxy between here and the registry may do this.",
                registry=self.registry,
            )
        try:
            yield from coding.decoded(chunks, self.encoding)
        except coding.Undecodable as error:
            raise DigestMismatch(
                f"{self.registry} sent {what} damaged.",
                hint="Try again; a proxy between here and the registry may have changed it.",
                registry=self.registry,
                expected="",
                received="",
            ) from error

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """The body as it comes over the wire.  Raises Unreachable or Stalled if it is cut; what
        came before the cut has been given out."""
        task = self._wire.task
        while True:
            try:
                chunk = self._raw.read(size, decode_content=False)
            except urllib3.exceptions.HTTPError as error:
                self._check_end(error)
                raise self._cut() from error
            self.taken += len(chunk)
            if chunk:
                yield chunk
            task.checkpoint()
            if not chunk:
                self._check_end(None)
                return

    def close(self) -> None:
        """Give the connection back if the body is at its end, else drop it."""
        self._raw.close()
        self._held.close()

    def drain(self) -> None:
        """Read a short rest so that the connection can be used again."""
        length = self.length
        if length is not None and length <= CHUNK and not self._wire.failure:
            with contextlib.suppress(urllib3.exceptions.HTTPError):  # then it is not used again
                self._raw.read(CHUNK, decode_content=False)
        self.close()

    def too_long(self, what: str, limit: int) -> NotARegistry:
        return NotARegistry(
            f"{self.registry} sent more than {limit:,} bytes as {what}.",
            hint="This is not what a registry does; check its address.",
            registry=self.registry,
        )

    def _bounded(self, chunks: Iterable[bytes], limit: int, what: str) -> bytes:
        body = bytearray()
        for chunk in chunks:
            body += chunk
            if len(body) > limit:
                raise self.too_long(what, limit)
        return bytes(body)

    def _check_end(self, error: Exception | None) -> None:
        self._wire.task.checkpoint()
        failure = self._wire.failure
        if isinstance(failure, RegistryError):
            raise failure from error
        if failure is not None:
            raise self._cut() from failure

    def _cut(self) -> Unreachable:
        return Unreachable(
            f"{self.registry} broke the connection off.",
            hint="Try again; what arrived so far is kept.",
            registry=self.registry,
            transient=True,
        )


def _warnings(values: list[str]) -> Iterator[str]:
    for value in values:
        head, quote, rest = value.strip().partition('"')
        if head.strip() != "299 -" or not quote or not rest.endswith('"'):
            continue
        text = rest[:-1].replace('\\"', '"').replace("\\\\", "\\")
        if text.isprintable() and len(text) <= 1000:
            yield text

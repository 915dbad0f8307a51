"""One blob on its way: what was asked, what the server made of it, and the bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from layerscope.engine.errors import DigestMismatch, NotARegistry, RegistryRefused
from layerscope.engine.oci import Descriptor
from layerscope.engine.registry.http.answer import CHUNK, Answer

_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/(?:([0-9]{1,19})|\*)", re.ASCII)


class BlobStream:
    """The bytes of a blob from ``offset`` on.  Close it (it is a context manager).

    ``offset`` is 0 although more was asked if the server ignored the range: ``restarted``.
    The digest is for the reader to check; the length is not: ``chunks`` never gives more than
    the descriptor's size."""

    def __init__(
        self, answer: Answer, descriptor: Descriptor, offset: int, *, restarted: bool, packed: bool
    ) -> None:
        self.offset = offset
        self.restarted = restarted
        #: Whether the server says that it packed the blob for the journey and we unpack it.
        self.packed = packed
        self._answer = answer
        self._descriptor = descriptor

    @property
    def taken(self) -> int:
        """Body bytes that came over the wire so far."""
        return self._answer.taken

    @property
    def labelled(self) -> bool:
        """Whether the server sent a content coding, packed or not."""
        return bool(self._answer.encoding)

    @property
    def content_type(self) -> str:
        return self._answer.content_type

    def chunks(self) -> Iterator[bytes]:
        """At most 256 KiB each.  Raises Unreachable or Stalled if the body is cut (what came
        before has been given out), DigestMismatch if it is longer than the blob."""
        left = self._descriptor.size - self.offset
        what = f"blob {self._descriptor.digest}"
        body = self._answer.chunks(min(CHUNK, left + 1))
        for chunk in self._answer.decoded(body, what) if self.packed else body:
            if len(chunk) > left:
                raise wrong_length(self._answer.registry, self._descriptor, "more")
            left -= len(chunk)
            yield chunk
        if self.packed and left:
            raise wrong_length(self._answer.registry, self._descriptor, "fewer")

    def close(self) -> None:
        self._answer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class WrongRange(Exception):
    """The server answered with another part of the blob; ask for the whole of it."""


def read_answer(
    answer: Answer, descriptor: Descriptor, offset: int, *, unpack: bool | None
) -> BlobStream:
    """The stream for the answer to a request from ``offset`` on (FORMATS 3.5).

    ``unpack`` says what to do about a content coding that came unasked; None means to judge by
    the length: a body as long as the blob is the blob, wrongly labelled.  Raises WrongRange, or
    RegistryRefused or NotARegistry where asking again would not help."""
    packed = bool(answer.encoding) and (
        unpack if unpack is not None else not _is_length(answer, descriptor, offset)
    )
    if answer.status == 206:
        if packed or not _range_fits(answer, descriptor, offset):
            raise WrongRange
        return BlobStream(answer, descriptor, offset, restarted=False, packed=False)
    if answer.status in {400, 416}:  # 400 from servers that do not know ranges
        raise WrongRange
    if answer.status != 200:
        raise RegistryRefused(
            f"{answer.registry} answered {answer.status} instead of blob {descriptor.digest}.",
            hint="The registry is not well; try again later.",
            registry=answer.registry,
            status=answer.status,
        )
    if not packed and answer.length is not None and answer.length != descriptor.size:
        if answer.content_type == "text/html":
            raise NotARegistry(
                f"{answer.registry} sent a web page instead of blob {descriptor.digest}.",
                hint="A sign-in page of the network may be in the way.",
                registry=answer.registry,
            )
        raise wrong_length(answer.registry, descriptor, f"{answer.length:,}")
    return BlobStream(answer, descriptor, 0, restarted=offset > 0, packed=packed)


def wrong_length(registry: str, descriptor: Descriptor, had: str) -> DigestMismatch:
    return DigestMismatch(
        f"{registry} sent something else as {descriptor.digest}.",
        hint=f"Expected {descriptor.size:,} bytes, received {had}. "
        "It was discarded, nothing was changed.",
        registry=registry,
        expected=str(descriptor.digest),
        received="",
    )


def _range_fits(answer: Answer, descriptor: Descriptor, offset: int) -> bool:
    match = _RANGE.fullmatch(answer.headers.get("Content-Range", "").strip())
    if match is None:
        return False
    first, last, total = int(match[1]), int(match[2]), match[3]
    if total is not None and int(total) != descriptor.size:
        return False
    wanted = descriptor.size - offset
    return (
        first == offset
        and last == descriptor.size - 1
        and (answer.length is None or answer.length == wanted)
    )


def _is_length(answer: Answer, descriptor: Descriptor, offset: int) -> bool:
    if answer.status == 206:
        return _range_fits(answer, descriptor, offset)
    return answer.length == descriptor.size

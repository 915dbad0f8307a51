"""One blob on its way: what was asked, what the server made of it, and the bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from layerscope.engine.content.closing import Closing
from layerscope.engine.errors import DigestMismatch, NotARegistry, RegistryError, RegistryRefused
from layerscope.engine.oci import Descriptor, media_types
from layerscope.engine.registry.ask import Ask
from layerscope.engine.registry.http.answer import CHUNK, Answer
from layerscope.engine.registry.http.origin import Origin
from layerscope.engine.registry.http.redirects import leads_inward
from layerscope.engine.registry.session import Session
from layerscope.engine.task import Task

_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/(?:([0-9]{1,19})|\*)", re.ASCII)


class BlobStream(Closing):
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
        """What the registry says it sends; "" where it says nothing."""
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
        """Drop the connection if the body has not ended."""
        self._answer.close()


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


def open_blob(
    session: Session,
    repository: str,
    descriptor: Descriptor,
    offset: int,
    task: Task,
    *,
    unpack: bool | None,
    attempts: int,
    foreign: bool,
) -> BlobStream:
    """As ``Client.blob`` says; ``foreign`` allows foreign layers their own addresses."""
    if offset:
        answer = _answer(session, repository, descriptor, offset, task, attempts, foreign)
        try:
            return read_answer(answer, descriptor, offset, unpack=unpack)
        except WrongRange:
            answer.close()
        except BaseException:
            answer.close()
            raise
    answer = _answer(session, repository, descriptor, 0, task, attempts, foreign)
    try:
        stream = read_answer(answer, descriptor, 0, unpack=unpack)
    except WrongRange:
        answer.close()
        raise RegistryRefused(
            f"{session.host} sends parts of {descriptor.digest} although all of it was asked for.",
            hint="This is for the operator of the registry to repair.",
            registry=session.host,
            status=answer.status,
        ) from None
    except BaseException:
        answer.close()
        raise
    stream.restarted = offset > 0
    return stream


def _answer(
    session: Session,
    repository: str,
    descriptor: Descriptor,
    offset: int,
    task: Task,
    attempts: int,
    foreign: bool,
) -> Answer:
    headers = {"Accept": "application/octet-stream, */*"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    ask = Ask(
        f"/v2/{repository}/blobs/{descriptor.digest}",
        repository,
        headers=headers,
        accepted=frozenset({404, 416, 400} if offset else {404}),
        document=False,
        attempts=attempts,
    )
    answer = _foreign_answer(session, descriptor, ask, task) if foreign else None
    answer = answer or session.open(ask, task)
    if answer.status == 404:
        answer.close()
        raise RegistryRefused(
            f"{session.host}/{repository} has no blob {descriptor.digest}.",
            hint="It is a foreign layer that must be had from its vendor."
            if descriptor.urls or media_types.is_nondistributable(descriptor.media_type)
            else "The image is damaged there.",
            registry=session.host,
            status=404,
        )
    return answer


def _foreign_answer(
    session: Session, descriptor: Descriptor, ask: Ask, task: Task
) -> Answer | None:
    """The answer of the first of its addresses that has one."""
    home = session.greeting(task).home
    for url in descriptor.urls:
        try:
            if not leads_inward(home, None, Origin.of(url)):
                return session.visit(url, replace(ask, accepted=frozenset({416})), task)
        except (RegistryError, ValueError):
            continue  # the next address, and in the end the registry, have their own say
    return None

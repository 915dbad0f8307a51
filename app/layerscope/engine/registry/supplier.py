"""Where one pull gets its content: the mirrors of a registry first, then the registry itself.

What a tag means is the registry's to say, as a mirror may be behind: it is asked by a HEAD, which
Docker Hub does not count as a pull, and only what it names is then taken from the mirrors.
Docker and containers-registries.conf(5) let a mirror answer for a tag even so; here it does only
where the registry cannot be asked or wants to see a login, and then the answer says so.  Whatever
a mirror sends is compared with its digest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import (
    BadInput,
    RegistryError,
    RegistryRefused,
    RepositoryNotFound,
    SignInNeeded,
    TagNotFound,
)
from layerscope.engine.oci import Descriptor, Digest, Index, Manifest, Reference
from layerscope.engine.registry.client import Client, Known, Resolved
from layerscope.engine.registry.download import Fetched, Report, Writer, fetch_blob
from layerscope.engine.registry.mirrors import Mirror, Rests
from layerscope.engine.registry.presence import digest_of
from layerscope.engine.task import Task

T = TypeVar("T")
_Ask = Callable[["MirrorClient", Reference, Task, Known | None], Resolved]


@dataclass(frozen=True, slots=True)
class MirrorClient:
    """A mirror and how it is talked to: with the logins of its own host, if it has any, and never
    with those of the registry that it mirrors."""

    mirror: Mirror
    client: Client


class Supplier:
    """For one pull.  May be used by several threads at once; errors are those of Client."""

    def __init__(
        self, origin: Client, brisk: Client, mirrors: Sequence[MirrorClient], rests: Rests
    ) -> None:
        """``brisk`` talks to the same registry as ``origin``, without patience."""
        self._origin = origin
        self._brisk = brisk
        self._mirrors = tuple(mirrors)
        self._rests = rests
        self._lock = threading.Lock()
        self._notes: dict[str, None] = {}
        self._closed_doors: set[Mirror] = set()
        self._mirrored = 0

    @property
    def host(self) -> str:
        """The registry that the references name."""
        return self._origin.host

    @property
    def notes(self) -> tuple[str, ...]:
        """What did not go as it should at the mirrors so far, in sentences; never an error."""
        with self._lock:
            return tuple(self._notes)

    @property
    def mirrored(self) -> int:
        """Bytes of blobs that mirrors have sent so far and that are kept."""
        with self._lock:
            return self._mirrored

    def resolve(self, reference: Reference, task: Task, known: Known | None = None) -> Resolved:
        """As Client.resolve.  ``mirror`` and ``tag_from`` of the answer say what a mirror had to do
        with it."""
        if not self._mirrors:
            return self._origin.resolve(reference, task, known)
        if reference.digest is not None:
            return self._pinned(reference, _resolved, task, known)
        told, trouble = self._told_by_the_registry(reference, task)
        if told is not None:
            return self._pinned(replace(reference, digest=told), _as_told, task, known)
        if trouble is None:
            return self._origin.resolve(reference, task, known)  # which says what there is instead
        found = self._first(
            lambda each: _resolved(each, reference, task, known), (RegistryError, BadInput)
        )  # what is sent for a tag can be compared with no digest, so nonsense is the mirror's own
        if found is None:
            with self._telling():
                return self._origin.resolve(reference, task, known)
        mirror, resolved = found
        self._note(
            f"Mirror {mirror} says what {reference.familiar} is, and may be behind: {trouble}"
        )
        return replace(resolved, mirror=str(mirror), tag_from=str(mirror))

    def manifest(self, repository: str, descriptor: Descriptor, task: Task) -> Manifest | Index:
        """As Client.manifest."""
        found = self._first(
            lambda each: each.client.manifest(each.mirror.repository(repository), descriptor, task)
        )
        if found is not None:
            return found[1]
        with self._telling():
            return self._origin.manifest(repository, descriptor, task)

    def document(self, repository: str, descriptor: Descriptor, limit: int, task: Task) -> bytes:
        """As Client.document."""
        found = self._first(
            lambda each: each.client.document(
                each.mirror.repository(repository), descriptor, limit, task
            )
        )
        if found is not None:
            return found[1]
        with self._telling():
            return self._origin.document(repository, descriptor, limit, task)

    def fetch(
        self,
        repository: str,
        descriptor: Descriptor,
        writer: Writer,
        task: Task,
        report: Report | None = None,
    ) -> Fetched:
        """As ``fetch_blob``.  What a mirror sent before it failed is gone on with elsewhere."""
        if not self._mirrors:
            return fetch_blob(self._origin, repository, descriptor, writer, task, report)
        resumed = writer.offset
        counted = _Counting(writer)
        failed = 0
        done: Fetched | None = None
        for each in self._awake():
            name = each.mirror.repository(repository)
            start = writer.offset
            try:
                done = fetch_blob(each.client, name, descriptor, counted, task, report)
            except RegistryError as error:
                self._pass_over(each.mirror, error)
                failed += 1
            else:
                self._count(descriptor.size - start)
                break
            self._count(max(0, writer.offset - start))
        if done is None:
            with self._telling():
                done = fetch_blob(self._origin, repository, descriptor, counted, task, report)
        if not failed:
            return done
        twice = max(0, resumed + counted.written - descriptor.size)
        return Fetched(counted.written, resumed, twice, failed + done.retries)

    # Steps

    def _told_by_the_registry(
        self, reference: Reference, task: Task
    ) -> tuple[Digest | None, RegistryError | str | None]:
        """What the tag is; else what stood in the way of asking, or nothing if there is no such
        tag."""
        if self._rests.resting(_origin_key(self.host)):
            return None, f"{self.host} did not answer a moment ago."
        try:
            tag = str(reference.tag)
            return digest_of(self._brisk.session, reference.repository, tag, task), None
        except SignInNeeded as error:
            return None, error
        except RegistryError as error:
            self._rests.begin(_origin_key(self.host))
            return None, error

    def _pinned(self, reference: Reference, ask: _Ask, task: Task, known: Known | None) -> Resolved:
        body = known(reference.digest) if known is not None and reference.digest else None
        if body is not None:
            return self._origin.resolve(reference, task, known)  # which asks nobody
        found = self._first(lambda each: ask(each, reference, task, None))
        if found is None:
            with self._telling():
                return self._origin.resolve(reference, task, known)
        mirror, resolved = found
        return replace(resolved, mirror=str(mirror))

    def _first(
        self,
        question: Callable[[MirrorClient], T],
        failures: tuple[type[RegistryError | BadInput], ...] = (RegistryError,),
    ) -> tuple[Mirror, T] | None:
        """The answer of the first mirror that has one.  ``failures`` are errors that are the
        mirror's own."""
        for each in self._awake():
            try:
                return each.mirror, question(each)
            except failures as error:
                self._pass_over(each.mirror, error)
        return None

    def _awake(self) -> Iterator[MirrorClient]:
        for each in self._mirrors:
            with self._lock:
                closed = each.mirror in self._closed_doors
            if not closed and not self._rests.resting(str(each.mirror)):
                yield each

    def _pass_over(self, mirror: Mirror, error: RegistryError | BadInput) -> None:
        if isinstance(error, RepositoryNotFound | TagNotFound) or (
            isinstance(error, RegistryRefused) and error.status == 404
        ):
            self._note(
                f"Mirror {mirror} does not have all of it; {self.host} is asked for the rest."
            )
            return
        self._note(f"Mirror {mirror} was passed over. {error}")
        if isinstance(error, SignInNeeded):  # it may well serve other repositories
            with self._lock:
                self._closed_doors.add(mirror)
        else:
            self._rests.begin(str(mirror))

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Who hears that the registry failed hears why its mirrors did not stand in for it."""
        try:
            yield
        except RegistryError as error:
            error.hint = " ".join((error.hint, *self.notes)).strip()
            raise

    def _count(self, size: int) -> None:
        with self._lock:
            self._mirrored += size

    def _note(self, words: str) -> None:
        with self._lock:
            self._notes[words] = None


class _Counting:
    """A writer that knows how many bytes it was given, those included that were thrown away."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.written = 0

    @property
    def offset(self) -> int:
        return self._writer.offset

    @property
    def received(self) -> Digest:
        return self._writer.received

    def write(self, data: bytes, /) -> object:
        self.written += len(data)
        return self._writer.write(data)

    def restart(self) -> None:
        self._writer.restart()


def _resolved(
    each: MirrorClient, reference: Reference, task: Task, known: Known | None
) -> Resolved:
    return each.client.resolve(each.mirror.reference(reference), task, known)


def _as_told(each: MirrorClient, reference: Reference, task: Task, known: Known | None) -> Resolved:
    """The image that the registry means by the tag, which the mirror is asked for by its tag first:
    one that fills itself from the registry learns tags only so, and needs them when the registry
    cannot be asked."""
    try:
        found = _resolved(each, replace(reference, digest=None), task, None)
    except (RepositoryNotFound, TagNotFound, BadInput):
        found = None
    if found is not None and found.descriptor.digest == reference.digest:
        return found
    return _resolved(each, reference, task, known)


def _origin_key(host: str) -> str:
    """Unlike the name of any mirror, so that a host may be both."""
    return f"registry {host}"

"""One blob fetched to its end: resumed, retried, verified, counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import (
    DigestMismatch,
    NotARegistry,
    RegistryError,
    Unreachable,
)
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.registry.client import Client
from layerscope.engine.registry.failures import asked_wait, transient
from layerscope.engine.registry.http.patience import Retry
from layerscope.engine.task import Task

_PAUSE = 0.05  # between two reports: at most twenty a second
_PROGRESS = 1 << 20  # bytes after which a broken connection counts as a new misfortune


class Writer(Protocol):
    """Where the bytes go.  ``offset`` is how many are there already; ``received`` is the digest
    of all of them, those from earlier tries included."""

    @property
    def offset(self) -> int:
        """Bytes that are here, which is where the next one goes."""

    @property
    def received(self) -> Digest:
        """The digest of all bytes that are here."""

    def write(self, data: bytes, /) -> object:
        """The next bytes; raises what the disk says."""

    def restart(self) -> None:
        """Throw away what is there."""


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """``done`` of ``size`` bytes are there; ``received`` came over the wire in this call.
    ``retry`` is set while waiting to try again; ``resumable`` is False once the registry has
    ignored a range."""

    done: int
    size: int
    received: int
    retry: Retry | None = None
    resumable: bool = True


@dataclass(frozen=True, slots=True)
class Fetched:
    """Bytes: ``received`` over the wire, ``resumed`` from earlier tries, ``twice`` had more than
    once: thrown away and fetched again, in this call or from an earlier one."""

    received: int
    resumed: int
    twice: int
    retries: int


Report = Callable[[FetchProgress], None]


def fetch_blob(
    client: Client,
    repository: str,
    descriptor: Descriptor,
    writer: Writer,
    task: Task,
    report: Report | None = None,
) -> Fetched:
    """Bring ``writer`` to exactly the bytes that ``descriptor`` promises.

    A connection that breaks or stalls is taken up again from where it broke, until five tries in
    a row have brought less than 1 MiB each; bytes that turn out wrong are thrown away and fetched
    once more.  Raises DigestMismatch if they are wrong again, NotARegistry if they are a web
    page, and what ``Client.blob`` raises.  When this raises (Cancelled too), the writer keeps
    what arrived, for the next call to go on with, unless it is known to be wrong."""
    return _Fetch(client, repository, descriptor, writer, task, report).run()


@dataclass(slots=True)
class _Fetch:
    _client: Client
    _repository: str
    _descriptor: Descriptor
    _writer: Writer
    _task: Task
    _report: Report | None
    _received: int = 0
    _twice: int = 0
    _retries: int = 0
    _resumable: bool = True
    _told: float = 0.0
    # What the newest answer said about its body.
    _packed: bool | None = None
    _labelled: bool = False
    _web_page: bool = False

    def run(self) -> Fetched:
        if self._writer.offset > self._descriptor.size:
            self._start_over()
        resumed = self._writer.offset
        unpack: bool | None = None
        wrong = self._once(unpack)
        if wrong is not None:
            self._retries += 1
            # If the body was labelled as packed, the other reading of it may be the right one.
            unpack = not self._packed if self._labelled else None
            wrong = self._once(unpack)
        if wrong is not None:
            raise wrong
        self._tell(None)
        return Fetched(self._received, resumed, self._twice, self._retries)

    def _once(self, unpack: bool | None) -> RegistryError | None:
        """Fetch to the end; what is wrong with the bytes, which then have been thrown away."""
        try:
            self._fill(unpack)
        except DigestMismatch as error:
            wrong: RegistryError = error
        else:
            received = self._writer.received
            if received == self._descriptor.digest:
                return None
            wrong = self._damaged(received)
        self._start_over()
        return wrong

    def _fill(self, unpack: bool | None) -> None:
        """Until the size is right; what the bytes are is not looked at."""
        patience = self._client.session.transport.patience
        failures = 0
        while self._writer.offset < self._descriptor.size:
            before = self._received
            try:
                self._copy(unpack)
                if self._writer.offset >= self._descriptor.size:
                    return
                error: RegistryError = self._cut_short()
            except RegistryError as broken:
                lost = isinstance(broken, Unreachable) and self._received > 0
                if not (transient(broken) or lost):
                    raise
                error = broken
            failures = 1 if self._received - before >= _PROGRESS else failures + 1
            if failures >= patience.attempts:
                raise error
            self._retries += 1
            wait = patience.wait_after(failures, asked_wait(error))
            self._tell(Retry(wait, failures + 1, patience.attempts, str(error)))
            self._task.wait(wait)

    def _copy(self, unpack: bool | None) -> None:
        offset = self._writer.offset
        before = self._received
        with self._client.blob(
            self._repository, self._descriptor, offset, self._task, unpack=unpack, attempts=1
        ) as stream:
            if stream.offset != offset:
                self._resumable = False
                self._start_over()
            self._packed, self._labelled = stream.packed, stream.labelled
            self._web_page = stream.content_type == "text/html"
            try:
                for chunk in stream.chunks():
                    self._writer.write(chunk)
                    self._received = before + stream.taken
                    if time.monotonic() - self._told >= _PAUSE:
                        self._tell(None)
            finally:
                self._received = before + stream.taken

    def _start_over(self) -> None:
        self._twice += self._writer.offset
        self._writer.restart()

    def _tell(self, retry: Retry | None) -> None:
        self._told = time.monotonic()
        if self._report is not None:
            self._report(
                FetchProgress(
                    self._writer.offset,
                    self._descriptor.size,
                    self._received,
                    retry,
                    self._resumable,
                )
            )

    def _cut_short(self) -> Unreachable:
        return Unreachable(
            f"{self._client.host} ended blob {self._descriptor.digest} too early.",
            hint="Try again; what arrived so far is kept.",
            registry=self._client.host,
            transient=True,
        )

    def _damaged(self, received: Digest) -> RegistryError:
        if self._web_page:
            return NotARegistry(
                f"{self._client.host} sent a web page instead of {self._descriptor.digest}.",
                hint="A sign-in page of the network may be in the way.",
                registry=self._client.host,
            )
        return DigestMismatch(
            f"Layer {self._descriptor.digest} arrived damaged from {self._client.host}.",
            hint=f"Expected {self._descriptor.digest}, received {received}. "
            "It was discarded, nothing was changed.",
            registry=self._client.host,
            expected=str(self._descriptor.digest),
            received=str(received),
        )

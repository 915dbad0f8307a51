"""One blob brought to a registry, unless it is there: resumed, retried, verified, counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import BinaryIO

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import (
    DigestMismatch,
    RegistryError,
    RegistryRefused,
    RepositoryNotFound,
    SignInNeeded,
    Unreachable,
)
from layerscope.engine.oci import Descriptor
from layerscope.engine.registry.client import Client
from layerscope.engine.registry.failures import asked_wait, transient
from layerscope.engine.registry.http.patience import Retry
from layerscope.engine.registry.http.sending import Sending, Source
from layerscope.engine.registry.presence import has_blob
from layerscope.engine.registry.uploads import (
    SessionLost,
    TooLarge,
    Upload,
    Uploads,
    stored_otherwise,
)
from layerscope.engine.task import Task

_PAUSE = 0.05  # between two reports: at most twenty a second
_PROGRESS = 1 << 20  # bytes after which a broken connection counts as a new misfortune
_AT_ONCE = 1 << 20  # smaller blobs go with the request that ends their upload
_CHUNK = 1 << 25  # for those who take no larger requests
_LOOKS = 4  # at a blob that was just stored: some registries need a moment to know it themselves


class Outcome(StrEnum):
    """How a blob came to be in the repository."""

    PUSHED = "pushed"
    EXISTS = "exists"
    MOUNTED = "mounted"


@dataclass(frozen=True, slots=True)
class SendProgress:
    """``done`` of ``size`` bytes are there, or on their way in the request that runs; ``sent`` left
    here in this call.  ``retry`` is set while waiting to try again."""

    done: int
    size: int
    sent: int
    retry: Retry | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes: ``sent`` left here, ``twice`` of them more than once.  ``source`` is the repository
    that a mounted blob was taken over from."""

    outcome: Outcome
    sent: int = 0
    twice: int = 0
    retries: int = 0
    source: str = ""


Report = Callable[[SendProgress], None]


def push_blob(
    client: Client,
    repository: str,
    descriptor: Descriptor,
    source: Source,
    task: Task,
    report: Report | None = None,
    mount_from: Sequence[str] = (),
) -> Sent:
    """Bring the blob that ``source`` opens (at an offset) into a repository.

    Nothing is sent if it is there, or can be mounted from another repository of the registry.  A
    connection that breaks is taken up again from where the registry says it is, and from the start
    if it does not know; until five tries in a row have left less than 1 MiB there.  In the end the
    registry is asked whether it has the blob.  Raises DigestMismatch if it got other bytes, twice;
    BlobDamaged if the source is too short; and what Session.open raises."""
    return _Push(client, repository, descriptor, source, task, report).run(mount_from)


@dataclass(slots=True)
class _Push:
    _client: Client
    _repository: str
    _descriptor: Descriptor
    _source: Source
    _task: Task
    _report: Report | None
    _newest: Upload | None = None  #: where the upload that runs has got to
    _at: int = 0  #: how far this upload is, what is on the wire included
    _sent: int = 0
    _twice: int = 0
    _retries: int = 0
    _chunk: int = 0
    _told: float = 0.0

    @property
    def _uploads(self) -> Uploads:
        return Uploads(self._client.session, self._repository)

    def run(self, mount_from: Sequence[str]) -> Sent:
        try:
            if self._is_there():
                return Sent(Outcome.EXISTS)
        except (SignInNeeded, RepositoryNotFound):
            pass  # some say so of repositories that a push would make; the upload will tell
        upload: Upload | None = None
        for other in mount_from:
            try:
                upload = self._uploads.mount(self._descriptor, other, self._task)
            except (SessionLost, RegistryError):
                continue  # an offer to save time; what is really wrong the upload will tell
            if upload is not None:
                break
            if self._is_there():
                return Sent(Outcome.MOUNTED, source=other)
        with self._source(0):
            pass  # what is wrong with it is to be known before a connection waits for it
        self._deliver(upload)
        self._await_presence()
        self._tell(None)
        return Sent(Outcome.PUSHED, self._sent, self._twice, self._retries)

    def _deliver(self, upload: Upload | None) -> None:
        patience = self._client.session.transport.patience
        failures = 0
        damaged = 0
        while True:
            start = upload.offset if upload is not None else 0
            try:
                upload = self._attempt(upload)
                return
            except SessionLost:
                error: RegistryError = self._lost()
                upload = None
            except TooLarge:
                upload = None
                if self._chunk:
                    raise self._too_large() from None
                self._chunk = _CHUNK
                self._go_back(0)
                continue
            except DigestMismatch as broken:
                damaged += 1
                if damaged == 2:
                    raise
                error, upload = broken, None
            except RegistryError as broken:
                lost = isinstance(broken, Unreachable) and self._sent > 0
                if not (transient(broken) or lost):
                    raise
                error = broken
                upload = self._newest or upload
            failures += 1
            if failures >= patience.attempts:
                raise error
            self._retries += 1
            wait = patience.wait_after(failures, asked_wait(error))
            self._tell(Retry(wait, failures + 1, patience.attempts, str(error)))
            self._task.wait(wait)
            if self._is_there():  # only the answer was lost
                return
            upload = self._resumed(upload)
            if upload is not None and upload.offset - start >= _PROGRESS:
                failures = 0  # what counts is what the registry has kept

    def _attempt(self, upload: Upload | None) -> Upload:
        """From where ``upload`` is to the end; None begins a new one."""
        size = self._descriptor.size
        if upload is None:
            self._go_back(0)
            upload = self._uploads.begin(self._descriptor, self._task)
        self._newest = upload
        if not upload.offset and size <= _AT_ONCE:
            last = self._sending(upload, size) if size else None
            self._uploads.finish(upload, self._descriptor, last, self._task)
            return upload
        while upload.offset < size:
            left = size - upload.offset
            part = min(left, max(self._chunk, upload.least)) if self._chunk else left
            whole = not upload.offset and part == size
            upload = self._uploads.send(
                upload, self._sending(upload, part), self._task, whole=whole
            )
            self._newest = upload
        self._uploads.finish(upload, self._descriptor, None, self._task)
        return upload

    def _sending(self, upload: Upload, size: int) -> Sending:
        """Reading anew (for another try of the same request) goes back to the start of the part."""

        def source(offset: int) -> BinaryIO:
            self._go_back(offset)
            return self._source(offset)

        return Sending(self._descriptor.digest, source, upload.offset, size, self._went)

    def _went(self, count: int) -> None:
        self._at += count
        self._sent += count
        if time.monotonic() - self._told >= _PAUSE:
            self._tell(None)

    def _go_back(self, offset: int) -> None:
        self._twice += max(0, self._at - offset)
        self._at = offset

    def _resumed(self, upload: Upload | None) -> Upload | None:
        """The upload as the registry knows it; None to begin anew."""
        self._newest = None
        if upload is None or not self._at:
            return None
        try:
            upload = self._uploads.state(upload, self._task)
        except SessionLost:
            return None
        if upload.offset > self._at:  # more than we sent: not ours to continue
            return None
        self._go_back(upload.offset)
        return upload

    def _is_there(self) -> bool:
        return has_blob(
            self._client.session, self._repository, self._descriptor, self._task, pushes=True
        )

    def _await_presence(self) -> None:
        patience = self._client.session.transport.patience
        for look in range(1, _LOOKS + 1):
            if self._is_there():
                return
            if look < _LOOKS:
                self._task.wait(patience.wait_after(look, None))
        raise stored_otherwise(self._client.host, self._descriptor, "")

    def _tell(self, retry: Retry | None) -> None:
        self._told = time.monotonic()
        self._task.checkpoint()
        if self._report is not None:
            self._report(SendProgress(self._at, self._descriptor.size, self._sent, retry))

    def _lost(self) -> Unreachable:
        return Unreachable(
            f"{self._client.host} has lost the upload of {self._descriptor.digest}.",
            hint="Push again; what has arrived whole is not sent again.",
            registry=self._client.host,
            transient=True,
        )

    def _too_large(self) -> RegistryRefused:
        return RegistryRefused(
            f"{self._client.host} takes no parts of {_CHUNK >> 20} MB.",
            hint="A proxy before the registry may limit the size of requests.",
            registry=self._client.host,
            status=413,
        )

"""The single requests of an upload: begin, send, ask how far it is, finish (FORMATS 3.6)."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import DigestMismatch, NotARegistry, RegistryError, RegistryRefused
from layerscope.engine.oci import Descriptor
from layerscope.engine.registry.ask import Ask
from layerscope.engine.registry.failures import complaint, not_a_registry
from layerscope.engine.registry.http.answer import Answer
from layerscope.engine.registry.http.redirects import Place, named_place
from layerscope.engine.registry.http.sending import Sending
from layerscope.engine.registry.presence import told_digest
from layerscope.engine.registry.session import Session
from layerscope.engine.task import Task

_RANGE = re.compile(r"(?:bytes=)?0-([0-9]{1,19})", re.ASCII)
_OCTETS = "application/octet-stream"
_NO_MOUNT = frozenset({400, 401, 403, 404, 405, 501})
_GONE = frozenset({404, 410})


class SessionLost(Exception):
    """The registry does not know this upload any more, or is at odds with us about it."""


class TooLarge(Exception):
    """The registry, or a proxy before it, takes no request of this size."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that goes on at ``place``; the registry has its first ``offset`` bytes.
    ``least`` is the smallest chunk it takes but for the last one."""

    place: Place
    offset: int = 0
    least: int = 0


class Uploads:
    """The uploads of one repository.  Errors are those of Session.open, and SessionLost."""

    def __init__(self, session: Session, repository: str) -> None:
        self._session = session
        self._repository = repository

    def begin(self, descriptor: Descriptor, task: Task) -> Upload:
        query = "" if descriptor.digest.algorithm == "sha256" else "?digest-algorithm=sha512"
        with self._session.open(self._ask("POST", f"uploads/{query}"), task) as answer:
            return self._begun(answer, task)

    def mount(self, descriptor: Descriptor, source: str, task: Task) -> Upload | None:
        """None if the blob is now here too, taken over from repository ``source``; else the
        upload that the registry began instead.  Raises SessionLost if it did neither."""
        query = f"uploads/?mount={quote(str(descriptor.digest))}&from={quote(source, safe='')}"
        ask = replace(self._ask("POST", query), reads=(source,), accepted=_NO_MOUNT, attempts=1)
        with self._session.open(ask, task) as answer:
            if answer.status == 201:
                self._check_digest(answer, descriptor)
                answer.drain()
                return None
            if answer.status in _NO_MOUNT:
                raise SessionLost
            return self._begun(answer, task)

    def send(self, upload: Upload, sending: Sending, task: Task, *, whole: bool = False) -> Upload:
        """The bytes from the upload's offset on.  ``whole`` says that these are all there are,
        and leaves Content-Range away, as docker does."""
        headers = {"Content-Type": _OCTETS}
        if not whole:
            headers["Content-Range"] = f"{upload.offset}-{upload.offset + len(sending) - 1}"
        ask = replace(
            self._at(upload, "PATCH"), headers=headers, body=sending, accepted=_GONE | {413, 416}
        )
        with self._session.open(ask, task) as answer:
            if answer.status == 413:
                raise TooLarge
            if answer.status == 416 or answer.status in _GONE:
                raise SessionLost
            self._require(answer, {202, 204}, "a part of an upload")
            end = upload.offset + len(sending)
            stored = _stored(answer)
            if stored is not None and stored != end:
                raise SessionLost
            place = self._next_place(upload, answer, task)
            answer.drain()
            return Upload(place, end, upload.least)

    def finish(
        self, upload: Upload, descriptor: Descriptor, sending: Sending | None, task: Task
    ) -> None:
        """Close the upload, with the last (or only) bytes if ``sending``.  Raises DigestMismatch
        if the registry got other bytes than we sent."""
        joint = "&" if "?" in upload.place.url else "?"
        url = f"{upload.place.url}{joint}digest={quote(str(descriptor.digest), safe='')}"
        ask = replace(
            self._at(upload, "PUT"),
            place=replace(upload.place, url=url),
            headers={"Content-Type": _OCTETS},
            body=sending,
            accepted=_GONE | {400, 413, 416},
        )
        with self._session.open(ask, task) as answer:
            if answer.status == 413:
                raise TooLarge
            if answer.status == 416 or answer.status in _GONE:
                raise SessionLost
            if answer.status == 400:
                raise self._not_taken(answer, descriptor)
            self._require(answer, {201, 204}, "the end of an upload")
            self._check_digest(answer, descriptor)
            answer.drain()

    def state(self, upload: Upload, task: Task) -> Upload:
        """How far the upload is by the word of the registry.  Raises SessionLost if it does not
        know, or has so little that it may as well have nothing: a fresh upload says 0-0."""
        ask = replace(
            self._at(upload, "GET"),
            accepted=frozenset(range(400, 500)) - {408, 429},
            patience=None,
            attempts=0,
        )
        try:
            answer = self._session.open(ask, task)
        except NotARegistry:
            raise SessionLost from None
        with answer:
            stored = _stored(answer) if answer.status in {202, 204} else None
            if not stored or stored == 1:
                raise SessionLost
            place = self._next_place(upload, answer, task)
            answer.drain()
            return Upload(place, stored, upload.least)

    # Parts

    def _ask(self, method: str, below: str) -> Ask:
        path = f"/v2/{self._repository}/blobs/{below}"
        return Ask(path, self._repository, method=method, pushes=True, document=False)

    def _at(self, upload: Upload, method: str) -> Ask:
        """Not tried again by the session: what to do next is for the caller to find out."""
        patience = self._session.transport.patience
        return replace(
            self._ask(method, "uploads/"),
            place=upload.place,
            attempts=1,
            patience=replace(
                patience, stall_window=max(patience.stall_window, patience.commit_time)
            ),
        )

    def _begun(self, answer: Answer, task: Task) -> Upload:
        self._require(answer, {202}, "the start of an upload")
        if "Location" not in answer.headers:
            raise not_a_registry(self._session.host, "It began an upload and did not say where.")
        home = self._session.greeting(task).home
        place = named_place(self._session.host, home, answer, answer.origin != home)
        least = answer.headers.get("OCI-Chunk-Min-Length", "").strip()
        answer.drain()
        return Upload(place, 0, int(least) if least.isdecimal() and len(least) < 12 else 0)

    def _next_place(self, upload: Upload, answer: Answer, task: Task) -> Place:
        if "Location" not in answer.headers:
            return upload.place
        home = self._session.greeting(task).home
        stranger = upload.place.stranger or answer.origin != home
        return named_place(self._session.host, home, answer, stranger)

    def _require(self, answer: Answer, statuses: set[int], what: str) -> None:
        """A web server that answers 200 to everything is not a registry."""
        if answer.status not in statuses:
            raise NotARegistry(
                f"{self._session.host} answered {answer.status} to {what}.",
                hint="It does not take uploads, or something between here and there answers.",
                registry=self._session.host,
            )

    def _check_digest(self, answer: Answer, descriptor: Descriptor) -> None:
        told = told_digest(answer)
        if told is not None and told != descriptor.digest:
            raise stored_otherwise(self._session.host, descriptor, str(told))

    def _not_taken(self, answer: Answer, descriptor: Descriptor) -> RegistryError:
        said = complaint(answer)
        if said.code == "BLOB_UPLOAD_UNKNOWN":
            raise SessionLost
        if said.code in {"DIGEST_INVALID", "SIZE_INVALID", "BLOB_UPLOAD_INVALID", "RANGE_INVALID"}:
            return stored_otherwise(self._session.host, descriptor, "")
        return RegistryRefused(
            f"{self._session.host} did not take {descriptor.digest}. {said.message}".rstrip(),
            hint="The registry did not accept the request.",
            registry=self._session.host,
            status=400,
        )


def stored_otherwise(host: str, descriptor: Descriptor, received: str) -> DigestMismatch:
    return DigestMismatch(
        f"{host} received {descriptor.digest} damaged.",
        hint=f"It says it has {received} instead." if received else "Push again.",
        registry=host,
        expected=str(descriptor.digest),
        received=received,
    )


def _stored(answer: Answer) -> int | None:
    """How many bytes the registry says it has; None if it does not say."""
    match = _RANGE.fullmatch(answer.headers.get("Range", "").strip())
    return int(match[1]) + 1 if match else None

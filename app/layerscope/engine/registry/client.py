"""What can be asked of one registry: documents, blobs, tags."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import replace

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import (
    DigestMismatch,
    MalformedDigest,
    NotARegistry,
    RegistryError,
    RegistryRefused,
    RepositoryNotFound,
    SignInNeeded,
    TagNotFound,
    Unreachable,
)
from layerscope.engine.oci import (
    Descriptor,
    Digest,
    Index,
    Manifest,
    Reference,
    media_types,
    parse_document,
    strict_json,
)
from layerscope.engine.registry import hub
from layerscope.engine.registry.ask import Ask
from layerscope.engine.registry.blob import BlobStream, open_blob
from layerscope.engine.registry.failures import complaint, mismatch, not_a_registry
from layerscope.engine.registry.http.answer import Answer
from layerscope.engine.registry.hub import Hub
from layerscope.engine.registry.listing import Tag, tag_pages
from layerscope.engine.registry.rate import RateLimit
from layerscope.engine.registry.session import Session
from layerscope.engine.task import Task

MANIFEST_LIMIT = strict_json.MANIFEST_LIMIT
CONFIG_LIMIT = strict_json.CONFIG_LIMIT
_NOT_FOUND = frozenset({404})


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a reference means right now.  ``warnings`` are words of the registry for people."""

    descriptor: Descriptor
    document: Manifest | Index
    rate: RateLimit | None = None
    warnings: tuple[str, ...] = ()
    #: Whether the document was known already, so that no counted request was spent.
    known: bool = False
    #: The mirror that sent the document; empty where that was the registry.
    mirror: str = ""
    #: The mirror whose word it is what the tag means, where the registry could not be asked.
    tag_from: str = ""


Known = Callable[[Digest], bytes | None]


class Client:
    """One registry.  May be used by several threads at once; errors are those of Session.open."""

    def __init__(
        self,
        session: Session,
        hub: Hub,
        *,
        foreign_layers: bool = False,
        suggests: bool = True,
    ) -> None:
        """``suggests`` is whether to look for the tag that may have been meant."""
        self._suggests = suggests
        self._session = session
        self._hub = hub
        self._foreign_layers = foreign_layers

    @property
    def host(self) -> str:
        """As in references, with its port: ``docker.io``, not the host on the wire."""
        return self._session.host

    @property
    def session(self) -> Session:
        """What signs in and sends requests; one for each client."""
        return self._session

    def ping(self, task: Task) -> tuple[str, ...]:
        """Find out whether this is a registry that answers; its warnings, usually none."""
        return self._session.greeting(task).warnings

    def signed_in_as(self, task: Task) -> str:
        """The user whose login would be shown to this registry; empty for nobody."""
        login = self._session.login("", task)
        return "" if login is None else login.user or "token"

    def resolve(self, reference: Reference, task: Task, known: Known | None = None) -> Resolved:
        """The manifest or index that ``reference`` names; a digest wins over a tag.

        ``known`` gives the bytes of documents that are here already: then a HEAD, which Docker
        Hub does not count, may be enough.  Raises TagNotFound, RepositoryNotFound,
        DigestMismatch, and what ``parse_document`` raises."""
        name = reference.canonical
        if known is not None:
            found = self._resolve_known(reference, known, task)
            if found is not None:
                return found
        wanted = str(reference.digest) if reference.digest else str(reference.tag)
        body, answer = self._document(reference, wanted, task)
        digest = reference.digest or Digest.of(body)
        document = parse_document(body, answer.content_type or None, f"the manifest of {name}")
        return Resolved(
            Descriptor(document.media_type, digest, len(body)),
            document,
            RateLimit.of(answer.headers),
            answer.warnings(),
        )

    def manifest(self, repository: str, descriptor: Descriptor, task: Task) -> Manifest | Index:
        """The document that ``descriptor`` (an entry of an index) names, verified."""
        what = f"the manifest {descriptor.digest} of {self.host}/{repository}"
        if descriptor.data is not None:
            return parse_document(descriptor.data, descriptor.media_type, what, verified=True)
        if descriptor.size > MANIFEST_LIMIT:
            raise not_a_registry(
                self.host, f"A manifest of {descriptor.size:,} bytes is no manifest."
            )
        reference = Reference(self.host, repository, None, descriptor.digest)
        body, _answer = self._document(reference, str(descriptor.digest), task)
        if len(body) != descriptor.size:
            raise DigestMismatch(
                f"Manifest {descriptor.digest} has {len(body):,} bytes instead of "
                f"{descriptor.size:,}.",
                hint="The index that lists it is wrong; nothing was changed.",
                registry=self.host,
                expected=str(descriptor.digest),
                received=str(descriptor.digest),
            )
        return parse_document(body, descriptor.media_type, what, verified=True)

    def tags(self, repository: str, task: Task) -> Iterator[tuple[Tag, ...]]:
        """The tags of a repository, page by page.  Tags that stand for signatures and the like
        (``sha256-….sig``) are left out.  Pages of Docker Hub come newest first and with sizes,
        all others in natural order within the page, with names only."""
        if self.host == hub.NAME:
            pages = hub.hub_tag_pages(self._session, self._hub, repository, task)
            try:
                first = next(pages)
            except (NotARegistry, RegistryRefused, RepositoryNotFound, SignInNeeded, Unreachable):
                pass  # a web page, not the registry: what it does not tell, the registry may
            else:
                yield first
                yield from pages
                return
        yield from tag_pages(self._session, repository, task)

    def blob(
        self,
        repository: str,
        descriptor: Descriptor,
        offset: int,
        task: Task,
        *,
        unpack: bool | None = None,
        attempts: int = 0,
    ) -> BlobStream:
        """The bytes of a blob from ``offset`` on, or from the start (``restarted``) where the
        registry will not resume.  ``unpack`` as in ``read_answer``; ``attempts`` as in Ask.
        Foreign layers come from their own addresses, without any login, where that is allowed
        (CVE-2020-15157)."""
        return open_blob(
            self._session,
            repository,
            descriptor,
            offset,
            task,
            unpack=unpack,
            attempts=attempts,
            foreign=self._foreign_layers,
        )

    def document(self, repository: str, descriptor: Descriptor, limit: int, task: Task) -> bytes:
        """A small blob (a config) whole and verified.  Raises NotARegistry above ``limit``."""
        if descriptor.data is not None:
            return descriptor.data
        if descriptor.size > limit:
            raise NotARegistry(
                f"Blob {descriptor.digest} of {self.host}/{repository} says it has "
                f"{descriptor.size:,} bytes; at most {limit:,} are read.",
                hint="This is not an image that any tool could use.",
                registry=self.host,
            )
        unpack: bool | None = None
        for _try in range(2):
            with self.blob(repository, descriptor, 0, task, unpack=unpack) as stream:
                unpack = not stream.packed if stream.labelled else None
                body = b"".join(stream.chunks())
            if len(body) == descriptor.size and descriptor.digest.matches(body):
                return body
        raise mismatch(self.host, f"Blob {descriptor.digest}", descriptor.digest, body)

    # Steps

    def _resolve_known(self, reference: Reference, known: Known, task: Task) -> Resolved | None:
        rate = None
        digest = reference.digest
        if digest is None:
            with self._session.open(
                replace(
                    self._manifest_ask(reference, str(reference.tag)),
                    method="HEAD",
                    accepted=frozenset(range(400, 500)) - {429},
                ),
                task,
            ) as answer:
                rate = RateLimit.of(answer.headers)
                text = answer.headers.get("Docker-Content-Digest", "")
                if answer.status != 200 or not text:
                    return None
            try:
                digest = Digest.parse(text)
            except MalformedDigest:
                return None  # the header is a hint, no more; the body will tell
        body = known(digest)
        if body is None or not digest.matches(body):
            return None
        document = parse_document(body, None, f"the manifest of {reference.canonical}")
        descriptor = Descriptor(document.media_type, digest, len(body))
        return Resolved(descriptor, document, rate, known=True)

    def _manifest_ask(self, reference: Reference, wanted: str) -> Ask:
        return Ask(
            f"/v2/{reference.repository}/manifests/{wanted}",
            reference.repository,
            headers={"Accept": media_types.MANIFEST_ACCEPT},
            accepted=_NOT_FOUND,
        )

    def _document(self, reference: Reference, wanted: str, task: Task) -> tuple[bytes, Answer]:
        """A manifest's bytes, verified if a digest was asked for; one more try if damaged."""
        for _try in range(2):
            with self._session.open(self._manifest_ask(reference, wanted), task) as answer:
                if answer.status == 404:
                    self._missing(reference, answer, task)
                body = answer.read(MANIFEST_LIMIT, f"the manifest of {reference.canonical}")
            if answer.content_type == "text/html" or body.lstrip()[:1] == b"<":
                raise not_a_registry(self.host, "It sent a web page instead of a manifest.")
            if reference.digest is None or reference.digest.matches(body):
                return body, answer
        assert reference.digest is not None
        raise mismatch(self.host, f"The manifest of {reference.canonical}", reference.digest, body)

    def _missing(self, reference: Reference, answer: Answer, task: Task) -> None:
        """Raise the error for a manifest that is not there."""
        said = complaint(answer)
        repository = reference.repository
        gone = RepositoryNotFound(
            f"No repository {repository} on {self.host}.",
            hint="Private repositories also look like this until you sign in.",
            registry=self.host,
            repository=repository,
        )
        if said.code == "NAME_UNKNOWN":
            raise gone
        nearest: tuple[str, ...] = ()
        wanted = str(reference.digest or reference.tag)
        try:
            pages = self.tags(repository, task) if self._suggests else iter(())
            names = [tag.name for tag in next(pages, ())]
        except RepositoryNotFound:
            raise gone from None
        except RegistryError:
            names = []  # suggestions are a courtesy; the error is about the tag
        if reference.digest is None:
            nearest = tuple(difflib.get_close_matches(wanted, names, 3, 0.4)) or tuple(names[:3])
        kind = "manifest" if reference.digest else "tag"
        raise TagNotFound(
            f"{self.host}/{repository} has no {kind} {wanted}.",
            hint=f"Did you mean {', '.join(nearest)}?" if nearest else "Look at its list of tags.",
            registry=self.host,
            repository=repository,
            tag=wanted,
            nearest=nearest,
        )

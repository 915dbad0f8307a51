"""What a repository has already: blobs, and what its tags mean right now."""

from __future__ import annotations

from layerscope.engine.errors import MalformedDigest, RegistryRefused
from layerscope.engine.oci import Descriptor, Digest, media_types, strict_json
from layerscope.engine.registry.ask import Ask
from layerscope.engine.registry.http.answer import Answer
from layerscope.engine.registry.session import Session
from layerscope.engine.task import Task

_UNSURE = frozenset({400, 403, 405, 501})


def has_blob(
    session: Session, repository: str, descriptor: Descriptor, task: Task, *, pushes: bool = False
) -> bool:
    """Whether the repository has a blob of this digest and size.  ``pushes`` asks with the right
    to write, so that a push needs no second token.  Errors are those of Session.open."""
    path = f"/v2/{repository}/blobs/{descriptor.digest}"
    for method in ("HEAD", "GET"):
        ask = Ask(path, repository, method=method, accepted=_UNSURE | {404}, pushes=pushes)
        with session.open(ask, task) as answer:
            if answer.status == 404:
                return False
            if answer.status == 200:
                return answer.length in {None, descriptor.size} or bool(answer.encoding)
            at_home = answer.origin == session.greeting(task).home
            if answer.status == 403 and at_home and method == "GET":
                raise session.refused(answer, ask, task)
        # Some answer HEAD with 405, and signed storage addresses only fit the method they are for.
    return False


def digest_of(
    session: Session, repository: str, wanted: str, task: Task, *, pushes: bool = False
) -> Digest | None:
    """The digest of the manifest that a tag or digest names; None if there is none.  What a
    registry says of it in a header is believed: this is for telling people, and for comparing."""
    for method in ("HEAD", "GET"):
        ask = Ask(
            f"/v2/{repository}/manifests/{wanted}",
            repository,
            method=method,
            headers={"Accept": media_types.MANIFEST_ACCEPT},
            accepted=frozenset({404, 405} if method == "HEAD" else {404}),
            pushes=pushes,
        )
        with session.open(ask, task) as answer:
            if answer.status == 404:
                return None
            if answer.status == 200:
                told = told_digest(answer)
                if told is not None:
                    return told
                if method == "GET":
                    return Digest.of(answer.read(strict_json.MANIFEST_LIMIT, "a manifest"))
    raise RegistryRefused(
        f"{session.host} does not tell what {repository}:{wanted} is.",
        hint="The registry is not well; try again later.",
        registry=session.host,
    )


def told_digest(answer: Answer) -> Digest | None:
    """What Docker-Content-Digest says, if it says anything that makes sense."""
    try:
        return Digest.parse(answer.headers.get("Docker-Content-Digest", ""))
    except MalformedDigest:
        return None

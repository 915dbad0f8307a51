"""Manifests and indexes brought to a registry, and looked at again afterwards."""

from __future__ import annotations

from layerscope.engine.errors import DigestMismatch, RegistryRefused
from layerscope.engine.oci import Digest, Index, Manifest
from layerscope.engine.registry.ask import Ask
from layerscope.engine.registry.client import Client
from layerscope.engine.registry.failures import complaint, not_a_registry
from layerscope.engine.registry.presence import digest_of, told_digest
from layerscope.engine.task import Task

_LOOKS = 4  # at what was just stored: some registries need a moment to know it themselves


def put_document(
    client: Client, repository: str, document: Manifest | Index, wanted: str, task: Task
) -> None:
    """Store a document under ``wanted``, a tag or its own digest, byte for byte, and see that the
    registry has it there.  All that it names must be there before.

    Raises DigestMismatch if the registry has something else in its place, and what Session.open
    raises."""
    ask = Ask(
        f"/v2/{repository}/manifests/{wanted}",
        repository,
        method="PUT",
        headers={"Content-Type": document.media_type},
        body=document.raw,
        accepted=frozenset({400, 404, 413}),
        pushes=True,
        patience=None,
    )
    with client.session.open(ask, task) as answer:
        if answer.status >= 400:
            said = complaint(answer)
            if answer.status == 404 and said.code in {"NAME_UNKNOWN", "DENIED", ""}:
                raise client.session.refused(answer, ask, task)
            raise RegistryRefused(
                f"{client.host} did not take the manifest of {repository}:{wanted}. "
                f"{said.message or said.code}".rstrip(),
                hint="Nothing was tagged there.",
                registry=client.host,
                status=answer.status,
            )
        if answer.status not in {201, 202}:
            raise not_a_registry(client.host, f"It answered {answer.status} to a manifest.")
        told = told_digest(answer)
        answer.drain()
    if told is not None and told != document.digest:
        raise _other(client, repository, wanted, document.digest, told)
    _verify(client, repository, wanted, document.digest, task)


def _verify(client: Client, repository: str, wanted: str, digest: Digest, task: Task) -> None:
    patience = client.session.transport.patience
    found: Digest | None = None
    for look in range(1, _LOOKS + 1):
        found = digest_of(client.session, repository, wanted, task, pushes=True)
        if found == digest:
            return
        if look < _LOOKS:
            task.wait(patience.wait_after(look, None))
    if found is None:
        raise RegistryRefused(
            f"{client.host} took {repository}:{wanted} and does not have it.",
            hint="The registry is not well; try again later.",
            registry=client.host,
        )
    if digest_of(client.session, repository, str(digest), task, pushes=True) == digest:
        raise DigestMismatch(
            f"{client.host}/{repository}:{wanted} has been given to another image meanwhile.",
            hint=f"Somebody else pushed {found}. Yours is there as {repository}@{digest}.",
            registry=client.host,
            expected=str(digest),
            received=str(found),
        )
    raise _other(client, repository, wanted, digest, found)


def _other(
    client: Client, repository: str, wanted: str, digest: Digest, found: Digest
) -> DigestMismatch:
    return DigestMismatch(
        f"{client.host} stored something else as {repository}:{wanted}.",
        hint=f"Pushed was {digest}, and it says that it has {found}.",
        registry=client.host,
        expected=str(digest),
        received=str(found),
    )

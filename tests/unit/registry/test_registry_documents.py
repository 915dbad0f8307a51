"""Manifests and indexes as registries answer them; row N08 of the table of faults."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from layerscope.engine.errors import (
    AmbiguousDocument,
    DigestMismatch,
    MalformedDocument,
    NotARegistry,
    RepositoryNotFound,
    SignInNeeded,
    TagNotFound,
)
from layerscope.engine.oci import Descriptor, Digest, Index, Manifest
from layerscope.engine.registry import (
    RateLimit,
)
from layerscope.engine.registry.client import CONFIG_LIMIT
from layerscope.engine.task import Task
from support.hostile_registry import OCI_MANIFEST, HostileRegistry
from support.replies import Reply
from support.visitors import ClientOf, reference_at

DATA = b"layer" * 1000
ZEROES = f"sha256:{'0' * 64}"


# Documents


def test_a_tag_resolves_to_what_its_bytes_hash_to(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    digest = far.serve_image("app", "1", [DATA])
    resolved = client_of(far).resolve(reference_at(far), task)
    assert str(resolved.descriptor.digest) == digest
    assert isinstance(resolved.document, Manifest)
    assert resolved.descriptor.size == len(resolved.document.raw)
    (seen,) = far.asked("GET", "/v2/app/manifests/1")
    assert seen.headers["accept"].count(",") == 4
    assert "*/*" not in seen.headers["accept"]


def test_a_lying_digest_header_changes_nothing(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    digest = far.serve_image("app", "1", [DATA])
    proper = far.scripts["GET", "/v2/app/manifests/1"][0]
    assert isinstance(proper, Reply)
    lying = replace(proper, headers={**proper.headers, "Docker-Content-Digest": ZEROES})
    far.on("GET", "/v2/app/manifests/1", lying)
    assert str(client_of(far).resolve(reference_at(far), task).descriptor.digest) == digest


def test_a_digest_that_answers_with_something_else_is_damage(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    digest = far.serve_image("app", "1", [DATA])
    other = far.scripts["GET", "/v2/app/manifests/1"][0]
    far.on("GET", f"/v2/app/manifests/{ZEROES}", other)
    with pytest.raises(DigestMismatch) as caught:
        client_of(far).resolve(reference_at(far, f"app@{ZEROES}"), task)
    assert (caught.value.expected, caught.value.received) == (ZEROES, digest)
    assert f"Expected {ZEROES}, received {digest}." in caught.value.hint
    assert len(far.asked("GET", f"/v2/app/manifests/{ZEROES}")) == 2


def test_a_tag_that_moves_meanwhile_changes_nothing(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    """After resolving, only digests are asked for."""
    first = far.serve_image("app", "1", [DATA])
    client = client_of(far)
    resolved = client.resolve(reference_at(far), task)
    far.serve_image("app", "1", [b"other"])
    assert isinstance(resolved.document, Manifest)
    config = resolved.document.config
    assert config.digest.matches(client.document("app", config, CONFIG_LIMIT, task))
    assert client.manifest("app", resolved.descriptor, task).digest == Digest.parse(first)


def test_what_is_known_already_is_not_fetched_again(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    """Docker Hub counts GETs of manifests but not HEADs."""
    far.serve_image("app", "1", [DATA])
    client = client_of(far)
    first = client.resolve(reference_at(far), task)
    shelf = {first.descriptor.digest: first.document.raw}
    again = client.resolve(reference_at(far), task, shelf.get)
    assert again.known
    assert again.document == first.document
    assert len(far.asked("GET", "/v2/app/manifests/1")) == 1
    shelf[first.descriptor.digest] = b"damaged"
    assert not client.resolve(reference_at(far), task, shelf.get).known


@pytest.mark.parametrize("head", [Reply(405), Reply(403), Reply(200), Reply(404)])
def test_a_head_that_does_not_help_is_followed_by_a_get(
    far: HostileRegistry, client_of: ClientOf, task: Task, head: Reply
) -> None:
    far.serve_image("app", "1", [DATA])
    far.on("HEAD", "/v2/app/manifests/1", head)
    assert client_of(far).resolve(reference_at(far), task, lambda _digest: None).document.raw


def test_the_entry_of_an_index_must_have_its_size(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    digest = far.serve_image("app", "1", [DATA])
    entry = Descriptor(OCI_MANIFEST, Digest.parse(digest), 7)
    with pytest.raises(DigestMismatch):
        client_of(far).manifest("app", entry, task)


def test_an_index_is_read_as_one(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    kind = "application/vnd.oci.image.index.v1+json"
    body = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": []}).encode()
    far.on("GET", "/v2/app/manifests/1", Reply(headers={"Content-Type": f"{kind};x=y"}, body=body))
    assert isinstance(client_of(far).resolve(reference_at(far), task).document, Index)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", MalformedDocument),
        (b"[]", MalformedDocument),
        (b'{"schemaVersion":2,"schemaVersion":2}', MalformedDocument),
        (b'{"schemaVersion":2,"config":{},"layers":[],"manifests":[]}', AmbiguousDocument),
        (b"<!doctype html>", NotARegistry),
        (b" " * (5 << 20), NotARegistry),
    ],
)
def test_a_document_that_is_none_is_refused(
    far: HostileRegistry, client_of: ClientOf, task: Task, body: bytes, error: type[Exception]
) -> None:
    far.on("GET", "/v2/app/manifests/1", Reply(body=body))
    with pytest.raises(error):
        client_of(far).resolve(reference_at(far), task)


def test_an_endless_manifest_ends(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    far.on("GET", "/v2/app/manifests/1", Reply(body=b" " * 65536, length=-1, endless=True))
    with pytest.raises(NotARegistry, match="more than"):
        client_of(far).resolve(reference_at(far), task)


def test_a_config_that_says_it_is_huge_is_not_fetched(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    huge = Descriptor("application/vnd.oci.image.config.v1+json", Digest.of(b""), 1 << 40)
    with pytest.raises(NotARegistry):
        client_of(far).document("app", huge, CONFIG_LIMIT, task)
    assert not far.requests


def test_the_rate_and_the_warnings_are_passed_on(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    proper = far.scripts["GET", "/v2/app/manifests/1"][0]
    assert isinstance(proper, Reply)
    headers = {
        **proper.headers,
        "ratelimit-limit": "100;w=21600",
        "ratelimit-remaining": "76;w=21600",
        "docker-ratelimit-source": "1.2.3.4",
        "Warning": '299 - "Use \\"new\\" instead"',
    }
    far.on("GET", "/v2/app/manifests/1", replace(proper, headers=headers))
    resolved = client_of(far).resolve(reference_at(far), task)
    assert resolved.rate == RateLimit(100, 76, 21600, "1.2.3.4")
    assert str(resolved.rate) == "76 of 100 pulls left for 6 hours"
    assert resolved.warnings == ('Use "new" instead',)


@pytest.mark.parametrize("value", ["", "x", "-1", "100;w=x", "²"])
def test_a_rate_that_makes_no_sense_is_no_rate(value: str) -> None:
    found = RateLimit.of({"ratelimit-limit": value, "ratelimit-remaining": value})
    assert found is None or found.window == 0


# Not there


def test_a_missing_tag_brings_its_neighbours(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    unknown = b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}'
    far.on("GET", "/v2/app/manifests/1.4", Reply(404, body=unknown))
    far.on("GET", "/v2/app/tags/list", Reply(body=b'{"tags":["1.3","1.40","edge","stable"]}'))
    with pytest.raises(TagNotFound) as caught:
        client_of(far).resolve(reference_at(far, "app:1.4"), task)
    assert caught.value.nearest[:2] == ("1.40", "1.3")
    assert "1.40" in caught.value.hint


def test_a_missing_repository_is_called_that(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    with pytest.raises(RepositoryNotFound, match="No repository nope") as caught:
        client_of(far).resolve(reference_at(far, "nope:1"), task)
    assert caught.value.repository == "nope"


def test_a_forbidden_repository_may_be_private(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    denied = b'{"errors":[{"code":"DENIED","message":"requested access is denied"}]}'
    far.on("GET", "/v2/app/manifests/1", Reply(403, body=denied))
    with pytest.raises(SignInNeeded, match="Sign in to pull app"):
        client_of(far).resolve(reference_at(far), task)

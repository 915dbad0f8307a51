"""Registries that are busy, lose what they were sent or take nothing (N09)."""

from __future__ import annotations

import pytest

from layerscope.engine.errors import (
    BlobDamaged,
    DigestMismatch,
    NotARegistry,
    RegistryRefused,
)
from layerscope.engine.oci import Digest
from layerscope.engine.registry import (
    push_blob,
    upload,
)
from layerscope.engine.task import Task
from support.hostile_uploads import UploadRegistry
from support.pushed_layers import LARGE, SMALL, bytes_from, held, push
from support.replies import Reply
from support.visitors import (
    SLOW,
    ClientOf,
    cancelled_when,
    config_for,
    layer_of,
    with_patience,
)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_registry_is_asked_again_when_it_says(
    up: UploadRegistry, client_of: ClientOf, task: Task, status: int
) -> None:
    for method, path in (("POST", ""), ("PATCH", "session-1"), ("PUT", "session-2")):
        key = (method, f"/v2/team/app/blobs/uploads/{path}")

        def once(_seen: object, key: tuple[str, str] = key) -> Reply:
            del up.scripts[key]
            return Reply(status, {"Retry-After": "0"})

        up.on(*key, once)
    assert push(client_of(up), LARGE, task).retries == 2
    assert held(up, LARGE)


def test_a_registry_that_has_other_bytes_gets_one_more_try(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    wrong = Reply(201, {"Docker-Content-Digest": str(Digest.of(b"other"))})
    for number in (1, 2):
        up.on("PUT", f"/v2/team/app/blobs/uploads/session-{number}", wrong)
    with pytest.raises(DigestMismatch, match="damaged"):
        push(client_of(up), LARGE, task)
    assert len(up.sent("PUT")) == 2


def test_a_blob_that_is_nowhere_afterwards_was_not_pushed(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.on("PUT", "/v2/team/app/blobs/uploads/session-1", Reply(201))
    with pytest.raises(DigestMismatch):
        push(client_of(up), SMALL, task)


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_a_server_that_says_200_to_everything_is_no_registry(
    up: UploadRegistry, client_of: ClientOf, task: Task, method: str
) -> None:
    path = "/v2/team/app/blobs/uploads/" + ("" if method == "POST" else "session-1")
    up.on(method, path, Reply(200, {"Content-Type": "text/html"}, b"<h1>Welcome"))
    with pytest.raises(NotARegistry):
        push(client_of(up), LARGE, task)


def test_a_limit_to_requests_means_smaller_parts(
    up: UploadRegistry, client_of: ClientOf, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "_CHUNK", 1 << 20)
    up.largest, up.least = 1_200_000, 1_100_000
    push(client_of(up), LARGE, task)
    assert held(up, LARGE)
    sizes = [len(seen.body) for seen in up.sent("PATCH")[1:]]
    assert all(size >= 1_100_000 for size in sizes[:-1])


def test_a_registry_that_takes_nothing_says_why(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.largest = 5
    with pytest.raises(RegistryRefused, match="takes no parts"):
        push(client_of(up), LARGE, task)


def test_a_stored_blob_that_is_too_short_stops_the_push(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    layer = layer_of(LARGE)
    with pytest.raises(BlobDamaged):
        push_blob(client_of(up), "team/app", layer, bytes_from(LARGE[:-1]), task)
    assert not up.blobs


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("HEAD", f"/v2/team/app/blobs/{Digest.of(LARGE)}"),
        ("POST", "/v2/team/app/blobs/uploads/"),
        ("PATCH", "/v2/team/app/blobs/uploads/session-1"),
        ("PUT", "/v2/team/app/blobs/uploads/session-1"),
    ],
)
def test_cancel_answers_whatever_the_registry_is_silent_about(
    up: UploadRegistry, client_of: ClientOf, method: str, path: str
) -> None:
    up.on(method, path, Reply(stall=-1))
    client = client_of(up, with_patience(config_for(up), **SLOW))
    with cancelled_when(up.stalled) as task:
        push(client, LARGE, task)


def test_cancel_answers_while_the_registry_does_not_read(
    up: UploadRegistry, client_of: ClientOf
) -> None:
    up.slow_reader = True
    data = bytes(64 << 20)
    client = client_of(up, with_patience(config_for(up), **SLOW))
    with cancelled_when(up.stalled) as task:
        push(client, data, task)


def test_cancel_answers_while_waiting_to_try_again(up: UploadRegistry, client_of: ClientOf) -> None:
    up.on("PATCH", "/v2/team/app/blobs/uploads/session-1", Reply(503, {"Retry-After": "50"}))
    client = client_of(up, with_patience(config_for(up), longest_wait=60.0))
    with cancelled_when(up.accepted) as task:
        push(client, LARGE, task)

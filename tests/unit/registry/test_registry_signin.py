"""Who sees which secret: row N05 of the table of faults."""

from __future__ import annotations

import json
import threading

import pytest

from layerscope.engine.errors import (
    NotARegistry,
    SignInNeeded,
)
from layerscope.engine.registry import Login
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply, bearer
from support.token_servers import guard, token_of
from support.visitors import ADA, CANARY, ClientOf, config_for, reference_at

DATA = b"layer" * 1000


@pytest.mark.parametrize("key", ["token", "access_token"])
def test_a_token_is_fetched_and_used(
    far: HostileRegistry, client_of: ClientOf, task: Task, key: str
) -> None:
    far.serve_image("app", "1", [DATA])
    guard(far, f"{far.url}/token")
    far.on("GET", "/token", Reply(body=json.dumps({key: "t0ken"}).encode()))
    client_of(far, config_for(far, login=ADA)).resolve(reference_at(far), task)
    (asked,) = far.asked("GET", "/token")
    assert asked.target == "/token?service=registry&scope=repository%3Aapp%3Apull&account=ada"
    assert asked.headers["authorization"] == ADA.basic


def test_a_stranger_asks_for_a_token_without_a_name(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    guard(far, f"{far.url}/token?keep=me")
    far.on("GET", "/token", token_of())
    client_of(far).resolve(reference_at(far), task)
    (asked,) = far.asked("GET", "/token")
    assert "authorization" not in asked.headers
    assert asked.target.startswith("/token?keep=me&service=registry&scope=")


def test_a_token_is_fetched_once_by_many_threads_and_kept(
    far: HostileRegistry, client_of: ClientOf
) -> None:
    far.serve_image("app", "1", [DATA])
    guard(far, f"{far.url}/token")
    far.on("GET", "/token", token_of(expires_in=0))  # treated as a minute
    client = client_of(far)
    threads = [
        threading.Thread(target=lambda: client.resolve(reference_at(far), Task()))
        for _number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(far.asked("GET", "/token")) == 1


def test_a_token_that_is_refused_is_renewed_once(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    guard(far, f"{far.url}/token", token="second", error="invalid_token")
    far.on("GET", "/token", token_of("first"), token_of("second"))
    client_of(far).resolve(reference_at(far), task)
    assert len(far.asked("GET", "/token")) == 2


def test_a_registry_that_refuses_every_token_is_asked_twice(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/", Reply(401, challenges=[bearer(f"{far.url}/token")]))
    far.on("GET", "/v2/app/manifests/1", Reply(401, challenges=[bearer(f"{far.url}/token")]))
    far.on("GET", "/token", token_of())
    with pytest.raises(SignInNeeded) as caught:
        client_of(far).resolve(reference_at(far), task)
    assert caught.value.repository == "app"
    assert len(far.asked("GET", "/v2/app/manifests/1")) == 2


def test_a_401_without_challenge_uses_the_one_of_the_ping(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    proper = far.scripts["GET", "/v2/app/manifests/1"][0]
    assert isinstance(proper, Reply)
    far.on("GET", "/v2/app/manifests/1", Reply(401), proper)
    far.on("GET", "/v2/", Reply(401, challenges=[bearer(f"{far.url}/token")]))
    far.on("GET", "/token", token_of())
    client_of(far).resolve(reference_at(far), task)


def test_a_scope_wider_than_pulling_is_cut_down(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    wide = "repository:app:pull,push,delete registry:catalog:* repository:other:*"
    guard(far, f"{far.url}/token", token="second", scope=wide)
    far.on("GET", "/token", token_of("first"), token_of("second"))
    client_of(far).resolve(reference_at(far), task)
    target = far.asked("GET", "/token")[-1].target
    assert "push" not in target
    assert "delete" not in target
    assert "catalog" not in target
    assert "repository%3Aother%3Apull" in target


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"{}"),
        Reply(body=b'{"token": 7}'),
        Reply(body=b'{"token": "a\\r\\nX-Evil: 1"}'),
        Reply(body=b"<html>"),
        Reply(body=b'{"token": "' + b"x" * 70_000 + b'"}'),
        Reply(body=b"x" * 4096, length=-1, endless=True),
    ],
    ids=["none", "number", "header", "page", "long", "endless"],
)
def test_an_answer_without_a_token_is_refused(
    far: HostileRegistry, client_of: ClientOf, task: Task, reply: Reply
) -> None:
    far.serve_image("app", "1", [DATA])
    guard(far, f"{far.url}/token")
    far.on("GET", "/token", reply)
    with pytest.raises(NotARegistry):
        client_of(far).resolve(reference_at(far), task)


def test_an_identity_token_is_exchanged(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    guard(far, f"{far.url}/token")
    far.on("POST", "/token", Reply(body=b'{"access_token": "t0ken"}'))
    login = Login(identity_token=CANARY)
    client_of(far, config_for(far, login=login)).resolve(reference_at(far), task)
    (asked,) = far.asked("POST", "/token")
    assert b"grant_type=refresh_token" in asked.body
    assert CANARY.encode() in asked.body
    assert b"scope=repository%3Aapp%3Apull" in asked.body


def test_a_registry_token_is_shown_as_it_is(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    guard(far, f"{far.url}/token", token=CANARY)
    client_of(far, config_for(far, login=Login(registry_token=CANARY))).resolve(
        reference_at(far), task
    )
    assert not far.asked("GET", "/token")


def test_a_password_is_shown_to_a_registry_that_wants_basic(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    far.on("GET", "/v2/", Reply(401, challenges=['Negotiate, Basic realm="x"']))
    client_of(far, config_for(far, login=ADA)).resolve(reference_at(far), task)
    assert far.requests[-1].headers["authorization"] == ADA.basic
    assert "authorization" not in far.requests[0].headers, "shown before it was asked for"


def test_a_password_is_not_shown_where_nobody_asks(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    client_of(far, config_for(far, login=ADA)).resolve(reference_at(far), task)
    assert not far.heard(CANARY)


def test_a_wrong_password_is_not_tried_again(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/", Reply(401, challenges=['Basic realm="x"']))
    far.on("GET", "/v2/app/manifests/1", Reply(401, challenges=['Basic realm="x"']))
    with pytest.raises(SignInNeeded, match="stored sign-in"):
        client_of(far, config_for(far, login=ADA)).resolve(reference_at(far), task)
    assert len(far.asked("GET", "/v2/app/manifests/1")) == 1

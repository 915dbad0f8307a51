"""Who sees which secret while something is pushed; N09 of the table of faults."""

from __future__ import annotations

import json

import pytest

from layerscope.engine.errors import (
    RegistryRefused,
    SignInNeeded,
)
from layerscope.engine.registry.ask import narrowed
from layerscope.engine.registry.http.answer import Answer
from layerscope.engine.registry.http.origin import Origin
from layerscope.engine.registry.http.redirects import named_place
from layerscope.engine.task import Task
from support.hostile_uploads import UploadRegistry
from support.pushed_layers import LARGE, SMALL, held, push
from support.replies import Reply, bearer
from support.visitors import (
    ADA,
    CANARY,
    ClientOf,
    config_for,
)


def test_a_token_that_can_write_is_asked_for_one_repository_and_one_to_read(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.on("GET", "/v2/", Reply(401, challenges=[bearer(f"{up.url}/token")]))
    up.on("GET", "/token", Reply(body=json.dumps({"token": "t0ken"}).encode()))
    up.wanted, up.challenge = "Bearer t0ken", bearer(f"{up.url}/token")
    push(client_of(up, config_for(up, login=ADA)), SMALL, task, mount_from=("library/base",))
    scopes = {seen.target.partition("scope=")[2] for seen in up.asked("GET", "/token")}
    mine = "repository%3Ateam%2Fapp%3Apull%2Cpush"
    assert scopes == {
        f"{mine}&account=ada",
        f"{mine}&scope=repository%3Alibrary%2Fbase%3Apull&account=ada",
    }
    assert held(up, SMALL)


def test_an_upload_elsewhere_gets_the_bytes_and_no_secret(
    up: UploadRegistry, store: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    store.uploads["session-1"] = bytearray()
    up.storage = store.storage = store.url
    up.on("GET", "/v2/", Reply(401, challenges=['Basic realm="here"']))
    up.wanted, up.challenge = ADA.basic, 'Basic realm="here"'

    def arrived(seen: object) -> Reply:
        del store.scripts["PUT", "/v2/team/app/blobs/uploads/session-1"]
        done = store._put(seen, "team/app")  # type: ignore[arg-type]  # a Seen
        up.blobs.update(store.blobs)
        return done

    store.on("PUT", "/v2/team/app/blobs/uploads/session-1", arrived)
    assert push(client_of(up, config_for(up, store, login=ADA)), LARGE, task).sent == len(LARGE)
    assert up.heard(CANARY)
    assert not store.heard(CANARY)
    assert all("authorization" not in seen.headers for seen in store.requests)


def test_a_way_that_led_elsewhere_leads_back_without_the_secret(
    up: UploadRegistry, store: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    """Else whoever stores the bytes could have us do anything in our name."""
    up.storage = store.url
    store.uploads["session-1"] = bytearray()
    back = f"{up.url}/v2/victim/blobs/uploads/session-9?"
    answer = Reply(202, {"Location": back})
    store.on("PATCH", "/v2/team/app/blobs/uploads/session-1", answer)
    up.on("GET", "/v2/", Reply(401, challenges=['Basic realm="here"']))
    up.wanted, up.challenge = ADA.basic, 'Basic realm="here"'
    with pytest.raises(SignInNeeded):
        push(client_of(up, config_for(up, store, login=ADA)), LARGE, task)
    (led,) = [seen for seen in up.requests if "victim" in seen.path]
    assert "authorization" not in led.headers


def test_a_storage_that_asks_who_we_are_is_not_told(
    up: UploadRegistry, store: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.storage = store.url
    store.wanted, store.challenge = "anything", bearer(f"{store.url}/token")
    store.on("GET", "/token", Reply(body=b'{"token": "x"}'))
    up.wanted, up.challenge = ADA.basic, 'Basic realm="here"'
    up.on("GET", "/v2/", Reply(401, challenges=['Basic realm="here"']))
    with pytest.raises(SignInNeeded):
        push(client_of(up, config_for(up, store, login=ADA)), LARGE, task)
    assert not store.heard(CANARY)


class _Told:
    """As much of an answer as a Location needs."""

    def __init__(self, url: str, location: str, peer: object = None) -> None:
        self.url, self.origin, self.status, self.peer = url, Origin.of(url), 202, peer
        self.headers = {"Location": location}


def _place(url: str, location: str) -> str:
    told: Answer = _Told(url, location)  # type: ignore[assignment]  # as much of it as is needed
    return named_place("r.example", Origin.of(url), told).url


def test_a_location_that_forgot_the_encryption_means_the_registry() -> None:
    here = "https://r.example:5000/v2/"
    assert _place(here, "http://r.example/u?x=%2F") == "https://r.example:5000/u?x=%2F"


@pytest.mark.parametrize(
    "location",
    [
        "http://other.example/u",
        "https://127.0.0.1/u",
        "https://169.254.169.254/u",
        "https://user:pass@r.example/u",
        "file:///etc/passwd",
        "https://r.example\\@evil.example/u",
    ],
)
def test_a_location_that_is_not_safe_is_refused(location: str) -> None:
    with pytest.raises(RegistryRefused):
        _place("https://r.example/v2/", location)


def test_scopes_are_cut_down_to_what_is_done() -> None:
    pushing = ("repository:team/app:pull,push",)
    pulling = ("repository:team/app:pull",)
    assert narrowed(("repository:team/app:pull,push,delete",), pushing) == pushing
    assert narrowed(("repository:team/app:*",), pulling) == pulling
    assert narrowed(("repository:bank/vault:pull,push",), pushing) == (
        "repository:bank/vault:pull",
    )
    assert narrowed(("repository:local/app:pull,push",), pushing, own_realm=True) == (
        "repository:local/app:pull,push",
    )
    assert narrowed(("repository:local/app:pull,push",), pulling, own_realm=True) == (
        "repository:local/app:pull",
    )

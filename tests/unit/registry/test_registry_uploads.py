"""Blobs and manifests on their way out: row N09 of the table of faults."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO

import pytest

from layerscope.engine.errors import (
    BlobDamaged,
    DigestMismatch,
    NotARegistry,
    RegistryRefused,
    SignInNeeded,
    Unreachable,
)
from layerscope.engine.oci import Descriptor, Digest, Manifest
from layerscope.engine.oci.media_types import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST
from layerscope.engine.registry import (
    Client,
    Login,
    Outcome,
    RegistryConfig,
    SendProgress,
    Sent,
    push_blob,
    put_document,
    upload,
)
from layerscope.engine.registry.ask import narrowed
from layerscope.engine.registry.http.answer import Answer
from layerscope.engine.registry.http.origin import Origin
from layerscope.engine.registry.http.redirects import named_place
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.hostile_uploads import UploadRegistry
from support.replies import Reply, bearer
from support.visitors import CANARY, cancelled_when, config_for, layer_of, with_patience

ClientOf = Callable[..., Client]
LARGE = random.Random(1).randbytes(3 << 20)
SMALL = b"a small layer"
ADA = Login("ada", CANARY, source="a test")
SLOW = {"stall_window": 60.0, "document_time": 60.0, "connect_time": 60.0}


@pytest.fixture
def up() -> Iterator[UploadRegistry]:
    with UploadRegistry() as registry:
        yield registry


@pytest.fixture
def store() -> Iterator[UploadRegistry]:
    """Another origin that takes uploads."""
    with UploadRegistry() as registry:
        yield registry


def _source(data: bytes) -> Callable[[int], BinaryIO]:
    return lambda offset: io.BytesIO(data[offset:])


def _push(client: Client, data: bytes, task: Task, **more: object) -> Sent:
    return push_blob(client, "team/app", layer_of(data), _source(data), task, **more)  # type: ignore[arg-type]  # report, mount_from


def _held(up: UploadRegistry, data: bytes) -> bool:
    return up.blobs.get("team/app", {}).get(str(Digest.of(data))) == data


# What goes well


@pytest.mark.parametrize("data", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
@pytest.mark.parametrize("relative", [True, False], ids=["relative", "absolute"])
def test_a_blob_arrives_byte_for_byte(
    up: UploadRegistry, client_of: ClientOf, task: Task, data: bytes, relative: bool
) -> None:
    up.relative = relative
    sent = _push(client_of(up), data, task)
    assert (sent.outcome, sent.sent, sent.twice) == (Outcome.PUSHED, len(data), 0)
    assert _held(up, data)


def test_the_query_of_a_location_is_kept_as_it_is(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    _push(client_of(up), SMALL, task)
    (put,) = up.sent("PUT")
    digest = str(Digest.of(SMALL)).replace(":", "%3A")
    assert put.target.partition("?")[2] == f"_state=a%2Fb%3D%3D&x&digest={digest}"


def test_what_is_there_is_not_sent(up: UploadRegistry, client_of: ClientOf, task: Task) -> None:
    up.blobs["team/app"] = {str(Digest.of(LARGE)): LARGE}
    assert _push(client_of(up), LARGE, task) == Sent(Outcome.EXISTS)
    assert not up.sent("POST")


def test_the_bytes_are_told_while_they_go(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    news: list[SendProgress] = []
    _push(client_of(up), LARGE, task, report=news.append)
    assert news[-1] == SendProgress(len(LARGE), len(LARGE), len(LARGE))
    assert [each.done for each in news] == sorted(each.done for each in news)


# Mounting


def test_a_blob_of_another_repository_is_mounted(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.blobs["library/base"] = {str(Digest.of(LARGE)): LARGE}
    sent = _push(client_of(up), LARGE, task, mount_from=("library/base",))
    assert sent == Sent(Outcome.MOUNTED, source="library/base")
    assert not up.sent("PATCH")
    assert not up.sent("PUT")


def test_an_ignored_mount_becomes_an_upload_of_the_same_session(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.mounts = False
    sent = _push(client_of(up), LARGE, task, mount_from=("library/base",))
    assert sent.outcome is Outcome.PUSHED
    assert len(up.sent("POST")) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 500])
def test_a_refused_mount_is_no_obstacle(
    up: UploadRegistry, client_of: ClientOf, task: Task, status: int
) -> None:
    def answer(seen: object) -> Reply:
        target = getattr(seen, "target", "")
        if "mount=" in target:
            return Reply(status)
        return up._begin(seen, "team/app")  # type: ignore[arg-type]  # a Seen

    up.on("POST", "/v2/team/app/blobs/uploads/", answer)
    assert _push(client_of(up), LARGE, task, mount_from=("base",)).outcome is Outcome.PUSHED
    assert _held(up, LARGE)


def test_a_mount_that_is_only_said_is_not_believed(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    def answer(seen: object) -> Reply:
        if "mount=" in getattr(seen, "target", ""):
            return Reply(201)
        return up._begin(seen, "team/app")  # type: ignore[arg-type]  # a Seen

    up.on("POST", "/v2/team/app/blobs/uploads/", answer)
    assert _push(client_of(up), LARGE, task, mount_from=("base",)).outcome is Outcome.PUSHED
    assert _held(up, LARGE)


# Broken connections


def test_an_upload_goes_on_where_the_registry_says(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.cuts = [1_500_000, 700_000]
    sent = _push(client_of(up), LARGE, task)
    assert _held(up, LARGE)
    assert len(up.sent("POST")) == 1
    first, second, third = up.sent("PATCH")
    assert "content-range" not in first.headers
    assert second.headers["content-range"] == f"1500000-{len(LARGE) - 1}"
    assert third.headers["content-range"] == f"2200000-{len(LARGE) - 1}"
    assert sent.sent == len(LARGE) + sent.twice
    assert sent.retries == 2


def test_an_upload_whose_session_is_gone_begins_anew(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.cuts, up.forgets = [1_500_000], True
    sent = _push(client_of(up), LARGE, task)
    assert _held(up, LARGE)
    assert len(up.sent("POST")) == 2
    assert sent.twice >= 1_500_000
    assert sent.sent == len(LARGE) + sent.twice


@pytest.mark.parametrize("cut", [0, 1])
def test_a_range_of_0_0_is_no_offset(
    up: UploadRegistry, client_of: ClientOf, task: Task, cut: int
) -> None:
    """It means nothing and one byte alike."""
    up.cuts = [cut]
    _push(client_of(up), LARGE, task)
    assert _held(up, LARGE)
    assert len(up.sent("POST")) == 2


def test_a_registry_that_is_silent_about_its_state_gets_a_new_upload(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.cuts, up.shy = [2_000_000], True
    _push(client_of(up), LARGE, task)
    assert _held(up, LARGE)
    assert len(up.sent("POST")) == 2


def test_a_part_that_is_stored_otherwise_than_sent_is_not_built_upon(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    def lie(_seen: object) -> Reply:
        del up.scripts["PATCH", "/v2/team/app/blobs/uploads/session-1"]
        return Reply(202, {"Range": "0-12"})

    up.on("PATCH", "/v2/team/app/blobs/uploads/session-1", lie)
    _push(client_of(up), LARGE, task)
    assert _held(up, LARGE)
    assert len(up.sent("POST")) == 2
    assert len(up.sent("PUT")) == 1


def test_a_lost_last_answer_is_no_reason_to_send_again(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    def stored_and_gone(seen: object) -> Reply:
        up._put(seen, "team/app")  # type: ignore[arg-type]  # a Seen
        return Reply(raw=b"")

    up.on("PUT", "/v2/team/app/blobs/uploads/session-1", stored_and_gone)
    sent = _push(client_of(up), LARGE, task)
    assert (sent.sent, sent.twice) == (len(LARGE), 0)
    assert len(up.sent("PUT")) == 1


def test_a_connection_that_always_breaks_is_given_up(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.cuts = [5] * 50
    up.forgets = True
    with pytest.raises(Unreachable):
        push_blob(client_of(up), "team/app", layer_of(SMALL), _source(SMALL), task)
    assert len(up.sent("PUT")) == 5


def test_a_registry_that_loses_every_upload_is_given_up_however_much_was_sent(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.cuts, up.forgets = [2_500_000] * 50, True
    with pytest.raises(Unreachable):
        _push(client_of(up), LARGE, task)
    assert len(up.sent("POST")) == 5


def test_a_bad_line_that_lets_a_little_through_each_time_is_good_enough(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    data = LARGE * 3
    up.cuts = [1_200_000] * 7
    assert _push(client_of(up), data, task).retries == 7
    assert _held(up, data)


# Registries that are not well


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
    assert _push(client_of(up), LARGE, task).retries == 2
    assert _held(up, LARGE)


def test_a_registry_that_has_other_bytes_gets_one_more_try(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    wrong = Reply(201, {"Docker-Content-Digest": str(Digest.of(b"other"))})
    for number in (1, 2):
        up.on("PUT", f"/v2/team/app/blobs/uploads/session-{number}", wrong)
    with pytest.raises(DigestMismatch, match="damaged"):
        _push(client_of(up), LARGE, task)
    assert len(up.sent("PUT")) == 2


def test_a_blob_that_is_nowhere_afterwards_was_not_pushed(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.on("PUT", "/v2/team/app/blobs/uploads/session-1", Reply(201))
    with pytest.raises(DigestMismatch):
        _push(client_of(up), SMALL, task)


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_a_server_that_says_200_to_everything_is_no_registry(
    up: UploadRegistry, client_of: ClientOf, task: Task, method: str
) -> None:
    path = "/v2/team/app/blobs/uploads/" + ("" if method == "POST" else "session-1")
    up.on(method, path, Reply(200, {"Content-Type": "text/html"}, b"<h1>Welcome"))
    with pytest.raises(NotARegistry):
        _push(client_of(up), LARGE, task)


def test_a_limit_to_requests_means_smaller_parts(
    up: UploadRegistry, client_of: ClientOf, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "_CHUNK", 1 << 20)
    up.largest, up.least = 1_200_000, 1_100_000
    _push(client_of(up), LARGE, task)
    assert _held(up, LARGE)
    sizes = [len(seen.body) for seen in up.sent("PATCH")[1:]]
    assert all(size >= 1_100_000 for size in sizes[:-1])


def test_a_registry_that_takes_nothing_says_why(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.largest = 5
    with pytest.raises(RegistryRefused, match="takes no parts"):
        _push(client_of(up), LARGE, task)


def test_a_stored_blob_that_is_too_short_stops_the_push(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    layer = layer_of(LARGE)
    with pytest.raises(BlobDamaged):
        push_blob(client_of(up), "team/app", layer, _source(LARGE[:-1]), task)
    assert not up.blobs


# Who sees which secret


def test_a_token_that_can_write_is_asked_for_one_repository_and_one_to_read(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.on("GET", "/v2/", Reply(401, challenges=[bearer(f"{up.url}/token")]))
    up.on("GET", "/token", Reply(body=json.dumps({"token": "t0ken"}).encode()))
    up.wanted, up.challenge = "Bearer t0ken", bearer(f"{up.url}/token")
    _push(client_of(up, config_for(up, login=ADA)), SMALL, task, mount_from=("library/base",))
    scopes = {seen.target.partition("scope=")[2] for seen in up.asked("GET", "/token")}
    mine = "repository%3Ateam%2Fapp%3Apull%2Cpush"
    assert scopes == {
        f"{mine}&account=ada",
        f"{mine}&scope=repository%3Alibrary%2Fbase%3Apull&account=ada",
    }
    assert _held(up, SMALL)


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
    assert _push(client_of(up, config_for(up, store, login=ADA)), LARGE, task).sent == len(LARGE)
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
        _push(client_of(up, config_for(up, store, login=ADA)), LARGE, task)
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
        _push(client_of(up, config_for(up, store, login=ADA)), LARGE, task)
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


# Cancelling


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
        _push(client, LARGE, task)


def test_cancel_answers_while_the_registry_does_not_read(
    up: UploadRegistry, client_of: ClientOf
) -> None:
    up.slow_reader = True
    data = bytes(64 << 20)
    client = client_of(up, with_patience(config_for(up), **SLOW))
    with cancelled_when(up.stalled) as task:
        _push(client, data, task)


def test_cancel_answers_while_waiting_to_try_again(up: UploadRegistry, client_of: ClientOf) -> None:
    up.on("PATCH", "/v2/team/app/blobs/uploads/session-1", Reply(503, {"Retry-After": "50"}))
    client = client_of(up, with_patience(config_for(up), longest_wait=60.0))
    with cancelled_when(up.accepted) as task:
        _push(client, LARGE, task)


# Manifests


def _manifest() -> Manifest:
    config = Descriptor(OCI_CONFIG, Digest.of(b"{}"), 2)
    layer = Descriptor(OCI_LAYER, Digest.of(SMALL), len(SMALL))
    raw = json.dumps({"schemaVersion": 2, "odd": "  kept  "}).encode()
    return Manifest(raw, OCI_MANIFEST, config, (layer,))


def test_a_manifest_arrives_byte_for_byte_with_its_type(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    manifest = _manifest()
    put_document(client_of(up), "team/app", manifest, "1.0", task)
    assert up.manifests["team/app"]["1.0"] == (manifest.raw, OCI_MANIFEST)


def test_a_registry_that_rewrites_manifests_is_found_out(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    up.manifests["team/app"] = {"1.0": (b"{}", OCI_MANIFEST)}
    up.on("PUT", "/v2/team/app/manifests/1.0", Reply(201))
    with pytest.raises(DigestMismatch, match="something else"):
        put_document(client_of(up), "team/app", _manifest(), "1.0", task)


def test_a_tag_that_somebody_else_took_meanwhile_is_told_apart(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    manifest = _manifest()
    digest = str(manifest.digest)
    up.manifests["team/app"] = {
        "1.0": (b"{}", OCI_MANIFEST),
        digest: (manifest.raw, OCI_MANIFEST),
    }
    up.on("PUT", "/v2/team/app/manifests/1.0", Reply(201, {"Docker-Content-Digest": digest}))
    with pytest.raises(DigestMismatch, match="another image meanwhile"):
        put_document(client_of(up), "team/app", manifest, "1.0", task)


def test_a_manifest_that_is_not_taken_says_what_the_registry_says(
    up: UploadRegistry, client_of: ClientOf, task: Task
) -> None:
    body = b'{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown"}]}'
    up.on("PUT", "/v2/team/app/manifests/1.0", Reply(404, body=body))
    with pytest.raises(RegistryRefused, match="blob unknown"):
        put_document(client_of(up), "team/app", _manifest(), "1.0", task)


def test_a_stranger_who_pushes_is_told_to_sign_in(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    config: RegistryConfig = replace(config_for(far), credentials=config_for(far).credentials)
    for method, path in (
        ("HEAD", f"/v2/team/app/blobs/{Digest.of(SMALL)}"),
        ("POST", "/v2/team/app/blobs/uploads/"),
    ):
        far.on(method, path, Reply(401, challenges=['Basic realm="x"']))
    with pytest.raises(SignInNeeded, match="Sign in to push to team/app") as caught:
        _push(client_of(far, config), SMALL, task)
    assert f"layerscope login {far.host}" in caught.value.hint

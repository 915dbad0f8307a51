"""Registries that cut, stall, lie, lead astray or ask for a password: seen from a pull."""

from __future__ import annotations

import gzip
import random

import pytest

from layerscope.engine.errors import (
    DigestMismatch,
    LayerscopeError,
    NotARegistry,
    RateLimited,
    RegistryError,
    SignInNeeded,
    Stalled,
)
from layerscope.engine.library import open_library, remote
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.oci import Digest
from layerscope.engine.registry import Login, Registries
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support.bad_inputs import Door
from support.hostile_registry import OCI_MANIFEST, HostileRegistry
from support.replies import Answering, Reply, Seen, bearer, redirect
from support.tars import member, tar
from support.visitors import CANARY, cancelled_when, config_for

LAYER = gzip.compress(tar(member(b"noise", random.Random(7).randbytes(200_000))), 0, mtime=0)
DIGEST = str(Digest.of(LAYER))
BLOB = f"/v2/app/blobs/{DIGEST}"
WHOLE = Reply(body=LAYER, ranges=True)


class Far:
    """app:1 of a registry, with one layer."""

    def __init__(self, door: Door, registry: HostileRegistry) -> None:
        self.door = door
        self.registry = registry
        self.reference = f"{registry.host}/app:1"
        registry.serve_image("app", "1", [LAYER])

    def pull(self) -> object:
        return self.door.library.pull(self.reference, task=Task())

    def refused(self, kind: type[LayerscopeError], *names: str) -> LayerscopeError:
        error = self.door.refused(kind, self.pull, *names)
        self.door.complaint("pull", self.reference)
        assert self.reference not in self.door.names()
        assert not (self.door.store / "blobs/sha256" / DIGEST[7:]).exists()
        return error

    def works(self) -> None:
        """The same call, once the registry has come to its senses."""
        self.registry.on("GET", BLOB, WHOLE)
        self.pull()
        assert set(self.door.rows(self.reference)) == {b"noise"}
        assert self.door.library.verify(task=Task()).findings == ()


@pytest.fixture
def app(door: Door, far: HostileRegistry) -> Far:
    return Far(door, far)


# N01

BODIES: dict[str, tuple[Reply, type[LayerscopeError]]] = {
    "N01-shorter-than-it-says": (Reply(body=LAYER, cut=90_000), RegistryError),
    "N01-longer": (Reply(body=LAYER + b"more", ranges=False), DigestMismatch),
    "N01-cut-without-length": (Reply(body=LAYER, cut=90_000, length=-1), RegistryError),
    "N01-cut-in-chunks": (Reply(body=LAYER, cut=90_000, chunked=True), RegistryError),
    "N01-wrong-bytes": (Reply(body=bytes(len(LAYER))), DigestMismatch),
    "N01-nothing": (Reply(body=b""), RegistryError),
    "N01-endless": (Reply(body=LAYER, endless=True, chunked=True), DigestMismatch),
}


@pytest.mark.parametrize(("reply", "kind"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_not_the_blob_is_never_stored(
    app: Far, reply: Reply, kind: type[LayerscopeError]
) -> None:
    app.registry.on("GET", BLOB, reply)
    error = app.refused(kind, app.registry.host)
    if isinstance(error, DigestMismatch):
        assert "Expected" in error.hint
    app.works()


# N02


RESUMES: dict[str, Reply] = {
    "N02-200-to-a-range": Reply(body=LAYER),
    "N02-wrong-range": Reply(
        206, {"Content-Range": f"bytes 5-{len(LAYER) - 1}/{len(LAYER)}"}, LAYER[5:]
    ),
    "N02-other-total": Reply(
        206, {"Content-Range": f"bytes 90000-{len(LAYER) + 8}/{len(LAYER) + 9}"},
        LAYER[90_000:] + b"x" * 9,
    ),
    "N02-416": Reply(416, {"Content-Range": f"bytes */{len(LAYER)}"}),
    "N02-other-etag": Reply(body=LAYER, headers={"ETag": '"other"'}),
    "N02-range-nonsense": Reply(206, {"Content-Range": "bytes x-y/z"}, LAYER[90_000:]),
}  # fmt: skip


@pytest.mark.parametrize("answer", RESUMES.values(), ids=RESUMES)
def test_a_resume_that_is_answered_oddly_ends_with_the_right_bytes(app: Far, answer: Reply) -> None:
    first = Reply(body=LAYER, cut=90_000, headers={"ETag": '"one"'})
    app.registry.on("GET", BLOB, first, answer, WHOLE)
    app.pull()
    assert set(app.door.rows(app.reference)) == {b"noise"}
    assert app.door.library.verify(task=Task()).findings == ()


# N03


@pytest.mark.parametrize("coding", ["gzip", "zstd", "br"], ids="N03-{}".format)
def test_a_coding_that_nobody_asked_for_changes_no_byte(app: Far, coding: str) -> None:
    app.registry.on("GET", BLOB, Reply(body=LAYER, headers={"Content-Encoding": coding}))
    app.pull()
    assert (app.door.store / "blobs/sha256" / DIGEST[7:]).read_bytes() == LAYER
    (asked,) = app.registry.asked("GET", BLOB)
    assert asked.headers["accept-encoding"] == "identity"


# N04

SLOW: dict[str, Reply] = {
    "N04-one-byte-at-a-time": Reply(body=LAYER, pace=0.05),
    "N04-silence-at-once": Reply(body=LAYER, stall=-1),
    "N04-silence-in-the-headers": Reply(body=LAYER, stall=-2),
    "N04-silence-in-the-body": Reply(body=LAYER, stall=50_000),
}


@pytest.mark.parametrize("reply", SLOW.values(), ids=SLOW)
def test_a_registry_that_says_nothing_is_given_up(app: Far, reply: Reply) -> None:
    app.registry.on("GET", BLOB, reply)
    with pytest.raises(Stalled) as caught:
        app.pull()
    assert app.registry.host in str(caught.value)
    assert app.reference not in app.door.names()
    app.works()


@pytest.mark.parametrize("reply", list(SLOW.values())[1:], ids=list(SLOW)[1:])
def test_a_cancel_is_answered_in_every_silence(app: Far, reply: Reply) -> None:
    app.registry.on("GET", BLOB, reply)
    with cancelled_when(app.registry.stalled) as task:
        app.door.library.pull(app.reference, task=task)
    app.works()


def test_a_server_that_accepts_and_never_speaks_is_given_up(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N04"""
    with HostileRegistry(silent=True) as mute:
        monkeypatch.setattr(
            remote, "make_registries", lambda settings, hosts, logins: Registries(config_for(mute))
        )
        with pytest.raises(RegistryError, match="127"):
            door.library.pull(f"{mute.host}/app:1", task=Task())
    assert door.names() == {"good:1"}


# N05


@pytest.fixture
def signed_in(door: Door, far: HostileRegistry, monkeypatch: pytest.MonkeyPatch) -> Far:
    """A person with a login for the registry."""
    config = config_for(far, login=Login("me", CANARY))
    monkeypatch.setattr(
        remote, "make_registries", lambda settings, hosts, logins: Registries(config)
    )
    library = open_library(door.store, InlinePasses())
    return Far(Door(door.folder, library, door.capture), far)


def challenged(far: HostileRegistry, *challenges: str) -> None:
    for path in ("/v2/", "/v2/app/manifests/1"):
        far.on("GET", path, Reply(401, challenges=challenges))
        far.on("HEAD", path, Reply(401, challenges=challenges))


REALMS = {
    "N05-link-local": "http://169.254.169.254/token",
    "N05-file": "file:///etc/passwd",
    "N05-nonsense": "::::",
    "N05-newline": "http://127.0.0.1/\r\nX: y",
}


@pytest.mark.parametrize("realm", REALMS.values(), ids=REALMS)
def test_a_realm_that_is_no_place_for_logins_is_refused(signed_in: Far, realm: str) -> None:
    far = signed_in.registry
    challenged(far, bearer(realm.replace("\r\n", "%0d%0a"), scope="repository:app:pull"))
    signed_in.refused(RegistryError, far.host)
    assert not far.heard(CANARY)


def test_a_realm_on_another_host_never_sees_the_login(signed_in: Far) -> None:
    """N05"""
    with HostileRegistry() as thief:
        thief.on("GET", "/token", Reply(body=b'{"token":"t"}'))
        challenged(signed_in.registry, bearer(f"{thief.url}/token", scope="repository:app:pull"))
        signed_in.refused(RegistryError, signed_in.registry.host)
        assert not thief.heard(CANARY)


def test_a_token_request_follows_no_redirect(signed_in: Far) -> None:
    """N05"""
    far = signed_in.registry
    with HostileRegistry() as thief:
        challenged(far, bearer(f"{far.url}/token", scope="repository:app:pull"))
        far.on("GET", "/token", redirect(f"{thief.url}/token", 302))
        signed_in.refused(RegistryError, far.host)
        assert thief.requests == []


def test_a_registry_that_refuses_every_token_is_not_asked_for_ever(signed_in: Far) -> None:
    """N05: the 401 loop, with a token that never expires and a scope for everything."""
    far = signed_in.registry
    challenged(far, bearer(f"{far.url}/token", scope="registry:catalog:* repository:app:*"))
    far.on("GET", "/token", Reply(body=b'{"token":"t"}'))
    signed_in.refused(SignInNeeded, "app")
    assert len(far.requests) < 60
    scopes = [seen.target for seen in far.requests if seen.path == "/token"]
    assert not any("catalog" in scope or "*" in scope for scope in scopes)


def test_a_token_beyond_its_limit_is_refused(signed_in: Far) -> None:
    """N05"""
    far = signed_in.registry
    challenged(far, bearer(f"{far.url}/token", scope="repository:app:pull"))
    far.on("GET", "/token", Reply(body=b'{"token":"' + b"t" * 100_000 + b'"}'))
    signed_in.refused(RegistryError, far.host)


# N06


def test_a_redirect_elsewhere_sees_no_login_and_gives_the_blob(signed_in: Far) -> None:
    """N06"""
    far = signed_in.registry
    challenge = 'Basic realm="far"'

    def guarded(answer: Reply) -> Answering:
        def answering(seen: Seen) -> Reply:
            return answer if "authorization" in seen.headers else Reply(401, challenges=[challenge])

        return answering

    far.on("GET", "/v2/", guarded(Reply(body=b"{}")))
    with HostileRegistry() as other:
        for path, answers in dict(far.scripts).items():
            if path[1] not in ("/v2/",) and isinstance(answers[0], Reply):
                far.on(*path, guarded(answers[0]))
        far.on("GET", BLOB, guarded(redirect(f"{other.url}/store/blob")))
        other.on("GET", "/store/blob", WHOLE)
        signed_in.pull()
        assert far.heard(CANARY)
        assert not other.heard(CANARY)
    assert set(signed_in.door.rows(signed_in.reference)) == {b"noise"}


AWAY: dict[str, str] = {
    "N06-loop": BLOB,
    "N06-file": "file:///etc/passwd",
    "N06-no-address": "http://",
    "N06-other-scheme": "gopher://127.0.0.1/x",
    "N06-newline": "http://127.0.0.1/%0d%0aX: y",
}


@pytest.mark.parametrize("target", AWAY.values(), ids=AWAY)
def test_a_redirect_to_no_proper_place_is_refused(app: Far, target: str) -> None:
    app.registry.on("GET", BLOB, redirect(target))
    app.refused(RegistryError, app.registry.host)
    assert len(app.registry.requests) < 200
    app.works()


def test_a_challenge_after_a_redirect_gets_no_login(signed_in: Far) -> None:
    """N06"""
    with HostileRegistry() as thief:
        thief.on("GET", "/blob", Reply(401, challenges=[bearer(f"{thief.url}/token")]))
        thief.on("GET", "/token", Reply(body=b'{"token":"t"}'))
        signed_in.registry.on("GET", BLOB, redirect(f"{thief.url}/blob"))
        signed_in.refused(RegistryError)
        assert not thief.heard(CANARY)


# N07

FAILURES: dict[str, Reply] = {
    f"N07-{status}": Reply(status, body=b"no") for status in (500, 502, 503, 504)
}


@pytest.mark.parametrize("reply", FAILURES.values(), ids=FAILURES)
def test_a_server_that_fails_is_tried_again_and_then_named(app: Far, reply: Reply) -> None:
    app.registry.on("GET", BLOB, reply)
    app.refused(RegistryError, app.registry.host)
    app.registry.on("GET", BLOB, reply, reply, WHOLE)
    app.pull()


WAITS = {"N07-a-day": "86400", "N07-date": "Fri, 31 Dec 2999 23:59:59 GMT"}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_a_limit_that_lasts_is_told_at_once(app: Far, wait: str) -> None:
    app.registry.on("GET", BLOB, Reply(429, {"Retry-After": wait}))
    app.refused(RateLimited, app.registry.host)
    app.works()


@pytest.mark.parametrize("wait", ["soon", "-1", "1e9", ""], ids="N07-retry-after-{}".format)
def test_a_wait_that_is_nonsense_is_our_own(app: Far, wait: str) -> None:
    app.registry.on("GET", BLOB, Reply(429, {"Retry-After": wait}), WHOLE)
    app.pull()


def test_a_reset_in_the_body_is_taken_up_where_it_broke(app: Far) -> None:
    """N07"""
    app.registry.on(
        "GET", BLOB, Reply(body=LAYER, cut=90_000, reset=True, ranges=True), WHOLE
    )  # fmt: skip
    app.pull()
    assert app.registry.asked("GET", BLOB)[-1].headers.get("range", "").startswith("bytes=")


PORTALS = {
    "N07-portal-everywhere": "/v2/",
    "N07-portal-for-the-manifest": "/v2/app/manifests/1",
}


@pytest.mark.parametrize("path", PORTALS.values(), ids=PORTALS)
def test_a_web_page_is_no_registry(app: Far, path: str) -> None:
    page = Reply(headers={"Content-Type": "text/html"}, body=b"<html>Sign in to the hotel</html>")
    for each in {path, "/v2/app/manifests/1"}:
        for method in ("GET", "HEAD"):
            app.registry.on(method, each, page)
    app.refused(NotARegistry, app.registry.host)


def test_a_web_page_instead_of_a_blob_is_no_blob(app: Far) -> None:
    """N07"""
    app.registry.on("GET", BLOB, Reply(headers={"Content-Type": "text/html"}, body=b"<html>"))
    app.refused(RegistryError, app.registry.host)
    app.works()


# N08


def test_a_tag_that_moves_meanwhile_is_the_one_it_was(app: Far) -> None:
    """N08: the blobs are those of the manifest that was resolved first."""
    old = app.registry.scripts["GET", "/v2/app/manifests/1"][0]
    other = gzip.compress(tar(member(b"moved", b"x")), mtime=0)
    digest = app.registry.serve_image("app", "2", [other])
    moved = app.registry.scripts["GET", "/v2/app/manifests/2"][0]
    app.registry.on("HEAD", "/v2/app/manifests/1", old)
    app.registry.on("GET", "/v2/app/manifests/1", old, moved)
    app.pull()
    assert set(app.door.rows(app.reference)) == {b"noise"}
    app.registry.on("HEAD", "/v2/app/manifests/1", moved)
    app.pull()
    assert set(app.door.rows(app.reference)) == {b"moved"}
    names = {row.digest for row in app.door.library.images(task=Task()).images if row.references}
    assert Digest.parse(digest) in names
    assert len(Store.open(app.door.store).entries()) == 3  # the one before it stays, untagged


def test_a_digest_that_answers_with_something_else_is_refused(app: Far) -> None:
    """N08"""
    wanted = f"sha256:{'7' * 64}"
    body = app.registry.scripts["GET", "/v2/app/manifests/1"][0]
    assert isinstance(body, Reply)
    app.registry.on("GET", f"/v2/app/manifests/{wanted}", body)
    reference = f"{app.registry.host}/app@{wanted}"
    app.door.refused(DigestMismatch, lambda: app.door.library.pull(reference, task=Task()), wanted)
    app.door.complaint("pull", reference)


def test_a_header_that_lies_about_the_digest_changes_nothing(app: Far) -> None:
    """N08"""
    good = app.registry.scripts["GET", "/v2/app/manifests/1"][0]
    assert isinstance(good, Reply)
    lie = Reply(
        headers={"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": f"sha256:{'8' * 64}"},
        body=good.body,
    )
    app.registry.on("GET", "/v2/app/manifests/1", lie)
    pulled = app.door.library.pull(app.reference, task=Task())
    assert pulled.digest == Digest.of(good.body)

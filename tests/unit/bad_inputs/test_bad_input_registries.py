"""Registries that cut, stall, lie, lead astray or ask for a password: seen from a pull."""

from __future__ import annotations

import gzip

import pytest

from layerscope.engine.errors import (
    DigestMismatch,
    LayerscopeError,
    NotARegistry,
    RateLimited,
    RegistryError,
    Stalled,
)
from layerscope.engine.library import remote
from layerscope.engine.oci import Digest
from layerscope.engine.registry import Login, Registries
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support.bad_inputs import Door
from support.far_images import BLOB, DIGEST, NOISE, WHOLE, FarLayer
from support.hostile_registry import OCI_MANIFEST, HostileRegistry
from support.replies import Reply
from support.tars import member, tar
from support.visitors import CANARY, cancelled_when, config_for, with_patience
from support.visitors import SLOW as SLOWLY

# N01

BODIES: dict[str, tuple[Reply, type[LayerscopeError]]] = {
    "N01-shorter-than-it-says": (Reply(body=NOISE, cut=90_000), RegistryError),
    "N01-says-less": (Reply(body=NOISE, length=1000), DigestMismatch),
    "N01-says-more": (Reply(body=NOISE, length=len(NOISE) + 9, cut=len(NOISE)), DigestMismatch),
    "N01-longer": (Reply(body=NOISE + b"more", ranges=False), DigestMismatch),
    "N01-cut-without-length": (Reply(body=NOISE, cut=90_000, length=-1), RegistryError),
    "N01-cut-in-chunks": (Reply(body=NOISE, cut=90_000, chunked=True), RegistryError),
    "N01-wrong-bytes": (Reply(body=bytes(len(NOISE))), DigestMismatch),
    "N01-nothing": (Reply(body=b""), RegistryError),
    "N01-endless": (Reply(body=NOISE, endless=True, chunked=True), DigestMismatch),
}


@pytest.mark.parametrize(("reply", "kind"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_not_the_blob_is_never_stored(
    app: FarLayer, reply: Reply, kind: type[LayerscopeError]
) -> None:
    app.registry.on("GET", BLOB, reply)
    error = app.refused(kind, app.registry.host)
    if isinstance(error, DigestMismatch):
        assert "Expected" in error.hint
    app.works()


# N02


RESUMES: dict[str, Reply] = {
    "N02-200-to-a-range": Reply(body=NOISE),
    "N02-wrong-range": Reply(
        206, {"Content-Range": f"bytes 5-{len(NOISE) - 1}/{len(NOISE)}"}, NOISE[5:]
    ),
    "N02-other-total": Reply(
        206, {"Content-Range": f"bytes 90000-{len(NOISE) + 8}/{len(NOISE) + 9}"},
        NOISE[90_000:] + b"x" * 9,
    ),
    "N02-416": Reply(416, {"Content-Range": f"bytes */{len(NOISE)}"}),
    "N02-other-etag": Reply(body=NOISE, headers={"ETag": '"other"'}),
    "N02-range-nonsense": Reply(206, {"Content-Range": "bytes x-y/z"}, NOISE[90_000:]),
}  # fmt: skip


@pytest.mark.parametrize("answer", RESUMES.values(), ids=RESUMES)
def test_a_resume_that_is_answered_oddly_ends_with_the_right_bytes(
    app: FarLayer, answer: Reply
) -> None:
    first = Reply(body=NOISE, cut=90_000, headers={"ETag": '"one"'})
    app.registry.on("GET", BLOB, first, answer, WHOLE)
    app.pull()
    assert set(app.door.rows(app.reference)) == {b"noise"}
    assert app.door.library.verify(task=Task()).findings == ()


# N03


@pytest.mark.parametrize("coding", ["gzip", "zstd", "br"], ids="N03-{}".format)
def test_a_coding_that_nobody_asked_for_changes_no_byte(app: FarLayer, coding: str) -> None:
    app.registry.on("GET", BLOB, Reply(body=NOISE, headers={"Content-Encoding": coding}))
    app.pull()
    assert (app.door.store / "blobs/sha256" / DIGEST[7:]).read_bytes() == NOISE
    (asked,) = app.registry.asked("GET", BLOB)
    assert asked.headers["accept-encoding"] == "identity"


# N04

SLOW: dict[str, Reply] = {
    "N04-one-byte-at-a-time": Reply(body=NOISE, pace=0.05),
    "N04-one-byte-of-the-headers-at-a-time": Reply(body=NOISE, head_pace=0.05),
    "N04-silence-at-once": Reply(body=NOISE, stall=-1),
    "N04-silence-in-the-headers": Reply(body=NOISE, stall=-2),
    "N04-silence-in-the-body": Reply(body=NOISE, stall=50_000),
}


@pytest.mark.parametrize("reply", SLOW.values(), ids=SLOW)
def test_a_registry_that_says_nothing_is_given_up(app: FarLayer, reply: Reply) -> None:
    app.registry.on("GET", BLOB, reply)
    with pytest.raises(Stalled) as caught:
        app.pull()
    assert app.registry.host in str(caught.value)
    assert app.reference not in app.door.names()
    app.works()


@pytest.mark.parametrize("reply", list(SLOW.values())[2:], ids=list(SLOW)[2:])
def test_a_cancel_is_answered_in_every_silence(
    app: FarLayer, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    config = with_patience(config_for(app.registry, login=Login("me", CANARY)), **SLOWLY)
    monkeypatch.setattr(
        remote, "make_registries", lambda settings, hosts, logins: Registries(config)
    )
    app.registry.on("GET", BLOB, reply)
    with cancelled_when(app.registry.stalled) as task:
        app.door.library.pull(app.reference, task=task)
    app.works()


def test_headers_without_end_are_an_end(app: FarLayer) -> None:
    """N04"""
    app.registry.on("GET", BLOB, Reply(endless_head=True))
    app.refused(RegistryError, app.registry.host)
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


# N07

FAILURES: dict[str, Reply] = {
    f"N07-{status}": Reply(status, body=b"no") for status in (500, 502, 503, 504)
}


@pytest.mark.parametrize("reply", FAILURES.values(), ids=FAILURES)
def test_a_server_that_fails_is_tried_again_and_then_named(app: FarLayer, reply: Reply) -> None:
    app.registry.on("GET", BLOB, reply)
    app.refused(RegistryError, app.registry.host)
    app.registry.on("GET", BLOB, reply, reply, WHOLE)
    app.pull()


WAITS = {"N07-a-day": "86400", "N07-date": "Fri, 31 Dec 2999 23:59:59 GMT"}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_a_limit_that_lasts_is_told_at_once(app: FarLayer, wait: str) -> None:
    app.registry.on("GET", BLOB, Reply(429, {"Retry-After": wait}))
    app.refused(RateLimited, app.registry.host)
    app.works()


@pytest.mark.parametrize("wait", ["soon", "-1", "1e9", ""], ids="N07-retry-after-{}".format)
def test_a_wait_that_is_nonsense_is_our_own(app: FarLayer, wait: str) -> None:
    app.registry.on("GET", BLOB, Reply(429, {"Retry-After": wait}), WHOLE)
    app.pull()


def test_a_reset_in_the_body_is_taken_up_where_it_broke(app: FarLayer) -> None:
    """N07"""
    app.registry.on(
        "GET", BLOB, Reply(body=NOISE, cut=90_000, reset=True, ranges=True), WHOLE
    )  # fmt: skip
    app.pull()
    assert app.registry.asked("GET", BLOB)[-1].headers.get("range", "").startswith("bytes=")


PORTALS = {
    "N07-portal-everywhere": "/v2/",
    "N07-portal-for-the-manifest": "/v2/app/manifests/1",
}


@pytest.mark.parametrize("path", PORTALS.values(), ids=PORTALS)
def test_a_web_page_is_no_registry(app: FarLayer, path: str) -> None:
    page = Reply(headers={"Content-Type": "text/html"}, body=b"<html>Sign in to the hotel</html>")
    for each in {path, "/v2/app/manifests/1"}:
        for method in ("GET", "HEAD"):
            app.registry.on(method, each, page)
    app.refused(NotARegistry, app.registry.host)


def test_a_web_page_instead_of_a_blob_is_no_blob(app: FarLayer) -> None:
    """N07"""
    app.registry.on("GET", BLOB, Reply(headers={"Content-Type": "text/html"}, body=b"<html>"))
    app.refused(RegistryError, app.registry.host)
    app.works()


# N08


def test_a_tag_that_moves_meanwhile_is_the_one_it_was(app: FarLayer) -> None:
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


def test_a_digest_that_answers_with_something_else_is_refused(app: FarLayer) -> None:
    """N08"""
    wanted = f"sha256:{'7' * 64}"
    body = app.registry.scripts["GET", "/v2/app/manifests/1"][0]
    assert isinstance(body, Reply)
    app.registry.on("GET", f"/v2/app/manifests/{wanted}", body)
    reference = f"{app.registry.host}/app@{wanted}"
    app.door.refused(DigestMismatch, lambda: app.door.library.pull(reference, task=Task()), wanted)
    app.door.complaint("pull", reference)


def test_a_header_that_lies_about_the_digest_changes_nothing(app: FarLayer) -> None:
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

"""Registries that want to see a login which is not theirs: seen from a pull."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from layerscope.engine.errors import (
    RegistryError,
    SignInNeeded,
)
from layerscope.engine.library import open_library, remote
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.registry import Login, Registries
from support.bad_inputs import Door
from support.canary import files_with
from support.far_images import BLOB, WHOLE, FarLayer
from support.hostile_registry import HostileRegistry
from support.replies import Answering, Reply, Seen, bearer, redirect
from support.visitors import CANARY, config_for


@pytest.fixture
def signed_in(
    door: Door, far: HostileRegistry, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FarLayer]:
    """A person with a login for the registry, which stands in no file afterwards."""
    config = config_for(far, login=Login("me", CANARY))
    monkeypatch.setattr(
        remote, "make_registries", lambda settings, hosts, logins: Registries(config)
    )
    library = open_library(door.store, InlinePasses())
    yield FarLayer(Door(door.folder, library, door.capture), far)
    assert files_with(CANARY, door.folder) == []


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
def test_a_realm_that_is_no_place_for_logins_is_refused(signed_in: FarLayer, realm: str) -> None:
    far = signed_in.registry
    challenged(far, bearer(realm.replace("\r\n", "%0d%0a"), scope="repository:app:pull"))
    signed_in.refused(RegistryError, far.host)
    assert not far.heard(CANARY)


def test_a_realm_on_another_host_never_sees_the_login(signed_in: FarLayer) -> None:
    """N05"""
    with HostileRegistry() as thief:
        thief.on("GET", "/token", Reply(body=b'{"token":"t"}'))
        challenged(signed_in.registry, bearer(f"{thief.url}/token", scope="repository:app:pull"))
        signed_in.refused(RegistryError, signed_in.registry.host)
        assert not thief.heard(CANARY)


def test_a_token_request_follows_no_redirect(signed_in: FarLayer) -> None:
    """N05"""
    far = signed_in.registry
    with HostileRegistry() as thief:
        challenged(far, bearer(f"{far.url}/token", scope="repository:app:pull"))
        far.on("GET", "/token", redirect(f"{thief.url}/token", 302))
        signed_in.refused(RegistryError, far.host)
        assert thief.requests == []


def test_a_registry_that_refuses_every_token_is_not_asked_for_ever(signed_in: FarLayer) -> None:
    """N05: the 401 loop, with a token that never expires and a scope for everything."""
    far = signed_in.registry
    challenged(far, bearer(f"{far.url}/token", scope="registry:catalog:* repository:app:*"))
    far.on("GET", "/token", Reply(body=b'{"token":"t"}'))
    signed_in.refused(SignInNeeded, "app")
    assert len(far.requests) < 60
    scopes = [seen.target for seen in far.requests if seen.path == "/token"]
    assert not any("catalog" in scope or "*" in scope for scope in scopes)


def test_a_token_beyond_its_limit_is_refused(signed_in: FarLayer) -> None:
    """N05"""
    far = signed_in.registry
    challenged(far, bearer(f"{far.url}/token", scope="repository:app:pull"))
    far.on("GET", "/token", Reply(body=b'{"token":"' + b"t" * 100_000 + b'"}'))
    signed_in.refused(RegistryError, far.host)


# N06


def test_a_redirect_elsewhere_sees_no_login_and_gives_the_blob(signed_in: FarLayer) -> None:
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
def test_a_redirect_to_no_proper_place_is_refused(app: FarLayer, target: str) -> None:
    app.registry.on("GET", BLOB, redirect(target))
    app.refused(RegistryError, app.registry.host)
    assert len(app.registry.requests) < 200
    app.works()


def test_a_challenge_after_a_redirect_gets_no_login(signed_in: FarLayer) -> None:
    """N06"""
    with HostileRegistry() as thief:
        thief.on("GET", "/blob", Reply(401, challenges=[bearer(f"{thief.url}/token")]))
        thief.on("GET", "/token", Reply(body=b'{"token":"t"}'))
        signed_in.registry.on("GET", BLOB, redirect(f"{thief.url}/blob"))
        signed_in.refused(RegistryError)
        assert not thief.heard(CANARY)

"""Rows N04 to N07 again, over every kind of other place: another port, another host, another
scheme, a name that nobody answers for, a proxy that says nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from layerscope.engine.errors import LayerscopeError, RegistryError
from layerscope.engine.library import remote
from layerscope.engine.registry import Login, Proxies, Registries, RegistryConfig
from layerscope.engine.task import LayerState, Task, TransferProgress
from support.bad_inputs import Door, is_one_sentence
from support.canary import files_with
from support.far_images import BLOB, DIGEST, WHOLE, FarLayer
from support.hostile_registry import HostileRegistry
from support.replies import Reply, bearer, redirect
from support.token_servers import guard, token_of
from support.visitors import CANARY, SLOW, cancelled_when, config_for, with_patience

TOKEN = "t0ken-0f-the-c4n4ry"
#: Where else something can be, seen from a registry at http://127.0.0.1:port.
PLACES = ("port", "host", "scheme")


@contextmanager
def elsewhere(place: str, certificates: Path) -> Iterator[HostileRegistry]:
    address = "127.0.0.2" if place == "host" else "127.0.0.1"
    with HostileRegistry(address, certificates / "both.pem" if place == "scheme" else None) as far:
        yield far


def use(monkeypatch: pytest.MonkeyPatch, config: RegistryConfig) -> None:
    monkeypatch.setattr(
        remote, "make_registries", lambda settings, hosts, logins: Registries(config)
    )


def knowing(certificates: Path, *plain: HostileRegistry, safe: HostileRegistry) -> RegistryConfig:
    """Somebody who is signed in and trusts the certificate of ``safe``."""
    config = config_for(*plain, login=Login("me", CANARY))
    return replace(config, ca_files={safe.host: certificates / "ca.pem"})


# N06


@pytest.mark.parametrize("place", PLACES, ids="N06-other-{}".format)
@pytest.mark.parametrize("shown", ["password", "token"])
def test_a_redirect_takes_no_secret_along(
    app: FarLayer,
    certificates: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    shown: str,
) -> None:
    far = app.registry
    with elsewhere(place, certificates) as other:
        use(monkeypatch, knowing(certificates, far, other, safe=other))
        far.on("GET", BLOB, redirect(f"{other.url}/blob"))
        other.on("GET", "/blob", WHOLE)
        if shown == "token":
            far.on("GET", "/v2/", Reply())
            guard(far, f"{far.url}/token", TOKEN)
            far.on("GET", "/token", token_of(TOKEN))
        app.pull()
        assert set(app.door.rows(app.reference)) == {b"noise"}
        assert other.asked("GET", "/blob")
        assert far.heard(CANARY)
        assert far.heard(TOKEN) is (shown == "token")
        assert not other.heard(CANARY)
        assert not other.heard(TOKEN)
        assert not any("authorization" in seen.headers for seen in other.requests)
    assert files_with(TOKEN, app.door.folder) == []


def test_a_redirect_from_https_to_http_is_not_followed(
    door: Door, certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N06"""
    with HostileRegistry(certificate=certificates / "both.pem") as far, HostileRegistry() as other:
        use(monkeypatch, knowing(certificates, other, safe=far))
        far.on("GET", "/v2/", Reply(401, challenges=['Basic realm="far"']))
        app = FarLayer(door, far)
        far.on("GET", BLOB, redirect(f"{other.url}/blob"))
        other.on("GET", "/blob", WHOLE)
        app.refused(RegistryError, far.host)
        assert not other.requests
        app.works()
    assert files_with(CANARY, door.folder) == []


def test_what_follows_a_way_through_another_place_is_asked_without_a_login(app: FarLayer) -> None:
    """N06: there and back; what comes back may be another question than ours."""
    far = app.registry
    with HostileRegistry() as other:
        far.on("GET", BLOB, redirect(f"{other.url}/out"))
        other.on("GET", "/out", redirect(f"{far.url}/v2/secret"))
        far.on("GET", "/v2/secret", WHOLE)
        app.pull()
        assert "authorization" not in far.asked("GET", "/v2/secret")[0].headers
        assert not other.heard(CANARY)


# N05


@pytest.mark.parametrize("place", PLACES, ids="N05-other-{}".format)
def test_a_realm_elsewhere_is_named_and_learns_nothing(
    app: FarLayer, certificates: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    far = app.registry
    with elsewhere(place, certificates) as thief:
        use(monkeypatch, knowing(certificates, far, thief, safe=thief))
        far.on("GET", "/v2/", Reply())
        guard(far, f"{thief.url}/token", TOKEN)
        for refusal in (Reply(401), Reply(404), Reply(500), Reply(body=b"<html>")):
            thief.on("GET", "/token", refusal)
            error = app.refused(RegistryError, far.host)
            assert thief.host in f"{error} {error.hint}", "the user cannot see who asks"
        assert not thief.heard(CANARY)


def test_a_realm_without_tls_gets_no_login_of_a_registry_with_it(
    door: Door, certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N05"""
    with HostileRegistry(certificate=certificates / "both.pem") as far, HostileRegistry() as thief:
        use(monkeypatch, knowing(certificates, thief, safe=far))
        app = FarLayer(door, far)
        guard(far, f"{thief.url}/token", TOKEN)
        thief.on("GET", "/token", token_of(TOKEN))
        with pytest.raises(LayerscopeError):
            app.pull()
        assert not thief.heard(CANARY)
    assert files_with(CANARY, door.folder) == []


def test_many_challenges_at_once_are_no_reason_to_tell_all(app: FarLayer) -> None:
    """N05: a thousand of them, each with a realm elsewhere."""
    far = app.registry
    with HostileRegistry() as thief:
        realms = [bearer(f"{thief.url}/token{number}") for number in range(90)]
        flood = [*realms, ", ".join(realms * 11)]
        for path in ("/v2/", "/v2/app/manifests/1"):
            for method in ("GET", "HEAD"):
                far.on(method, path, Reply(401, challenges=flood))
        app.refused(RegistryError, far.host)
        assert not thief.heard(CANARY)
        assert len(thief.requests) < 20
        assert len(far.requests) < 40


def test_a_registry_that_wants_a_new_token_each_time_is_soon_left(app: FarLayer) -> None:
    """N05: every token is fresh and none is good enough."""
    far = app.registry
    guard(far, f"{far.url}/token", "never-given")
    far.on("GET", "/v2/", Reply(401, challenges=[bearer(f"{far.url}/token")]))
    tokens = iter(range(10_000))
    far.on("GET", "/token", lambda _seen: token_of(f"t{next(tokens)}", expires_in=0))
    app.refused(RegistryError, far.host)
    assert len(far.requests) < 60


# N04


def test_a_name_that_nobody_looks_up_is_given_up(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N04"""
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args: over.wait(20) and [])
    use(monkeypatch, with_patience(config_for(), connect_time=0.2))
    _given_up(door, "registry.example/app:1", "registry.example")
    over.set()


def test_a_handshake_that_nobody_answers_is_given_up(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N04"""
    with HostileRegistry(silent=True) as mute:
        found = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", mute.port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args: [found])
        use(monkeypatch, with_patience(config_for(), connect_time=0.2, attempts=2))
        _given_up(door, "registry.example/app:1", "registry.example")
        assert mute.connections == 4


# N07


def test_a_proxy_that_only_accepts_is_given_up(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """N07: half-open, and its password is told to nobody."""
    with HostileRegistry(silent=True) as proxy:
        proxies = Proxies(http=f"http://ada:{CANARY}@{proxy.host}")
        config = replace(config_for(), proxies=proxies, plain_http=frozenset({"registry.example"}))
        use(monkeypatch, with_patience(config, attempts=2, stall_window=0.2))
        _given_up(door, "registry.example/app:1", "registry.example")
    assert files_with(CANARY, door.folder) == []


def test_the_time_that_a_registry_wants_is_counted_down_and_can_be_cancelled(
    app: FarLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N07"""
    config = config_for(app.registry, login=Login("me", CANARY))
    use(monkeypatch, with_patience(config, longest_wait=60, **SLOW))
    app.registry.on("GET", BLOB, Reply(429, {"Retry-After": "50"}), WHOLE)
    waiting = threading.Event()
    told: list[str] = []

    def listen(news: object) -> None:
        assert isinstance(news, TransferProgress)
        (layer,) = news.layers
        if layer.state is LayerState.RETRYING:
            told.append(f"{layer.digest} {layer.detail}")
            waiting.set()

    with cancelled_when(waiting, listen) as task:
        app.door.library.pull(app.reference, task=task)
    assert set(told) == {f"{DIGEST} in 50 s (2 of 5)"}
    assert app.reference not in app.door.names()
    app.works()


def _given_up(door: Door, reference: str, *names: str) -> None:
    """With a sentence, and with nothing changed."""
    with pytest.raises(RegistryError) as caught:
        door.library.pull(reference, task=Task())
    error = caught.value
    is_one_sentence(f"{error} {error.hint}", *names)
    assert CANARY not in f"{error} {error.hint} {error.__dict__}"
    assert CANARY not in door.complaint("pull", reference)
    assert door.names() == {"good:1"}

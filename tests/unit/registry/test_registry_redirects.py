"""Where redirects may lead, and what goes along: row N06 of the table of faults."""

from __future__ import annotations

from dataclasses import replace

import pytest

from layerscope.engine.errors import (
    RegistryError,
    RegistryRefused,
)
from layerscope.engine.oci import Descriptor, Digest, Reference
from layerscope.engine.registry import fetch_blob
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply, bearer, redirect
from support.token_servers import guard, token_of
from support.visitors import ADA, CANARY, ClientOf, Pile, config_for, layer_of

DATA = b"layer" * 1000


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_elsewhere_does_not_see_the_login(
    far: HostileRegistry,
    elsewhere: HostileRegistry,
    client_of: ClientOf,
    task: Task,
    status: int,
) -> None:
    far.on("GET", "/v2/", Reply(401, challenges=['Basic realm="x"']))
    digest = layer_of(DATA).digest
    far.on("GET", f"/v2/app/blobs/{digest}", redirect(f"{elsewhere.url}/store", status))
    elsewhere.on("GET", "/store", Reply(body=DATA))
    pile = Pile()
    fetch_blob(client_of(far, config_for(far, login=ADA)), "app", layer_of(DATA), pile, task)
    assert bytes(pile.data) == DATA
    assert far.heard(CANARY)
    assert not elsewhere.heard(CANARY)
    assert all("authorization" not in seen.headers for seen in elsewhere.requests)


def test_a_login_that_was_dropped_is_not_taken_up_again(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    """Out and back: the way through another origin may have changed what is asked for."""
    far.on("GET", "/v2/", Reply(401, challenges=['Basic realm="x"']))
    digest = layer_of(DATA).digest
    far.on("GET", f"/v2/app/blobs/{digest}", redirect(f"{elsewhere.url}/out"))
    elsewhere.on("GET", "/out", redirect(f"{far.url}/back"))
    far.on("GET", "/back", Reply(body=DATA))
    fetch_blob(client_of(far, config_for(far, login=ADA)), "app", layer_of(DATA), Pile(), task)
    assert "authorization" not in far.asked("GET", "/back")[0].headers


def test_a_redirect_within_the_registry_keeps_the_login(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/", Reply(401, challenges=['Basic realm="x"']))
    far.on("GET", f"/v2/app/blobs/{layer_of(DATA).digest}", redirect("/moved"))
    far.on("GET", "/moved", Reply(body=DATA))
    fetch_blob(client_of(far, config_for(far, login=ADA)), "app", layer_of(DATA), Pile(), task)
    assert far.asked("GET", "/moved")[0].headers["authorization"] == ADA.basic


def test_a_challenge_after_a_redirect_gets_no_login(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/", Reply(401, challenges=['Basic realm="x"']))
    far.on("GET", f"/v2/app/blobs/{layer_of(DATA).digest}", redirect(f"{elsewhere.url}/store"))
    for challenge in ('Basic realm="y"', bearer(f"{elsewhere.url}/token")):
        elsewhere.on("GET", "/store", Reply(401, challenges=[challenge]))
        with pytest.raises(RegistryError):
            fetch_blob(
                client_of(far, config_for(far, login=ADA)), "app", layer_of(DATA), Pile(), task
            )
    assert not elsewhere.heard(CANARY)


def test_a_challenge_after_a_redirect_is_answered_as_a_stranger(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/", Reply(401, challenges=['Basic realm="x"']))
    far.on("GET", f"/v2/app/blobs/{layer_of(DATA).digest}", redirect(f"{elsewhere.url}/v2/store"))
    elsewhere.on("GET", "/v2/store", Reply(body=DATA))
    guard(elsewhere, f"{elsewhere.url}/token", "for-strangers")
    elsewhere.on("GET", "/token", token_of("for-strangers"))
    pile = Pile()
    fetch_blob(client_of(far, config_for(far, login=ADA)), "app", layer_of(DATA), pile, task)
    assert bytes(pile.data) == DATA
    assert not elsewhere.heard(CANARY)
    assert not far.heard("for-strangers")


def test_a_redirected_ping_gets_no_login(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/", redirect(f"{elsewhere.url}/v2/"))
    elsewhere.on("GET", "/v2/", Reply(401, challenges=['Basic realm="y"']))
    far.serve_image("app", "1", [DATA])
    client_of(far, config_for(far, login=ADA)).resolve(Reference.parse(f"{far.host}/app:1"), task)
    assert not elsewhere.heard(CANARY)
    assert not far.heard(CANARY)


def test_redirects_in_circles_end(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    path = f"/v2/app/blobs/{layer_of(DATA).digest}"
    far.on("GET", path, redirect(path))
    with pytest.raises(RegistryRefused, match="circles"):
        fetch_blob(client_of(far), "app", layer_of(DATA), Pile(), task)
    assert len(far.asked("GET", path)) == 11


@pytest.mark.parametrize(
    "location",
    ["ftp://x/y", "file:///etc/passwd", "http://169.254.169.254/", "http://user:pw@localhost/"],
)
def test_a_redirect_to_no_proper_place_is_refused(
    far: HostileRegistry, client_of: ClientOf, task: Task, location: str
) -> None:
    far.on("GET", f"/v2/app/blobs/{layer_of(DATA).digest}", redirect(location))
    with pytest.raises(RegistryRefused, match="not followed"):
        fetch_blob(client_of(far), "app", layer_of(DATA), Pile(), task)


def test_foreign_layers_are_not_fetched_from_their_addresses(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    foreign = Descriptor(
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        Digest.of(DATA),
        len(DATA),
        urls=(f"{elsewhere.url}/layer",),
    )
    elsewhere.on("GET", "/layer", Reply(body=DATA))
    config = config_for(far, login=ADA)
    with pytest.raises(RegistryRefused) as caught:
        fetch_blob(client_of(far, config), "app", foreign, Pile(), task)
    assert "foreign layer" in caught.value.hint
    assert not elsewhere.requests
    allowed = replace(config, foreign_layers=True)
    fetch_blob(client_of(far, allowed), "app", foreign, Pile(), task)
    assert not elsewhere.heard(CANARY)

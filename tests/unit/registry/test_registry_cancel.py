"""A cancel is answered in every state that an exchange with a server can be in."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace

import pytest

from layerscope.engine.errors import (
    Unreachable,
)
from layerscope.engine.registry import Registries, fetch_blob
from layerscope.engine.task import Cancelled, Progress, Task
from support.black_hole import black_hole
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.visitors import (
    SLOW,
    ClientOf,
    Pile,
    cancelled_when,
    config_for,
    layer_of,
    reference_at,
    with_patience,
)

DATA = bytes(range(256)) * 2000
LAYER = layer_of(DATA)


@pytest.mark.parametrize("stall", [-1, -2, 0, 200_000])
def test_cancel_answers_while_the_server_is_silent(
    far: HostileRegistry, client_of: ClientOf, stall: int
) -> None:
    far.serve_blob("app", DATA, Reply(body=DATA, stall=stall))
    client = client_of(far, with_patience(config_for(far), **SLOW))
    with cancelled_when(far.stalled) as task:
        fetch_blob(client, "app", LAYER, Pile(), task)


def test_cancel_answers_while_bytes_trickle(far: HostileRegistry, client_of: ClientOf) -> None:
    far.serve_blob("app", DATA, Reply(body=DATA, pace=0.3))
    client = client_of(far, with_patience(config_for(far), **SLOW))
    asked = threading.Event()
    far.on("GET", "/v2/", lambda _seen: asked.set() or Reply(body=b"{}"))  # type: ignore[func-returns-value]  # set and go on
    with cancelled_when(asked) as task:
        fetch_blob(client, "app", LAYER, Pile(), task)


@pytest.mark.parametrize("plain", [True, False], ids=["http", "tls handshake"])
def test_cancel_answers_while_nothing_was_said_yet(client_of: ClientOf, plain: bool) -> None:
    with HostileRegistry(silent=True) as far:
        config = with_patience(config_for(far), **SLOW)
        if not plain:
            config = replace(config, plain_http=frozenset())
        client = client_of(far, config)
        with cancelled_when(far.stalled) as task:
            client.ping(task)


def test_cancel_answers_during_a_name_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def stuck(*_args: object) -> list[object]:
        asked.set()
        go_on.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    client = Registries(with_patience(config_for(), **SLOW)).client("registry.example")
    with cancelled_when(asked) as task:
        client.ping(task)
    go_on.set()


def test_a_name_lookup_that_never_answers_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args: go_on.wait(20) and [])
    client = Registries(with_patience(config_for(), connect_time=0.2)).client("registry.example")
    with pytest.raises(Unreachable, match="lookup"):
        client.ping(Task())
    go_on.set()


def test_cancel_answers_while_connecting() -> None:
    with black_hole() as host:
        config = replace(with_patience(config_for(), **SLOW), plain_http=frozenset({host}))
        soon = threading.Event()
        timer = threading.Timer(0.2, soon.set)
        timer.start()
        with cancelled_when(soon) as task:
            Registries(config).client(host).ping(task)
        timer.join()


def test_a_connect_that_never_answers_ends() -> None:
    with black_hole() as host:
        config = with_patience(config_for(), connect_time=0.3, attempts=1)
        config = replace(config, plain_http=frozenset({host}))
        with pytest.raises(Unreachable, match="does not answer"):
            Registries(config).client(host).ping(Task())


def test_cancel_answers_while_waiting_to_try_again(
    far: HostileRegistry, client_of: ClientOf
) -> None:
    far.on("GET", "/v2/app/manifests/1", Reply(503, {"Retry-After": "50"}))
    client = client_of(far, with_patience(config_for(far), longest_wait=60))
    waiting = threading.Event()
    heard: list[object] = []

    def listen(news: object) -> None:
        heard.append(news)
        waiting.set()

    with cancelled_when(waiting, listen) as task:
        client.resolve(reference_at(far), task)
    assert heard == [Progress(0, None, "Retrying in 50 s (2 of 5)", "")]


def test_cancel_answers_while_another_thread_is_pinging(client_of: ClientOf) -> None:
    with HostileRegistry(silent=True) as far:
        client = client_of(far, with_patience(config_for(far), **SLOW))
        first = Task()

        def ping() -> None:
            with pytest.raises(Cancelled):
                client.ping(first)

        thread = threading.Thread(target=ping)
        thread.start()
        far.stalled.wait(5)
        with cancelled_when(far.stalled) as task:
            client.ping(task)
        first.cancel()
        thread.join(5)


def test_cancelling_one_exchange_leaves_the_next_on_its_connection_alone(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    """The connection went back to the pool; a late cancel must not shut it for somebody else."""
    far.serve_blob("app", DATA)
    client = client_of(far)
    done = Task()
    with client.blob("app", LAYER, 0, done) as stream:
        assert b"".join(stream.chunks()) == DATA  # read to the end, not closed yet
        with client.blob("app", LAYER, 0, task) as second:
            done.cancel()
            assert b"".join(second.chunks()) == DATA
    assert far.connections == 1, "the test needs both on one connection"

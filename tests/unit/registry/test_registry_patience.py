"""Servers that are slow, silent, busy or no servers: rows N04 and N07 of the table of faults."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from layerscope.engine.errors import (
    NotARegistry,
    NotTrusted,
    RateLimited,
    RegistryRefused,
    Stalled,
    Unreachable,
)
from layerscope.engine.oci import Reference
from layerscope.engine.registry import Client, FetchProgress, Patience, Registries, fetch_blob
from layerscope.engine.registry.http.patience import Retry, retry_after
from layerscope.engine.task import Cancelled, Progress, Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.visitors import Pile, cancelled_when, config_for, layer_of, with_patience

ClientOf = Callable[..., Client]
DATA = bytes(range(256)) * 2000
LAYER = layer_of(DATA)
SLOW = {"stall_window": 60.0, "document_time": 60.0, "connect_time": 60.0}


# Stalls end by themselves


@pytest.mark.parametrize("stall", [-1, -2, 0, 1000])
def test_silence_ends_as_stalled(
    far: HostileRegistry, client_of: ClientOf, task: Task, stall: int
) -> None:
    far.serve_blob("app", DATA, Reply(body=DATA, stall=stall))
    client = client_of(far, with_patience(config_for(far), attempts=2))
    with pytest.raises(Stalled):
        fetch_blob(client, "app", LAYER, Pile(), task)


def test_a_trickle_ends_as_stalled(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    """One byte now and then never meets a read time-out."""
    far.serve_blob("app", DATA, Reply(body=DATA, pace=0.05))
    pile = Pile()
    client = client_of(far, with_patience(config_for(far), attempts=2))
    began = time.monotonic()
    with pytest.raises(Stalled):
        fetch_blob(client, "app", LAYER, pile, task)
    assert time.monotonic() - began < 10
    assert pile.offset > 0, "what trickled in was lost"


def test_a_trickle_of_headers_ends_as_stalled(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/app/manifests/1", Reply(body=b"{" * 10_000, pace=0.05))
    client = client_of(far, with_patience(config_for(far), attempts=1, stall_window=30))
    began = time.monotonic()
    with pytest.raises(Stalled):  # by the time that a document may take
        client.resolve(_reference(far), task)
    assert time.monotonic() - began < 10


def test_a_slow_but_steady_body_is_waited_for(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    data = DATA[:100]
    far.serve_blob("app", data, Reply(body=data, pace=0.02))
    pile = Pile()
    client = client_of(far, with_patience(config_for(far), slowest=10))
    fetch_blob(client, "app", layer_of(data), pile, task)
    assert bytes(pile.data) == data


def test_a_reader_that_takes_its_time_is_not_a_stall(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    """A full disk buffer is no reason to call the registry slow."""

    class Slow(Pile):
        def write(self, data: bytes) -> None:
            threading.Event().wait(0.4)
            super().write(data)

    data = bytes(1 << 20)
    far.serve_blob("app", data)
    client = client_of(far, with_patience(config_for(far), stall_window=0.3, slowest=1 << 30))
    fetched = fetch_blob(client, "app", layer_of(data), Slow(), task)
    assert fetched.retries == 0


# Cancel answers in every state


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


@contextmanager
def _full() -> Iterator[str]:
    """A port whose backlog is full, so that a connect is neither taken nor refused."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        address = server.getsockname()
        waiting = []
        for _number in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(address)
            waiting.append(one)
        yield f"127.0.0.1:{address[1]}"
        for one in waiting:
            one.close()


def test_cancel_answers_while_connecting() -> None:
    with _full() as host:
        config = replace(with_patience(config_for(), **SLOW), plain_http=frozenset({host}))
        soon = threading.Event()
        timer = threading.Timer(0.2, soon.set)
        timer.start()
        with cancelled_when(soon) as task:
            Registries(config).client(host).ping(task)
        timer.join()


def test_a_connect_that_never_answers_ends() -> None:
    with _full() as host:
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
        client.resolve(_reference(far), task)
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


# Trying again


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(
    far: HostileRegistry, client_of: ClientOf, task: Task, status: int
) -> None:
    far.serve_image("app", "1", [DATA])
    proper = Reply(body=b"{}")
    far.on("GET", "/v2/", Reply(status), Reply(status), proper)
    assert client_of(far).resolve(_reference(far), task).document.raw


@pytest.mark.parametrize("status", [400, 405, 413, 451])
def test_a_lasting_failure_is_not(
    far: HostileRegistry, client_of: ClientOf, task: Task, status: int
) -> None:
    far.on("GET", "/v2/app/manifests/1", Reply(status, body=b'{"errors":[{"message":"no"}]}'))
    with pytest.raises(RegistryRefused) as caught:
        client_of(far).resolve(_reference(far), task)
    assert caught.value.status == status
    assert len(far.asked("GET", "/v2/app/manifests/1")) == 1


def test_five_tries_are_enough(far: HostileRegistry, client_of: ClientOf, task: Task) -> None:
    digest = far.serve_blob("app", DATA, Reply(503))
    news: list[FetchProgress] = []
    with pytest.raises(RegistryRefused) as caught:
        fetch_blob(client_of(far), "app", LAYER, Pile(), task, news.append)
    assert caught.value.status == 503
    assert len(far.asked("GET", f"/v2/app/blobs/{digest}")) == 5
    assert [one.retry.attempt for one in news if one.retry] == [2, 3, 4, 5]


def test_retry_after_is_obeyed_and_told(far: HostileRegistry, client_of: ClientOf) -> None:
    far.serve_image("app", "1", [DATA])
    far.on("GET", "/v2/", Reply(503, {"Retry-After": "1"}), Reply(body=b"{}"))
    news: list[object] = []
    client = client_of(far, with_patience(config_for(far), longest_wait=60))
    began = time.monotonic()
    client.resolve(_reference(far), Task(news.append))
    assert time.monotonic() - began >= 1
    assert news == [Progress(0, None, "Retrying in 1 s (2 of 5)", "")]


def test_a_limit_that_lasts_all_day_is_not_waited_for(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/app/manifests/1", Reply(429, {"Retry-After": "86400"}))
    with pytest.raises(RateLimited, match="resets at") as caught:
        client_of(far).resolve(_reference(far), task)
    assert abs(caught.value.reset - time.time() - 86400) < 60
    assert len(far.asked("GET", "/v2/app/manifests/1")) == 1


def test_a_used_up_limit_is_not_tried_again(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    headers = {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "0;w=21600"}
    far.on("GET", "/v2/app/manifests/1", Reply(429, headers, b'{"message":"toomanyrequests"}'))
    with pytest.raises(RateLimited, match="pull limit"):
        client_of(far).resolve(_reference(far), task)
    assert len(far.asked("GET", "/v2/app/manifests/1")) == 1


def test_retry_after_in_all_its_forms() -> None:
    now = 1_800_000_000.0
    later = datetime.fromtimestamp(now, UTC) + timedelta(seconds=30)
    assert retry_after("7", lambda: now) == 7
    assert retry_after(format_datetime(later, usegmt=True), lambda: now) == 30
    for nonsense in (None, "", "soon", "-5", "1e9", "²", "Fri, 31 Dec 1999 23:59:59 GMT"):
        assert retry_after(nonsense, lambda: now) is None


def test_waits_grow_are_capped_and_say_so() -> None:
    patience = Patience()
    assert 0.75 <= patience.wait_after(1, None) <= 1.25
    assert 6 <= patience.wait_after(4, None) <= 10
    assert patience.wait_after(40, None) == 60
    assert patience.wait_after(1, 86400) == 60
    assert str(Retry(4.2, 2, 5, "")) == "in 4 s (2 of 5)"


# No registry at all


def test_a_closed_port_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"
    config = replace(config_for(), plain_http=frozenset({host}))
    with pytest.raises(Unreachable, match="Nothing answers on port") as caught:
        Registries(config).client(host).ping(Task())
    assert caught.value.registry == host


def test_a_name_that_does_not_exist_is_said_at_once() -> None:
    with pytest.raises(Unreachable, match="did not resolve"):
        Registries(config_for()).client("registry.invalid").ping(Task())


@pytest.mark.parametrize("path", ["/v2/", "/v2/app/manifests/1"])
def test_a_captive_portal_is_not_a_registry(
    far: HostileRegistry, client_of: ClientOf, task: Task, path: str
) -> None:
    page = Reply(headers={"Content-Type": "text/html; charset=utf-8"}, body=b"<html>Pay</html>")
    far.on("GET", path, page)
    with pytest.raises(NotARegistry, match="web page"):
        client_of(far).resolve(_reference(far), task)


def test_another_protocol_is_not_a_registry(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/", Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n"))
    with pytest.raises(NotARegistry, match="does not speak HTTP"):
        client_of(far).ping(task)


def test_an_http_server_without_v2_is_not_a_registry(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/", Reply(404))
    with pytest.raises(NotARegistry, match="no /v2/"):
        client_of(far).ping(task)


def test_loopback_without_tls_falls_back_to_plain_http(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    config = replace(config_for(far), plain_http=frozenset())
    far.serve_image("app", "1", [DATA])
    assert client_of(far, config).resolve(_reference(far), task).document.raw


def test_other_hosts_never_fall_back_to_plain_http(
    far: HostileRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest: real("127.0.0.1", *rest))
    registries = Registries(with_patience(config_for(), connect_time=1, attempts=1))
    with pytest.raises((NotTrusted, Unreachable, Stalled)):
        registries.client(f"registry.example:{far.port}").ping(Task())
    assert not far.requests
    registries.close()


def _reference(far: HostileRegistry) -> Reference:
    return Reference.parse(f"{far.host}/app:1")

"""Servers that are slow, silent, busy or no servers: rows N04 and N07 of the table of faults."""

from __future__ import annotations

import socket
import threading
import time
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
from layerscope.engine.registry import FetchProgress, Patience, Registries, fetch_blob
from layerscope.engine.registry.http.patience import Retry, retry_after
from layerscope.engine.task import Progress, Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.visitors import (
    ClientOf,
    Pile,
    config_for,
    layer_of,
    reference_at,
    with_patience,
)

DATA = bytes(range(256)) * 2000
LAYER = layer_of(DATA)


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
        client.resolve(reference_at(far), task)
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


# Trying again


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(
    far: HostileRegistry, client_of: ClientOf, task: Task, status: int
) -> None:
    far.serve_image("app", "1", [DATA])
    proper = Reply(body=b"{}")
    far.on("GET", "/v2/", Reply(status), Reply(status), proper)
    assert client_of(far).resolve(reference_at(far), task).document.raw


@pytest.mark.parametrize("status", [400, 405, 413, 451])
def test_a_lasting_failure_is_not(
    far: HostileRegistry, client_of: ClientOf, task: Task, status: int
) -> None:
    far.on("GET", "/v2/app/manifests/1", Reply(status, body=b'{"errors":[{"message":"no"}]}'))
    with pytest.raises(RegistryRefused) as caught:
        client_of(far).resolve(reference_at(far), task)
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
    client.resolve(reference_at(far), Task(news.append))
    assert time.monotonic() - began >= 1
    assert news == [Progress(0, None, "Retrying in 1 s (2 of 5)", "")]


def test_a_limit_that_lasts_for_days_is_not_waited_for(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/app/manifests/1", Reply(429, {"Retry-After": "259200"}))
    with pytest.raises(RateLimited) as caught:
        client_of(far).resolve(reference_at(far), task)
    assert abs(caught.value.reset - time.time() - 259200) < 60
    moment = time.strftime("%Y-%m-%d at %H:%M", time.localtime(caught.value.reset))
    assert str(caught.value).endswith(f" It resets on {moment}.")
    assert len(far.asked("GET", "/v2/app/manifests/1")) == 1


def test_a_limit_that_resets_today_tells_the_time_alone(
    far: HostileRegistry, client_of: ClientOf, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "localtime", lambda when=0: time.gmtime(when % 3600))
    far.on("GET", "/v2/app/manifests/1", Reply(429, {"Retry-After": "900"}))
    with pytest.raises(RateLimited, match=r" It resets at 00:\d\d\.$"):
        client_of(far).resolve(reference_at(far), task)


def test_a_used_up_limit_is_not_tried_again(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    headers = {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "0;w=21600"}
    far.on("GET", "/v2/app/manifests/1", Reply(429, headers, b'{"message":"toomanyrequests"}'))
    with pytest.raises(RateLimited, match="pull limit"):
        client_of(far).resolve(reference_at(far), task)
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
        client_of(far).resolve(reference_at(far), task)


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
    assert client_of(far, config).resolve(reference_at(far), task).document.raw


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

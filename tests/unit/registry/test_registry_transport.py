"""Proxies, addresses, and what may be written down."""

from __future__ import annotations

import inspect
import ssl
from dataclasses import replace

import pytest
import requests.exceptions
import urllib3.exceptions
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.errors import RegistryError, Unreachable
from layerscope.engine.registry import (
    Login,
    Patience,
    Proxies,
    Registries,
    fetch_blob,
    shown_headers,
    shown_url,
)
from layerscope.engine.registry.auth.challenge import parse_challenges
from layerscope.engine.registry.http.origin import Origin, literal_address
from layerscope.engine.registry.http.redirects import leads_inward
from layerscope.engine.registry.http.transport import explained
from layerscope.engine.registry.http.wire import Wire
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply, Seen, redirect
from support.visitors import CANARY, ClientOf, Pile, config_for, layer_of

DATA = b"layer" * 1000


# Every exception of the libraries is explained


def _exceptions(module: object) -> list[type[Exception]]:
    return [
        kind
        for _name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and not issubclass(kind, Warning)
    ]


@pytest.mark.parametrize(
    "kind",
    [*_exceptions(requests.exceptions), *_exceptions(urllib3.exceptions), OSError, ssl.SSLError],
    ids=lambda kind: f"{kind.__module__}.{kind.__name__}",
)
def test_every_exception_of_the_libraries_is_explained(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    wire = Wire("r.example", Patience(), Task(), ssl.create_default_context)
    for proxy in ("", "http://ada:pw@proxy:1", "socks5://p:1"):
        found = explained(error, "r.example", Origin.of("https://r.example"), proxy, wire)
        assert isinstance(found, RegistryError)
        assert found.registry == "r.example"
        assert "pw" not in str(found)


# Proxies


def test_requests_go_through_the_proxy_and_its_password_stays_hidden(
    elsewhere: HostileRegistry, task: Task
) -> None:
    proxies = Proxies(http=f"http://ada:{CANARY}@{elsewhere.host}")
    config = replace(config_for(), proxies=proxies, plain_http=frozenset({"registry.example"}))
    elsewhere.on("GET", "http://registry.example/v2/", Reply(body=b"{}"))
    registries = Registries(config)
    registries.client("registry.example").ping(task)
    registries.close()
    (seen,) = elsewhere.requests
    assert seen.target == "http://registry.example/v2/"
    assert seen.headers["proxy-authorization"] == Login("ada", CANARY).basic


def test_a_proxy_that_is_not_there_is_named_without_its_password(task: Task) -> None:
    proxies = Proxies(http=f"http://ada:{CANARY}@127.0.0.1:9")
    config = replace(config_for(), proxies=proxies, plain_http=frozenset({"registry.example"}))
    with pytest.raises(Unreachable) as caught:
        Registries(config).client("registry.example").ping(task)
    assert "127.0.0.1" in str(caught.value)
    assert CANARY not in f"{caught.value} {caught.value.hint} {caught.value.__dict__}"


def test_a_tunnel_that_is_refused_is_an_error(elsewhere: HostileRegistry, task: Task) -> None:
    elsewhere.on("CONNECT", "registry.example:443", Reply(403))
    config = replace(config_for(), proxies=Proxies(https=f"http://{elsewhere.host}"))
    with pytest.raises(Unreachable):
        Registries(config).client("registry.example").ping(task)
    assert elsewhere.asked("CONNECT", "registry.example:443")


def test_loopback_is_never_proxied(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    config = replace(config_for(far), proxies=Proxies(http=elsewhere.url, https=elsewhere.url))
    client_of(far, config).ping(task)
    assert not elsewhere.requests


@pytest.mark.parametrize(
    ("rule", "url", "bypassed"),
    [
        ("example.com", "https://example.com", True),
        ("example.com", "https://a.example.com", True),
        ("example.com", "https://badexample.com", False),
        (".example.com", "https://a.example.com", True),
        (".example.com", "https://example.com", False),
        ("*.example.com", "https://a.example.com", True),
        ("example.com:5000", "https://example.com:5000", True),
        ("example.com:5000", "https://example.com", False),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://11.1.2.3", False),
        ("10.1.2.3", "https://10.1.2.3", True),
        ("10.1.2.3:80", "https://10.1.2.3", False),
        ("::2", "https://[::2]", True),
        ("[::2]:5000", "https://[::2]:5000", True),
        ("*", "https://example.com", True),
        ("a, b ,example.com", "https://example.com", True),
        ("nonsense/99", "https://10.1.2.3", False),
        ("", "https://example.com", False),
    ],
)
def test_no_proxy_is_read_as_go_does(rule: str, url: str, bypassed: bool) -> None:
    chosen = Proxies("proxy:1", "proxy:1", rule).chosen(Origin.of(url))
    assert chosen == ("" if bypassed else "http://proxy:1")


def test_proxies_come_from_either_case_of_the_variables() -> None:
    found = Proxies.of_environment({"https_proxy": "a", "HTTPS_PROXY": "b", "no_proxy": "c"})
    assert (found.http, found.https, found.bypass) == ("", "b", "c")


# Addresses


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("registry.example", None),
        ("1.example", None),
        ("99999999999", None),
        ("", None),
    ],
)
def test_addresses_are_known_in_every_spelling(text: str, address: str | None) -> None:
    found = literal_address(text)
    assert (str(found) if found else None) == address


@pytest.mark.parametrize(
    ("here", "target", "inward"),
    [
        ("https://a.example", "https://10.0.0.1/", True),
        ("https://a.example", "https://storage.example/", False),
        ("https://a.example", "https://8.8.8.8/", False),
        ("https://a.example", "https://[::1]/", True),
        ("https://a.example", "https://x.localhost/", True),
        ("https://10.0.0.1", "https://10.0.0.2/", False),
        ("https://10.0.0.1", "https://169.254.169.254/", True),
        ("http://localhost:5000", "http://127.0.0.1:9000/", False),
        ("https://8.8.8.8", "https://8.8.8.8:8443/", False),
    ],
)
def test_who_leads_inward(here: str, target: str, inward: bool) -> None:
    assert leads_inward(Origin.of(here), None, Origin.of(target)) is inward


@pytest.mark.parametrize(
    "url",
    [
        "//x",
        "ftp://x",
        "https://",
        "https://a b",
        "https://a\\b",
        "https://u@h",
        "x\n",
        "https://h:99999",
    ],
)
def test_addresses_that_mislead_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Origin.of(url)


# What may be written down


def test_a_url_is_shown_without_its_secrets() -> None:
    url = f"https://ada:{CANARY}@store.example:8443/blob?X-Amz-Signature={CANARY}#{CANARY}"
    assert shown_url(url) == "https://…@store.example:8443/blob?…"
    assert shown_url("https://a.example/x") == "https://a.example/x"
    assert shown_url("https://[::1") == "…"


def test_headers_are_shown_without_their_secrets() -> None:
    headers = {
        "Authorization": f"Basic {CANARY}",
        "proxy-authorization": CANARY,
        "Cookie": CANARY,
        "Location": f"https://store.example/b?sig={CANARY}",
        "Accept": "*/*",
    }
    shown = shown_headers(headers)
    assert CANARY not in str(shown)
    assert shown["Accept"] == "*/*"


@given(st.text(max_size=40))
def test_any_text_is_shown_somehow(text: str) -> None:
    shown_url(text)
    parse_challenges([text])


def test_no_error_and_no_repr_holds_a_secret(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    """Whatever goes wrong after a login was shown."""
    far.on("GET", "/v2/", Reply(401, challenges=['Basic realm="x"']))
    layer = layer_of(DATA)
    path = f"/v2/app/blobs/{layer.digest}"

    def echo(seen: Seen) -> Reply:
        return Reply(400, body=b'{"errors":[{"code":"X","message":"no"}]}', headers={})

    config = config_for(far, login=Login("ada", CANARY))
    assert CANARY not in repr(config)
    for answer in (
        Reply(401, challenges=['Basic realm="x"']),
        echo,
        redirect(f"ftp://x/?sig={CANARY}"),
        redirect(f"{elsewhere.url}/gone?sig={CANARY}"),
        Reply(body=b"x", stall=0),
    ):
        far.on("GET", path, answer)
        with pytest.raises(RegistryError) as caught:
            fetch_blob(client_of(far, config), "app", layer, Pile(), task)
        error: BaseException | None = caught.value
        while error is not None:
            assert CANARY not in f"{error!r} {error.__dict__}"
            error = error.__cause__ or error.__context__

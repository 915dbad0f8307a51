"""Which addresses may ask for a login, and how they ask; N05 of the table of faults."""

from __future__ import annotations

from dataclasses import replace

import pytest

from layerscope.engine.errors import (
    NotARegistry,
    RegistryError,
    SignInNeeded,
)
from layerscope.engine.registry import Login
from layerscope.engine.registry.auth.challenge import Challenge, parse_challenges, preferred
from layerscope.engine.registry.auth.tokens import Tokens
from layerscope.engine.registry.http.origin import Origin
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply, redirect
from support.token_servers import guard, token_of
from support.visitors import ADA, CANARY, ClientOf, config_for, reference_at

DATA = b"layer" * 1000


def test_a_realm_elsewhere_never_sees_the_login_and_is_named(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    guard(far, f"{elsewhere.url}/token")
    elsewhere.on("GET", "/token", Reply(401))
    for login in (ADA, Login(identity_token=CANARY)):
        client = client_of(far, config_for(far, login=login))
        with pytest.raises(SignInNeeded) as caught:
            client.resolve(reference_at(far), task)
        assert elsewhere.host in caught.value.hint
    assert elsewhere.asked("GET", "/token"), "strangers may ask"
    assert not elsewhere.heard(CANARY)
    assert all("account" not in seen.target for seen in elsewhere.requests)


def test_a_realm_elsewhere_may_serve_strangers(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    guard(far, f"{elsewhere.url}/token")
    elsewhere.on("GET", "/token", token_of())
    client_of(far, config_for(far, login=ADA)).resolve(reference_at(far), task)
    assert not elsewhere.heard(CANARY)


def test_a_realm_elsewhere_sees_the_login_once_the_user_allows_it(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    guard(far, f"{elsewhere.url}/token")
    elsewhere.on("GET", "/token", token_of())
    config = config_for(far, login=ADA)
    config = replace(config, token_hosts={far.host: frozenset({elsewhere.host})})
    client_of(far, config).resolve(reference_at(far), task)
    assert elsewhere.heard(CANARY)


def test_a_token_request_follows_no_redirect(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    guard(far, f"{far.url}/token")
    far.on("GET", "/token", redirect(f"{elsewhere.url}/token"))
    elsewhere.on("GET", "/token", token_of())
    with pytest.raises(NotARegistry, match="elsewhere"):
        client_of(far, config_for(far, login=ADA)).resolve(reference_at(far), task)
    assert not elsewhere.requests


@pytest.mark.parametrize(
    "realm",
    [
        "file:///etc/passwd",
        "/token",
        "",
        "gopher://x/",
        "https://user:pw@registry.example/token",
        "https://registry.example\\@evil.example/token",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_a_realm_that_is_no_address_for_logins_is_refused(
    far: HostileRegistry, client_of: ClientOf, task: Task, realm: str
) -> None:
    far.serve_image("app", "1", [DATA])
    guard(far, realm)
    with pytest.raises(RegistryError):
        client_of(far, config_for(far, login=ADA)).resolve(reference_at(far), task)


@pytest.mark.parametrize(
    ("home", "realm", "trusted"),
    [
        ("https://registry.example", "https://registry.example/token", True),
        ("https://registry.example", "https://registry.example:443/token", True),
        ("https://registry.gitlab.com", "https://gitlab.com/jwt/auth", True),
        ("https://registry-1.docker.io", "https://auth.docker.io/token", True),
        ("https://registry.example:5000", "https://registry.example:5000/t", True),
        ("https://registry.example", "https://registry.example:8443/token", False),
        ("https://registry.example", "https://auth.example/token", False),
        ("https://registry.example", "https://evil-registry.example/token", False),
        ("https://registry.example", "https://example/token", False),
        ("https://registry.example", "https://sub.registry.example/token", False),
        ("https://evil.example", "https://auth.docker.io/token", False),
        ("http://localhost:5000", "http://localhost:5001/token", False),
    ],
)
def test_logins_go_to_the_registry_and_those_who_rule_it(
    home: str, realm: str, trusted: bool
) -> None:
    def send(*_args: object) -> None:
        raise AssertionError("no network here")

    tokens = Tokens("registry", Origin.of(home), frozenset(), send)  # type: ignore[arg-type]  # never called
    assert tokens.trusted(Origin.of(realm)) is trusted


@pytest.mark.parametrize(
    "realm",
    [
        "http://registry.example/token",
        "https://127.0.0.1/token",
        "https://2130706433/token",
        "https://0x7f.1/token",
        "https://[::ffff:127.0.0.1]/token",
        "https://10.0.0.7/token",
        "https://localhost/token",
        "https://169.254.169.254/token",
    ],
)
def test_a_public_registry_cannot_send_us_inside(realm: str, task: Task) -> None:
    def send(*_args: object) -> None:
        raise AssertionError("this went out")

    tokens = Tokens("registry", Origin.of("https://registry.example"), frozenset(), send)  # type: ignore[arg-type]  # never called
    with pytest.raises(NotARegistry, match="not safe"):
        tokens.token(Challenge("bearer", {"realm": realm}), (), None, task)


# Challenges


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            'Bearer realm="https://a/t",service="s",scope="repository:a/b:pull,push x:y:z"',
            [
                (
                    "bearer",
                    {
                        "realm": "https://a/t",
                        "service": "s",
                        "scope": "repository:a/b:pull,push x:y:z",
                    },
                )
            ],
        ),
        ("basic REALM=plain", [("basic", {"realm": "plain"})]),
        (r'Bearer realm="a\"b\\c"', [("bearer", {"realm": r'a"b\c'})]),
        (
            'Negotiate, Bearer realm="r" , service = "s",Basic realm="b"',
            [
                ("negotiate", {}),
                ("bearer", {"realm": "r", "service": "s"}),
                ("basic", {"realm": "b"}),
            ],
        ),
        ("Negotiate dG9rZW4=, Basic realm=x", [("negotiate", {}), ("basic", {"realm": "x"})]),
        ('Bearer realm="unclosed', [("bearer", {})]),
        ("", []),
        (",,,", []),
        ("x" * 10_000, []),
    ],
)
def test_challenges_are_read_as_http_writes_them(
    header: str, expected: list[tuple[str, dict[str, str]]]
) -> None:
    found = parse_challenges([header])
    assert [(one.scheme, dict(one.parameters)) for one in found] == expected


def test_bearer_is_preferred_wherever_it_stands() -> None:
    both = parse_challenges(['Basic realm="b"', 'Bearer realm="t"'])
    chosen = preferred(both)
    assert chosen is not None
    assert chosen.scheme == "bearer"
    assert preferred(parse_challenges(["Digest realm=x"])) is None

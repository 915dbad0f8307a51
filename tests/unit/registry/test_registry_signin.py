"""Who sees which secret: row N05 of the table of faults."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from layerscope.engine.errors import (
    NotARegistry,
    RegistryError,
    SignInNeeded,
)
from layerscope.engine.oci import Reference
from layerscope.engine.registry import Client, Login
from layerscope.engine.registry.auth.challenge import Challenge, parse_challenges, preferred
from layerscope.engine.registry.auth.tokens import Tokens
from layerscope.engine.registry.http.origin import Origin
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply, Seen, bearer, redirect
from support.visitors import CANARY, config_for

ClientOf = Callable[..., Client]
DATA = b"layer" * 1000
ADA = Login("ada", CANARY, source="a test")


def _guard(far: HostileRegistry, realm: str, token: str = "t0ken", **more: str) -> None:
    """Everything of ``far`` needs this token from now on; ``realm`` gives none by itself."""
    challenge = Reply(401, challenges=[bearer(realm, **more)])

    def guarded(inner: Reply) -> Callable[[Seen], Reply]:
        return lambda seen: (
            inner if seen.headers.get("authorization") == f"Bearer {token}" else challenge
        )

    for (_method, path), answers in list(far.scripts.items()):
        if path.startswith("/v2/") and isinstance(answers[0], Reply):
            far.on("GET", path, guarded(answers[0]))


def _reference(far: HostileRegistry) -> Reference:
    return Reference.parse(f"{far.host}/app:1")


def _token(text: str = "t0ken", **more: object) -> Reply:
    return Reply(body=json.dumps({"token": text, **more}).encode())


# Tokens


@pytest.mark.parametrize("key", ["token", "access_token"])
def test_a_token_is_fetched_and_used(
    far: HostileRegistry, client_of: ClientOf, task: Task, key: str
) -> None:
    far.serve_image("app", "1", [DATA])
    _guard(far, f"{far.url}/token")
    far.on("GET", "/token", Reply(body=json.dumps({key: "t0ken"}).encode()))
    client_of(far, config_for(far, login=ADA)).resolve(_reference(far), task)
    (asked,) = far.asked("GET", "/token")
    assert asked.target == "/token?service=registry&scope=repository%3Aapp%3Apull&account=ada"
    assert asked.headers["authorization"] == ADA.basic


def test_a_stranger_asks_for_a_token_without_a_name(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    _guard(far, f"{far.url}/token?keep=me")
    far.on("GET", "/token", _token())
    client_of(far).resolve(_reference(far), task)
    (asked,) = far.asked("GET", "/token")
    assert "authorization" not in asked.headers
    assert asked.target.startswith("/token?keep=me&service=registry&scope=")


def test_a_token_is_fetched_once_by_many_threads_and_kept(
    far: HostileRegistry, client_of: ClientOf
) -> None:
    far.serve_image("app", "1", [DATA])
    _guard(far, f"{far.url}/token")
    far.on("GET", "/token", _token(expires_in=0))  # treated as a minute
    client = client_of(far)
    threads = [
        threading.Thread(target=lambda: client.resolve(_reference(far), Task()))
        for _number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(far.asked("GET", "/token")) == 1


def test_a_token_that_is_refused_is_renewed_once(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    _guard(far, f"{far.url}/token", token="second", error="invalid_token")
    far.on("GET", "/token", _token("first"), _token("second"))
    client_of(far).resolve(_reference(far), task)
    assert len(far.asked("GET", "/token")) == 2


def test_a_registry_that_refuses_every_token_is_asked_twice(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/", Reply(401, challenges=[bearer(f"{far.url}/token")]))
    far.on("GET", "/v2/app/manifests/1", Reply(401, challenges=[bearer(f"{far.url}/token")]))
    far.on("GET", "/token", _token())
    with pytest.raises(SignInNeeded) as caught:
        client_of(far).resolve(_reference(far), task)
    assert caught.value.repository == "app"
    assert len(far.asked("GET", "/v2/app/manifests/1")) == 2


def test_a_401_without_challenge_uses_the_one_of_the_ping(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    proper = far.scripts["GET", "/v2/app/manifests/1"][0]
    assert isinstance(proper, Reply)
    far.on("GET", "/v2/app/manifests/1", Reply(401), proper)
    far.on("GET", "/v2/", Reply(401, challenges=[bearer(f"{far.url}/token")]))
    far.on("GET", "/token", _token())
    client_of(far).resolve(_reference(far), task)


def test_a_scope_wider_than_pulling_is_cut_down(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    wide = "repository:app:pull,push,delete registry:catalog:* repository:other:*"
    _guard(far, f"{far.url}/token", token="second", scope=wide)
    far.on("GET", "/token", _token("first"), _token("second"))
    client_of(far).resolve(_reference(far), task)
    target = far.asked("GET", "/token")[-1].target
    assert "push" not in target
    assert "delete" not in target
    assert "catalog" not in target
    assert "repository%3Aother%3Apull" in target


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"{}"),
        Reply(body=b'{"token": 7}'),
        Reply(body=b'{"token": "a\\r\\nX-Evil: 1"}'),
        Reply(body=b"<html>"),
        Reply(body=b'{"token": "' + b"x" * 70_000 + b'"}'),
        Reply(body=b"x" * 4096, length=-1, endless=True),
    ],
    ids=["none", "number", "header", "page", "long", "endless"],
)
def test_an_answer_without_a_token_is_refused(
    far: HostileRegistry, client_of: ClientOf, task: Task, reply: Reply
) -> None:
    far.serve_image("app", "1", [DATA])
    _guard(far, f"{far.url}/token")
    far.on("GET", "/token", reply)
    with pytest.raises(NotARegistry):
        client_of(far).resolve(_reference(far), task)


def test_an_identity_token_is_exchanged(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    _guard(far, f"{far.url}/token")
    far.on("POST", "/token", Reply(body=b'{"access_token": "t0ken"}'))
    login = Login(identity_token=CANARY)
    client_of(far, config_for(far, login=login)).resolve(_reference(far), task)
    (asked,) = far.asked("POST", "/token")
    assert b"grant_type=refresh_token" in asked.body
    assert CANARY.encode() in asked.body
    assert b"scope=repository%3Aapp%3Apull" in asked.body


def test_a_registry_token_is_shown_as_it_is(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    _guard(far, f"{far.url}/token", token=CANARY)
    client_of(far, config_for(far, login=Login(registry_token=CANARY))).resolve(
        _reference(far), task
    )
    assert not far.asked("GET", "/token")


def test_a_password_is_shown_to_a_registry_that_wants_basic(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    far.on("GET", "/v2/", Reply(401, challenges=['Negotiate, Basic realm="x"']))
    client_of(far, config_for(far, login=ADA)).resolve(_reference(far), task)
    assert far.requests[-1].headers["authorization"] == ADA.basic
    assert "authorization" not in far.requests[0].headers, "shown before it was asked for"


def test_a_password_is_not_shown_where_nobody_asks(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    client_of(far, config_for(far, login=ADA)).resolve(_reference(far), task)
    assert not far.heard(CANARY)


def test_a_wrong_password_is_not_tried_again(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/", Reply(401, challenges=['Basic realm="x"']))
    far.on("GET", "/v2/app/manifests/1", Reply(401, challenges=['Basic realm="x"']))
    with pytest.raises(SignInNeeded, match="stored sign-in"):
        client_of(far, config_for(far, login=ADA)).resolve(_reference(far), task)
    assert len(far.asked("GET", "/v2/app/manifests/1")) == 1


# Realms


def test_a_realm_elsewhere_never_sees_the_login_and_is_named(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    _guard(far, f"{elsewhere.url}/token")
    elsewhere.on("GET", "/token", Reply(401))
    for login in (ADA, Login(identity_token=CANARY)):
        client = client_of(far, config_for(far, login=login))
        with pytest.raises(SignInNeeded) as caught:
            client.resolve(_reference(far), task)
        assert elsewhere.host in caught.value.hint
    assert elsewhere.asked("GET", "/token"), "strangers may ask"
    assert not elsewhere.heard(CANARY)
    assert all("account" not in seen.target for seen in elsewhere.requests)


def test_a_realm_elsewhere_may_serve_strangers(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    _guard(far, f"{elsewhere.url}/token")
    elsewhere.on("GET", "/token", _token())
    client_of(far, config_for(far, login=ADA)).resolve(_reference(far), task)
    assert not elsewhere.heard(CANARY)


def test_a_realm_elsewhere_sees_the_login_once_the_user_allows_it(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    _guard(far, f"{elsewhere.url}/token")
    elsewhere.on("GET", "/token", _token())
    config = config_for(far, login=ADA)
    config = replace(config, token_hosts={far.host: frozenset({elsewhere.host})})
    client_of(far, config).resolve(_reference(far), task)
    assert elsewhere.heard(CANARY)


def test_a_token_request_follows_no_redirect(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.serve_image("app", "1", [DATA])
    _guard(far, f"{far.url}/token")
    far.on("GET", "/token", redirect(f"{elsewhere.url}/token"))
    elsewhere.on("GET", "/token", _token())
    with pytest.raises(NotARegistry, match="elsewhere"):
        client_of(far, config_for(far, login=ADA)).resolve(_reference(far), task)
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
    _guard(far, realm)
    with pytest.raises(RegistryError):
        client_of(far, config_for(far, login=ADA)).resolve(_reference(far), task)


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

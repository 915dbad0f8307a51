"""Who sees which secret: rows N05, N06 and N10 of the table of faults."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from layerscope.engine.errors import (
    MalformedReference,
    NotARegistry,
    RegistryError,
    RegistryRefused,
    SignInNeeded,
)
from layerscope.engine.oci import Descriptor, Digest, Reference
from layerscope.engine.registry import AuthFiles, Client, Login, Registries, fetch_blob
from layerscope.engine.registry.auth import helpers
from layerscope.engine.registry.auth.challenge import Challenge, parse_challenges, preferred
from layerscope.engine.registry.auth.tokens import Tokens
from layerscope.engine.registry.http.origin import Origin
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply, Seen, bearer, redirect
from support.visitors import CANARY, Logins, Pile, cancelled_when, config_for, eventually, layer_of

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


# Redirects


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
    _guard(elsewhere, f"{elsewhere.url}/token")
    elsewhere.on("GET", "/token", _token())
    pile = Pile()
    fetch_blob(client_of(far, config_for(far, login=ADA)), "app", layer_of(DATA), pile, task)
    assert bytes(pile.data) == DATA
    assert not elsewhere.heard(CANARY)


def test_a_redirected_ping_gets_no_login(
    far: HostileRegistry, elsewhere: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/", redirect(f"{elsewhere.url}/v2/"))
    elsewhere.on("GET", "/v2/", Reply(401, challenges=['Basic realm="y"']))
    far.serve_image("app", "1", [DATA])
    client_of(far, config_for(far, login=ADA)).resolve(_reference(far), task)
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


# Credential files


def _auth(user: str, password: str = CANARY) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def _file(folder: Path, name: str, document: object) -> Path:
    path = folder / name
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize(
    ("host", "repository", "user"),
    [
        ("quay.io", "a/b/c", "abc"),
        ("quay.io", "a/b", "ab"),
        ("quay.io", "a/x", "a"),
        ("quay.io", "z", "quay"),
        ("quay.io", "ab", "quay"),
        ("docker.io", "library/x", "hub"),
        ("old.example", "x", "old"),
        ("localhost:5000", "x", "port"),
        ("localhost", "x", None),
        ("nobody.example", "x", None),
        ("listed.example", "x", None),
    ],
)
def test_the_most_specific_login_wins(
    tmp_path: Path, task: Task, host: str, repository: str, user: str | None
) -> None:
    auths = {
        "quay.io": _auth("quay"),
        "quay.io/a": _auth("a"),
        "quay.io/a/b": _auth("ab"),
        "quay.io/a/b/c": _auth("abc"),
        "https://index.docker.io/v1/": _auth("hub"),
        "https://old.example/v1/": _auth("old"),
        "localhost:5000": _auth("port"),
        "listed.example": {},
    }
    found = AuthFiles((_file(tmp_path, "auth.json", {"auths": auths}),)).find(
        host, repository, task
    )
    assert (found.login.user if found.login else None) == user
    assert not found.warnings
    if found.login:
        assert found.login.password == CANARY
        assert CANARY not in repr(found)


def test_the_first_file_that_knows_the_host_wins(tmp_path: Path, task: Task) -> None:
    first = _file(tmp_path, "auth.json", {"auths": {"a.example": _auth("first")}})
    second = _file(
        tmp_path, "config.json", {"auths": {"a.example": _auth("2"), "b.example": _auth("b")}}
    )
    old = _file(tmp_path, ".dockercfg", {"https://c.example/v1/": _auth("c")})
    files = AuthFiles((first, second, old), json.dumps({"auths": {"d.example": _auth("d")}}))
    users = [
        found.login.user
        for host in ("a.example", "b.example", "c.example", "d.example")
        if (found := files.find(host, "x", task)).login
    ]
    assert users == ["first", "b", "c", "d"]


def test_the_files_are_looked_for_where_others_keep_them(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": "/run/user/7"}
    assert [str(path) for path in AuthFiles.of_environment(home).paths] == [
        "/run/user/7/containers/auth.json",
        f"{tmp_path}/.config/containers/auth.json",
        f"{tmp_path}/.docker/config.json",
        f"{tmp_path}/.dockercfg",
    ]
    only = AuthFiles.of_environment({**home, "REGISTRY_AUTH_FILE": "/x"})
    assert [str(path) for path in only.paths] == ["/x"]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"\xff",
        b'{"auths": 7}',
        b'{"auths": {"a.example": {"auth": "%"}}}',
        b"[" * 100_000,
    ],
)
def test_a_broken_file_is_a_warning_at_most(tmp_path: Path, task: Task, content: bytes) -> None:
    path = tmp_path / "auth.json"
    path.write_bytes(content)
    good = _file(tmp_path, "config.json", {"auths": {"a.example": _auth("ada")}})
    found = AuthFiles((path, good)).find("a.example", "x", task)
    assert found.login is not None
    assert found.warnings or content == b'{"auths": 7}'


def test_a_warning_shows_when_a_login_would_have_helped(
    far: HostileRegistry, client_of: ClientOf, task: Task
) -> None:
    far.on("GET", "/v2/", Reply(401, challenges=['Basic realm="x"']))
    far.on("GET", "/v2/app/manifests/1", Reply(401, challenges=['Basic realm="x"']))
    config = replace(config_for(far), credentials=Logins(None, "auth.json is not valid JSON."))
    with pytest.raises(SignInNeeded) as caught:
        client_of(far, config).resolve(_reference(far), task)
    assert "auth.json is not valid JSON." in caught.value.hint


# Helpers


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Installs a helper made of this shell script; its name."""

    def install(script: str) -> str:
        path = tmp_path / "docker-credential-test"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return "test"

    return install


def _says(**answer: str) -> str:
    return f"cat >/dev/null; echo '{json.dumps(answer)}'"


def test_a_helper_is_asked_for_the_host(
    helper: Callable[[str], str], tmp_path: Path, task: Task
) -> None:
    name = helper(f"cat >{tmp_path}/asked; " + _says(ServerURL="x", Username="ada", Secret=CANARY))
    config = {"credHelpers": {"a.example:5000": name}, "credsStore": "missing"}
    found = AuthFiles((_file(tmp_path, "config.json", config),)).find("a.example:5000", "x", task)
    assert found.login == Login("ada", CANARY, source="docker-credential-test")
    assert (tmp_path / "asked").read_text() == "a.example:5000"


def test_a_helper_knows_the_hub_by_its_old_address(
    helper: Callable[[str], str], tmp_path: Path, task: Task
) -> None:
    name = helper(f"cat >{tmp_path}/asked; " + _says(Username="<token>", Secret=CANARY))
    files = AuthFiles((_file(tmp_path, "config.json", {"credsStore": name}),))
    found = files.find("docker.io", "library/x", task)
    assert found.login is not None
    assert found.login.identity_token == CANARY
    assert (tmp_path / "asked").read_text() == "https://index.docker.io/v1/"


def test_a_helper_without_a_login_is_no_trouble(helper: Callable[[str], str], task: Task) -> None:
    name = helper("echo credentials not found in native keychain; exit 1")
    assert helpers.ask(name, "a.example", task) is None


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("exit 3", "exit code 3"),
        ("echo oh no; exit 1", "exit code 1"),
        ("yes | head -c 10000000", "does not stop"),
        ("echo hello", "JSON"),
        ("echo '[]'", "object"),
        ("""printf %s '{"ServerURL":"a\\nb","Username":"u","Secret":"s"}'""", "control"),
        ("""echo '{"Username":7,"Secret":"s"}'""", "texts"),
    ],
)
def test_a_helper_that_fails_says_how_and_never_what(
    helper: Callable[[str], str], task: Task, script: str, complaint: str
) -> None:
    name = helper(script)
    with pytest.raises(helpers.HelperFailed, match=complaint) as caught:
        helpers.ask(name, "a.example", task)
    assert "oh no" not in str(caught.value)


def test_a_missing_helper_means_a_warning_and_a_stranger(tmp_path: Path, task: Task) -> None:
    files = AuthFiles((_file(tmp_path, "config.json", {"credsStore": "not-installed-here"}),))
    found = files.find("a.example", "x", task)
    assert found.login is None
    assert "not-installed-here" in found.warnings[0]


def test_a_helper_that_hangs_is_ended_with_all_it_started(
    helper: Callable[[str], str], task: Task
) -> None:
    name = helper("sleep 60 & sleep 60")
    with pytest.raises(helpers.HelperFailed, match="did not answer"):
        helpers.ask(name, "a.example", task, seconds=0.3)


def test_cancel_answers_while_a_helper_hangs(helper: Callable[[str], str], tmp_path: Path) -> None:
    name = helper(f"touch {tmp_path}/up; sleep 60")
    ready = threading.Event()

    def started() -> None:
        if eventually((tmp_path / "up").exists):
            ready.set()

    watch = threading.Thread(target=started)
    watch.start()
    with cancelled_when(ready) as task:
        helpers.ask(name, "a.example", task)
    watch.join()


@pytest.mark.parametrize(
    "host",
    [
        "a.example\nhost=b.example",
        "a example",
        "ada@a.example",
        "a.example/b",
        "",
        "-x",
        "a..b",
        "a.example:port",
        "[::1",
        "a.example\x00",
    ],
)
def test_a_host_that_is_no_host_never_reaches_a_helper_or_the_wire(
    helper: Callable[[str], str], tmp_path: Path, task: Task, host: str
) -> None:
    name = helper(f"touch {tmp_path}/asked")
    files = AuthFiles((_file(tmp_path, "config.json", {"credsStore": name}),))
    with pytest.raises(MalformedReference):
        files.find(host, "x", task)
    with pytest.raises(MalformedReference):
        Registries(config_for()).client(host)
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize("name", ["../x", "a b", "a;b", "", "a/b"])
def test_a_helper_has_a_plain_name(name: str, task: Task) -> None:
    with pytest.raises(helpers.HelperFailed, match="not the name"):
        helpers.ask(name, "a.example", task)


def test_netrc_is_not_used(
    far: HostileRegistry,
    client_of: ClientOf,
    task: Task,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login ada password {CANARY}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    far.on("GET", "/v2/", Reply(401, challenges=['Basic realm="x"']))
    far.serve_image("app", "1", [DATA])
    client_of(far).resolve(_reference(far), task)
    assert not far.heard(CANARY)

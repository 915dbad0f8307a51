"""Logins in files and helpers: row N10 of the table of faults."""

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
    SignInNeeded,
)
from layerscope.engine.oci import Reference
from layerscope.engine.registry import AuthFiles, Login, Registries
from layerscope.engine.registry.auth import helpers
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.visitors import CANARY, ClientOf, Logins, cancelled_when, config_for, eventually

DATA = b"layer" * 1000


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
        client_of(far, config).resolve(Reference.parse(f"{far.host}/app:1"), task)
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
    client_of(far).resolve(Reference.parse(f"{far.host}/app:1"), task)
    assert not far.heard(CANARY)

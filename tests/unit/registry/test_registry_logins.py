"""Logins that are kept and forgotten by helpers, and in a keyring."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

import keyring
import pytest

from layerscope.engine.registry import (
    AuthFiles,
    DockerConfig,
    HelperFailed,
    KeyringFailed,
    KeyringLogins,
    KnownLogins,
    Login,
    SessionLogins,
)
from layerscope.engine.registry.auth import helpers
from layerscope.engine.task import Task
from support.memory_keyring import MemoryKeyring
from support.visitors import ADA, CANARY, cancelled_when

_HELPER = """#!{python}
import json, pathlib, sys
book = pathlib.Path(__file__).with_suffix(".json")
logins = json.loads(book.read_text()) if book.exists() else {{}}
verb, said = sys.argv[1], sys.stdin.read()
if verb == "store":
    given = json.loads(said)
    logins[given["ServerURL"]] = given
elif said not in logins:
    print("credentials not found in native keychain"); sys.exit(1)
elif verb == "get":
    print(json.dumps(logins[said]))
else:
    del logins[said]
book.write_text(json.dumps(logins))
"""


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A helper that keeps what it is given; its book."""
    program = tmp_path / "bin" / "docker-credential-book"
    program.parent.mkdir()
    program.write_text(_HELPER.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return program.with_suffix(".json")


def test_a_helper_keeps_the_login_and_the_file_only_the_name(
    config: DockerConfig, helper: Path, task: Task
) -> None:
    config.path.parent.mkdir()
    config.path.write_text('{\n\t"credsStore": "book"\n}')
    assert config.helper("r.example") == "book"
    config.keep_with_helper("book", "r.example", ADA, task)
    document = json.loads(config.path.read_bytes())
    assert document == {"credsStore": "book", "auths": {"r.example": {}}}
    assert CANARY not in config.path.read_text()
    found = AuthFiles((config.path,)).find("r.example", "", task).login
    assert found is not None
    assert found.password == CANARY
    assert helpers.erase("book", "r.example", task)
    assert not helpers.erase("book", "r.example", task)
    assert AuthFiles((config.path,)).find("r.example", "", task).login is None


def test_a_helper_is_told_of_docker_hub_and_of_tokens_as_docker_does(
    config: DockerConfig, helper: Path, task: Task
) -> None:
    config.keep_with_helper("book", "docker.io", Login("ada", identity_token="t"), task)
    assert json.loads(helper.read_bytes()) == {
        "https://index.docker.io/v1/": {
            "ServerURL": "https://index.docker.io/v1/",
            "Username": "<token>",
            "Secret": "t",
        }
    }


def test_a_helper_that_fails_marks_nothing(config: DockerConfig, task: Task) -> None:
    with pytest.raises(HelperFailed) as caught:
        config.keep_with_helper("absent", "r.example", ADA, task)
    assert CANARY not in str(caught.value)
    assert not config.path.exists()


def test_a_helper_for_the_host_comes_before_the_one_for_all(config: DockerConfig) -> None:
    config.path.parent.mkdir()
    config.path.write_text('{"credsStore": "all", "credHelpers": {"r.example": "one"}}')
    assert (config.helper("r.example"), config.helper("other.example")) == ("one", "all")


# The keyring


@pytest.fixture
def kept(tmp_path: Path) -> KeyringLogins:
    return KeyringLogins(tmp_path / "settings" / "keyring.json")


def test_a_login_in_the_keyring_is_found_again(
    ring: MemoryKeyring, kept: KeyringLogins, task: Task
) -> None:
    kept.keep("r.example", ADA, task)
    found = kept.find("r.example", task)
    assert found is not None
    assert (found.user, found.password) == ("ada", CANARY)
    assert kept.hosts() == {"r.example"}
    assert CANARY not in kept.note.read_text()
    assert kept.forget("r.example", task)
    assert not kept.forget("r.example", task)
    assert not ring.kept


def test_the_keyring_is_asked_for_no_registry_that_it_does_not_have(
    ring: MemoryKeyring, kept: KeyringLogins, task: Task
) -> None:
    assert kept.find("r.example", task) is None
    assert not ring.asked.is_set()


@pytest.mark.parametrize("name", ["null", "fail"])
def test_a_keyring_that_keeps_nothing_is_none(
    kept: KeyringLogins, task: Task, ring: MemoryKeyring, name: str
) -> None:
    module = __import__(f"keyring.backends.{name}", fromlist=["Keyring"])
    keyring.set_keyring(module.Keyring())
    with pytest.raises(KeyringFailed, match="no system keyring"):
        kept.keep("r.example", ADA, task)
    assert not kept.hosts()


def test_a_keyring_of_plain_files_is_none(
    kept: KeyringLogins, task: Task, ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryKeyring, "__module__", "keyrings.alt.file")
    with pytest.raises(KeyringFailed, match="no system keyring"):
        kept.keep("r.example", ADA, task)
    assert not ring.kept


def test_cancel_answers_while_the_keyring_waits_for_its_owner(
    ring: MemoryKeyring, kept: KeyringLogins, task: Task
) -> None:
    kept.keep("r.example", ADA, task)
    ring.asked.clear()
    ring.stuck = threading.Event()
    with cancelled_when(ring.asked) as cancelled:
        kept.find("r.example", cancelled)
    ring.stuck.set()
    for thread in threading.enumerate():
        if thread.name == "keyring":
            thread.join(5)


def test_a_keyring_that_breaks_is_a_warning(
    ring: MemoryKeyring, kept: KeyringLogins, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.keep("r.example", ADA, task)

    def broken(*_args: object) -> str:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(ring, "get_password", broken)
    found = KnownLogins(SessionLogins(), kept, AuthFiles(())).find("r.example", "", task)
    assert found.login is None
    assert "keyring does not work" in found.warnings[0]
    assert CANARY not in found.warnings[0]


def test_the_login_of_this_session_comes_first(
    ring: MemoryKeyring, kept: KeyringLogins, config: DockerConfig, task: Task
) -> None:
    session = SessionLogins()
    known = KnownLogins(session, kept, AuthFiles((config.path,)))

    def user() -> str:
        login = known.find("r.example", "", task).login
        return "" if login is None else login.user

    config.keep_in_plain_text("r.example", Login("file", "x"), task)
    assert user() == "file"
    kept.keep("r.example", Login("ring", "x"), task)
    assert user() == "ring"
    session.keep("r.example", Login("session", "x"))
    assert user() == "session"

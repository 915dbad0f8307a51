"""The command line about registries: how they are spoken to, mirrors, and copies of logins."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from layerscope.cli.main import main
from support import tars
from support.canary import files_with, forms_of
from support.command_line import CommandLine
from support.hostile_registry import HostileRegistry
from support.memory_keyring import MemoryKeyring, keyring_in_use, no_keyring
from support.replies import Answering, Reply, Seen
from support.surroundings import move_to
from support.visitors import CANARY

Said = tuple[int, str, str]
Shell = Callable[..., Said]
WALL = Reply(401, challenges=['Basic realm="both"'])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    move_to(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def shell(home: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    def run(*arguments: str) -> Said:
        status = main(lambda _store: 9, arguments)
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


@pytest.fixture
def docker(home: Path) -> Path:
    """Docker's file with two logins in it."""
    packed = base64.b64encode(f"ada:{CANARY}".encode()).decode()
    path = home / ".docker" / "config.json"
    path.parent.mkdir()
    hosts = ("registry.acme.dev", "registry.acme.dev/team")
    path.write_text(json.dumps({"auths": {host: {"auth": packed} for host in hosts}}))
    return path


def test_mirrors_and_plain_http_are_set_and_taken_back(shell: Shell) -> None:
    status, out, err = shell(
        "registries", "set", "docker.io", "--mirror", "https://m.acme.dev", "--mirror", "n.dev/hub"
    )
    assert (status, err) == (0, "")
    assert "Mirrors: m.acme.dev, n.dev/hub\n" in out
    status, _out, err = shell("registries", "set", "m.acme.dev", "--tls", "no")
    assert status == 0
    assert "m.acme.dev is spoken to without encryption" in err
    _status, out, _err = shell("registries")
    assert "mirror of docker.io; plain HTTP" in out
    shell("registries", "set", "m.acme.dev", "--tls", "yes")
    shell("registries", "set", "docker.io", "--no-mirrors")
    _status, out, _err = shell("registries")
    assert "m.acme.dev" not in out


def test_a_registry_is_added_and_removed(shell: Shell) -> None:
    shell("registries", "set", "registry.acme.dev:5000")
    status, out, _err = shell("registries", "--json")
    assert "registry.acme.dev:5000" in [row["registry"] for row in json.loads(out)]
    assert shell("registries", "remove", "registry.acme.dev:5000")[0] == 0
    status, _out, err = shell("registries", "remove", "registry.acme.dev:5000")
    assert (status, "not in the list" in err) == (1, True)


@pytest.mark.parametrize(
    "options",
    [
        ("--mirror", ""),
        ("--mirror", "http://m.acme.dev"),
        ("--ca-file", ""),
        ("--ca-file", "absent.pem"),
        ("--no-mirrors", "--mirror", "m.acme.dev"),
        ("--tls", "maybe"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    shell: Shell, home: Path, options: tuple[str, ...]
) -> None:
    status, out, err = shell("registries", "set", "registry.acme.dev", *options)
    assert (status in (1, 2), out) == (True, "")
    assert err
    assert list(home.rglob("settings.json")) == []


def test_logins_of_docker_are_listed_without_secrets_and_copied_by_name(
    shell: Shell, docker: Path, ring: MemoryKeyring, home: Path
) -> None:
    before = docker.read_bytes()
    status, out, err = shell("registries", "logins")
    assert (status, err) == (0, "")
    assert f"registry.acme.dev  ada   {docker}" in out
    assert "alone" in out
    assert not any(form in out.encode() for form in forms_of(CANARY))
    status, out, err = shell("registries", "logins", "--copy", "registry.acme.dev")
    assert (status, err) == (0, "")
    assert out.startswith("Copied the login ada for registry.acme.dev to ")
    assert [host for _service, host in ring.kept] == ["registry.acme.dev"]
    assert docker.read_bytes() == before
    assert files_with(CANARY, home, docker) == []


def test_without_a_keyring_nothing_is_copied(shell: Shell, docker: Path, home: Path) -> None:
    with keyring_in_use(no_keyring()):
        status, out, err = shell("registries", "logins", "--copy", "registry.acme.dev")
    assert (status, out) == (1, "")
    assert "no system keyring" in err
    assert files_with(CANARY, home, docker) == []


def test_a_login_that_is_not_there_is_not_copied(
    shell: Shell, docker: Path, ring: MemoryKeyring
) -> None:
    arguments = ("registries", "logins", "--copy", "registry.acme.dev", "--from", "/nowhere")
    status, out, err = shell(*arguments)
    assert (status, out) == (1, "")
    assert "no login for registry.acme.dev in /nowhere" in err
    assert ring.kept == {}


def _guarded(registry: HostileRegistry) -> None:
    """Nothing without a login."""

    def guard(answer: Answering) -> Answering:
        def answering(seen: Seen) -> Reply:
            if "authorization" not in seen.headers:
                return WALL
            return answer if isinstance(answer, Reply) else answer(seen)

        return answering

    for path, (answer, *_more) in list(registry.scripts.items()):
        registry.on(*path, guard(answer))


def test_a_pull_through_mirrors_shows_the_login_to_the_registry_alone(tmp_path: Path) -> None:
    """Program, streams, files and both mirrors are searched for the secret."""
    layer = gzip.compress(tars.tar(tars.member(b"etc/motd", b"hello")))
    with HostileRegistry() as far, HostileRegistry() as near, HostileRegistry() as thief:
        for registry in (far, near, thief):
            registry.serve_image("app", "1", [layer])
        _guarded(far)
        _guarded(thief)
        packed = base64.b64encode(f"ada:{CANARY}".encode()).decode()
        config = tmp_path / ".docker" / "config.json"
        config.parent.mkdir()
        config.write_text(json.dumps({"auths": {far.host: {"auth": packed}}}))
        shell = CommandLine(tmp_path)
        shell.run("registries", "set", far.host, "--mirror", thief.host, "--mirror", near.host)
        out, err = shell.run("pull", f"{far.host}/app:1", "--json")
        told = json.loads(out)
        assert told["from_mirrors"] == told["downloaded"] == len(layer)
        assert f"Mirror {thief.host} was passed over" in told["warnings"][0]
        assert far.heard(CANARY)
        assert near.requests
        assert thief.requests
        assert not near.heard(CANARY)
        assert not thief.heard(CANARY)
        assert not any(form in out + err.encode() for form in forms_of(CANARY))
        assert files_with(CANARY, tmp_path, config) == []

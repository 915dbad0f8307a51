"""Logins of docker and podman: shown without secrets, copied by a click, left as they are."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path

import pytest

from layerscope.engine.errors import BadInput
from layerscope.engine.library import Library
from layerscope.engine.library.values import Keep, NotedLogin
from layerscope.engine.task import Task
from support.canary import files_with, forms_of
from support.memory_keyring import MemoryKeyring, keyring_in_use, no_keyring
from support.visitors import CANARY

ACME, HUB = "registry.acme.dev", "docker.io"


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    path = tmp_path / "home" / ".docker" / "config.json"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    path = tmp_path / "run" / "containers" / "auth.json"
    path.parent.mkdir(parents=True)
    return path


def entry(user: str, secret: str = CANARY) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{secret}".encode()).decode()}


def write(path: Path, **document: object) -> bytes:
    path.write_text(json.dumps(document))
    return path.read_bytes()


def noted(library: Library) -> tuple[NotedLogin, ...]:
    return library.noted_logins(task=Task()).logins


def helper(
    folder: Path, monkeypatch: pytest.MonkeyPatch, users: dict[str, str], *, lists: bool = True
) -> Path:
    """``docker-credential-safe`` with these servers and users; the file that it notes what it was
    asked in."""
    program = folder / "bin" / "docker-credential-safe"
    program.parent.mkdir()
    asked = folder / "asked.txt"
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        f"users = {users!r}\n"
        "server = sys.stdin.read()\n"
        f"open({str(asked)!r}, 'a').write(sys.argv[1] + ' ' + server + '\\n')\n"
        f"if sys.argv[1] == 'list' and {lists}: print(json.dumps(users))\n"
        "elif sys.argv[1] == 'get' and server in users:\n"
        f"    answer = dict(Username=users[server], Secret={CANARY!r}, ServerURL=server)\n"
        "    print(json.dumps(answer))\n"
        "else: print('credentials not found in native keychain'); sys.exit(1)\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return asked


def test_hosts_and_users_are_told_with_their_source_and_never_a_secret(
    library: Library, docker: Path, podman: Path
) -> None:
    write(docker, auths={"https://index.docker.io/v1/": entry("ada")})
    write(podman, auths={ACME: entry("bob"), f"{ACME}/team": entry("eve")})
    told = library.noted_logins(task=Task())
    assert [(row.registry, row.user, row.source) for row in told.logins] == [
        (ACME, "bob", str(podman)),
        (ACME, "eve", str(podman)),
        (HUB, "ada", str(docker)),
    ]
    assert told.logins[1].trouble.startswith(f"It is for {ACME}/team alone")
    assert not any(form in repr(told).encode() for form in forms_of(CANARY))


def test_only_what_was_chosen_is_copied_into_the_keyring(
    library: Library, docker: Path, ring: MemoryKeyring, tmp_path: Path
) -> None:
    before = write(docker, auths={ACME: entry("bob"), "other.acme.dev": entry("eve")})
    told = library.noted_logins(task=Task())
    assert told.keep is Keep.KEYRING
    assert ring.kept == {}, "looking copies nothing"
    done = library.copy_logins([(ACME, str(docker))], task=Task())
    assert (done.copied, done.notes, done.where) == (((ACME, "bob"),), (), told.where)
    assert [host for _service, host in ring.kept] == [ACME]
    assert docker.read_bytes() == before
    assert noted(library)[0].ours == "the system's keyring"
    docker.unlink()
    (row,) = (each for each in library.registries(task=Task()) if each.host == HUB)
    assert row.signed_in_as == ""
    library.configure_registry(ACME, task=Task())
    row = next(each for each in library.registries(task=Task()) if each.host == ACME)
    assert (row.signed_in_as, row.login_source) == ("bob", "the system's keyring")
    assert files_with(CANARY, tmp_path) == []


def test_without_a_keyring_copies_last_for_the_session_and_stand_in_no_file(
    library: Library, docker: Path, tmp_path: Path
) -> None:
    write(docker, auths={ACME: entry("bob")})
    told = library.noted_logins(task=Task())
    assert (told.keep, told.where) == (Keep.SESSION, "this session")
    done = library.copy_logins([(ACME, str(docker))], task=Task())
    assert (done.keep, done.copied) == (Keep.SESSION, ((ACME, "bob"),))
    assert files_with(CANARY, tmp_path, docker) == []
    with pytest.raises(BadInput, match="no system keyring"):
        library.copy_logins([(ACME, str(docker))], "keyring", task=Task())


@pytest.mark.parametrize("keep", ["helper", "plain-text"])
def test_copies_never_go_where_other_programs_keep_theirs(
    library: Library, docker: Path, ring: MemoryKeyring, keep: str
) -> None:
    before = write(docker, auths={ACME: entry("bob")})
    with pytest.raises(BadInput):
        library.copy_logins([(ACME, str(docker))], keep, task=Task())
    assert ring.kept == {}
    assert docker.read_bytes() == before


def test_a_helper_is_asked_for_users_when_looking_and_for_a_secret_when_copying(
    library: Library,
    docker: Path,
    ring: MemoryKeyring,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = helper(tmp_path, monkeypatch, {"https://index.docker.io/v1/": "ada", ACME: "bob"})
    write(docker, credsStore="safe", auths={ACME: {}})
    rows = noted(library)
    assert [(row.registry, row.user, row.helper) for row in rows] == [
        (ACME, "bob", "docker-credential-safe"),
        (HUB, "ada", "docker-credential-safe"),
    ]
    assert asked.read_text().split() == ["list"]
    library.copy_logins([(HUB, rows[1].source)], task=Task())
    assert "get https://index.docker.io/v1/" in asked.read_text()
    assert f"get {ACME}" not in asked.read_text()
    assert [host for _service, host in ring.kept] == [HUB]


def test_a_helper_that_cannot_tell_what_it_has_is_asked_for_each_host_that_is_written_down(
    library: Library, docker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper(tmp_path, monkeypatch, {ACME: "bob"}, lists=False)
    write(docker, credHelpers={ACME: "safe", "absent.acme.dev": "gone"})
    told = library.noted_logins(task=Task())
    assert [(row.registry, row.user) for row in told.logins] == [(ACME, "bob")]
    assert "docker-credential-gone could not be started" in told.notes[0]


def test_a_token_that_is_no_password_of_ours_stays_where_it_is(
    library: Library, docker: Path, ring: MemoryKeyring
) -> None:
    write(docker, auths={ACME: {"registrytoken": CANARY}, HUB: {"identitytoken": CANARY}})
    first, second = noted(library)
    assert "soon runs out" in first.trouble
    assert second.trouble == ""
    done = library.copy_logins([(ACME, str(docker)), (HUB, str(docker))], task=Task())
    assert [host for host, _user in done.copied] == [HUB]
    assert "soon runs out" in done.notes[0]


def test_what_is_damaged_or_no_host_is_told_or_left_out(
    library: Library, docker: Path, podman: Path, ring: MemoryKeyring
) -> None:
    podman.write_text("{ no")
    write(docker, auths={"a b": entry("x"), "x\ny": entry("y"), ACME: {"auth": "!"}})
    told = library.noted_logins(task=Task())
    assert told.logins == ()
    assert len(told.notes) == 2
    done = library.copy_logins([("x\ny", str(docker)), (ACME, "/nowhere")], task=Task())
    assert done.copied == ()
    assert len(done.notes) == 2
    assert ring.kept == {}


def test_where_a_login_would_be_kept_is_known_beforehand(
    library: Library, docker: Path, ring: MemoryKeyring
) -> None:
    places = library.login_places(ACME, task=Task())
    assert (places.safest, places.file) == (Keep.KEYRING, str(docker))
    with keyring_in_use(no_keyring()):
        places = library.login_places(ACME, task=Task())
        assert (places.safest, places.where) == (Keep.SESSION, "this session")
    write(docker, credHelpers={ACME: "safe"})
    places = library.login_places(ACME, task=Task())
    assert (places.safest, places.where) == (Keep.HELPER, "docker-credential-safe")

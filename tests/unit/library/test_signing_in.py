"""A login is checked, kept in the safest place there is, used at once and forgotten again."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from layerscope.engine.errors import BadInput, MalformedReference, SignInNeeded
from layerscope.engine.library import Library
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.values import Keep, RegistryState, Settings
from layerscope.engine.registry import Login
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.memory_keyring import MemoryKeyring
from support.replies import Reply
from support.token_servers import guard, token_of
from support.visitors import CANARY

ADA = Login("ada", CANARY)


@pytest.fixture
def far() -> Iterator[HostileRegistry]:
    """A registry that lets nobody in but Ada."""
    with HostileRegistry() as registry:
        registry.on(
            "GET",
            "/v2/",
            lambda seen: (
                Reply(200)
                if seen.headers.get("authorization") == ADA.basic
                else Reply(401, challenges=['Basic realm="x"'])
            ),
        )
        yield registry


@pytest.fixture
def ground(store: Store, far: HostileRegistry) -> Ground:
    settings = Settings(registries=(far.host,), plain_http=(far.host,))
    return Ground(store, settings, InlinePasses())


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "home" / ".docker" / "config.json"
    path.parent.mkdir(parents=True)
    return path


def _state(library: Library, host: str) -> tuple[RegistryState, str, str]:
    (row,) = library.registries(task=Task())
    assert row.host == host
    return row.state, row.signed_in_as, row.login_source


def test_where_there_is_no_safe_place_a_login_lasts_for_the_session(
    library: Library, far: HostileRegistry, tmp_path: Path
) -> None:
    done = library.login(far.host, "ada", CANARY, task=Task())
    assert done.kept is Keep.SESSION
    assert "no system keyring" in done.notes[0]
    assert _state(library, far.host)[:2] == (RegistryState.SIGNED_IN, "ada")
    assert library.test_registry(far.host, task=Task()).state is RegistryState.SIGNED_IN
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes()
    assert library.logout(far.host, task=Task()).removed == ("this session",)
    assert _state(library, far.host)[0] is RegistryState.ANONYMOUS


def test_a_login_of_the_session_survives_new_settings(
    library: Library, far: HostileRegistry
) -> None:
    library.login(far.host, "ada", CANARY, task=Task())
    settings = library.settings(task=Task())
    library.change_settings(settings, task=Task())
    assert _state(library, far.host)[1] == "ada"


def test_a_login_that_is_not_accepted_is_kept_nowhere(
    library: Library, far: HostileRegistry, config: Path
) -> None:
    with pytest.raises(SignInNeeded):
        library.login(far.host, "ada", "wrong", "plain-text", task=Task())
    assert not config.exists()
    assert _state(library, far.host)[0] is RegistryState.ANONYMOUS


def test_the_keyring_comes_before_the_session(
    library: Library, far: HostileRegistry, ring: MemoryKeyring, config: Path
) -> None:
    done = library.login(far.host, "ada", CANARY, task=Task())
    assert (done.kept, done.notes) == (Keep.KEYRING, ())
    assert len(ring.kept) == 1
    assert _state(library, far.host) == (
        RegistryState.SIGNED_IN,
        "ada",
        "the system's keyring",
    )
    assert not config.exists()
    assert library.logout(far.host, task=Task()).removed == ("the system's keyring",)
    assert not ring.kept


def test_a_helper_that_is_set_up_comes_before_the_keyring(
    library: Library,
    far: HostileRegistry,
    ring: MemoryKeyring,
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = tmp_path / "bin" / "docker-credential-note"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, sys\n"
        "book = pathlib.Path(__file__).with_suffix('.txt')\n"
        "said = sys.stdin.read()\n"
        "if sys.argv[1] == 'store': book.write_text(said)\n"
        "elif not book.exists(): print('credentials not found in native keychain'); sys.exit(1)\n"
        "elif sys.argv[1] == 'get': print(book.read_text())\n"
        "else: book.unlink()\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    config.write_text('{\n\t"credsStore": "note"\n}')
    done = library.login(far.host, "ada", CANARY, task=Task())
    assert (done.kept, done.where) == (Keep.HELPER, "docker-credential-note")
    assert json.loads(config.read_bytes())["auths"] == {far.host: {}}
    assert not ring.kept
    assert library.logout(far.host, task=Task()).removed == ("docker-credential-note",)
    assert json.loads(config.read_bytes())["auths"] == {}


def test_a_helper_that_is_missing_is_told_and_passed_over(
    library: Library, far: HostileRegistry, config: Path
) -> None:
    config.write_text('{"credsStore": "absent"}')
    done = library.login(far.host, "ada", CANARY, task=Task())
    assert done.kept is Keep.SESSION
    assert "docker-credential-absent could not be started" in done.notes[0]
    assert config.read_text() == '{"credsStore": "absent"}'


def test_plain_text_is_written_only_when_asked_for_and_replaces_what_came_first(
    library: Library, far: HostileRegistry, ring: MemoryKeyring, config: Path
) -> None:
    library.login(far.host, "ada", CANARY, task=Task())
    done = library.login(far.host, "ada", CANARY, "plain-text", task=Task())
    assert (done.kept, done.where, done.notes) == (Keep.PLAIN_TEXT, str(config), ())
    assert not ring.kept
    assert _state(library, far.host)[2] == str(config)


def test_a_login_of_another_program_that_comes_first_is_told(
    library: Library, far: HostileRegistry, tmp_path: Path
) -> None:
    other = tmp_path / "home" / "containers" / "auth.json"
    other.parent.mkdir(parents=True)
    other.write_text(json.dumps({"auths": {far.host: {"auth": "b2xkOm9sZA=="}}}))
    done = library.login(far.host, "ada", CANARY, "plain-text", task=Task())
    assert done.notes == (f"Another login for {far.host} comes first: the one in {other}.",)


def test_a_registry_that_fails_says_why(library: Library, far: HostileRegistry) -> None:
    far.on("GET", "/v2/", Reply(404))
    told = library.test_registry(far.host, task=Task())
    assert (told.state, told.encrypted) == (RegistryState.FAILING, None)
    assert "does not answer like a registry" in told.trouble
    assert told.hint


def test_a_stored_login_that_is_no_longer_right_is_failing(
    library: Library, far: HostileRegistry, config: Path
) -> None:
    config.write_text(json.dumps({"auths": {far.host: {"auth": "YWRhOm9sZA=="}}}))
    told = library.test_registry(far.host, task=Task())
    assert (told.state, told.signed_in_as) == (RegistryState.FAILING, "ada")
    assert "did not accept" in told.trouble


def test_a_file_of_docker_that_is_damaged_is_left_alone(
    library: Library, far: HostileRegistry, config: Path
) -> None:
    config.write_text("{ no")
    with pytest.raises(BadInput, match="cannot be used"):
        library.login(far.host, "ada", CANARY, "plain-text", task=Task())
    assert config.read_text() == "{ no"


def test_a_host_that_is_none_is_refused(library: Library) -> None:
    with pytest.raises(MalformedReference):
        library.login("r.example\nhost=evil", "ada", CANARY, task=Task())
    with pytest.raises(MalformedReference):
        library.logout("https://r.example/x", task=Task())


def test_a_login_goes_to_another_host_only_by_a_persons_word_and_not_after_it_is_taken_back(
    library: Library, far: HostileRegistry, ring: MemoryKeyring
) -> None:
    with HostileRegistry() as other:
        far.on("GET", "/v2/", Reply())
        guard(far, f"{other.url}/token")
        other.on(
            "GET",
            "/token",
            lambda seen: (
                token_of() if seen.headers.get("authorization") == ADA.basic else Reply(401)
            ),
        )
        with pytest.raises(SignInNeeded) as caught:
            library.login(far.host, "ada", CANARY, task=Task())
        assert caught.value.token_server == other.host
        assert "when you sign in" in caught.value.hint
        assert not other.heard(CANARY)
        library.allow_token_server(far.host, other.host, task=Task())
        library.allow_token_server(far.host, other.host, task=Task())
        assert library.login(far.host, "ada", CANARY, task=Task()).kept is Keep.KEYRING
        assert other.heard(CANARY)
        (row,) = library.registries(task=Task())
        assert row.token_servers == (other.host,)
        library.configure_registry(far.host, token_servers=(), task=Task())
        seen = len(other.requests)
        assert library.test_registry(far.host, task=Task()).state is RegistryState.FAILING
        assert not any(CANARY in str(each) for each in other.requests[seen:])


def test_a_wrong_password_is_no_reason_to_let_others_see_it(
    library: Library, far: HostileRegistry
) -> None:
    with pytest.raises(SignInNeeded) as caught:
        library.login(far.host, "ada", "wrong", task=Task())
    assert caught.value.token_server == ""


@pytest.mark.parametrize("server", ["", "not a host", "auth.example/path", "user@auth.example"])
def test_what_is_no_host_cannot_be_allowed(
    library: Library, far: HostileRegistry, server: str
) -> None:
    with pytest.raises(BadInput, match="not the name of"):
        library.allow_token_server(far.host, server, task=Task())

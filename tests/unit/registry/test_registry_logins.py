"""Logins that are kept and forgotten: in docker's file, by helpers, in a keyring."""

from __future__ import annotations

import base64
import json
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.errors import BadInput, RegistryError, SignInNeeded
from layerscope.engine.registry import (
    AuthFiles,
    DockerConfig,
    HelperFailed,
    KeyringFailed,
    KeyringLogins,
    KnownLogins,
    Login,
    Registries,
    SessionLogins,
)
from layerscope.engine.registry.auth import helpers
from layerscope.engine.registry.auth.json_text import with_member, without_member
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.memory_keyring import MemoryKeyring, keyring_in_use
from support.replies import Reply, bearer
from support.visitors import CANARY, cancelled_when, config_for

ADA = Login("ada", CANARY, source="a test")
AUTH = base64.b64encode(f"ada:{CANARY}".encode()).decode()

DOCKERS = """{
	"auths": {
		"https://index.docker.io/v1/": {
			"auth": "aHViOnB3"
		},
		"quay.io/team": {
			"auth": "cXVheTpwdw=="
		}
	},
	"HttpHeaders": {
		"X-Meta": "a\\u003cb"
	},
	"credHelpers": {},
	"psFormat": "table {{.ID}}",
	"big": 12345678901234567890.50
}"""
FOUR_SPACES = '{\n    "z": 1,\n    "auths": {\n        "a.example": {"auth": "YTpi"}\n    }\n}\n'
ONE_LINE = '{"auths":{"a.example":{"auth":"YTpi"}},"detachKeys":"ctrl-e,e"}'
WINDOWS = '{\r\n\t"auths": {\r\n\t\t"a.example": {}\r\n\t}\r\n}\r\n'


# The text of the file


@pytest.mark.parametrize("text", [DOCKERS, FOUR_SPACES, ONE_LINE, WINDOWS])
def test_a_login_comes_and_goes_without_a_trace(text: str) -> None:
    there = with_member(text, ("auths", "r.example"), {"auth": "x"})
    assert json.loads(there)["auths"]["r.example"] == {"auth": "x"}
    assert without_member(there, ("auths", "r.example")) == text


@pytest.mark.parametrize("text", [DOCKERS, FOUR_SPACES, ONE_LINE, WINDOWS])
def test_only_the_lines_of_the_login_are_new(text: str) -> None:
    there = with_member(text, ("auths", "r.example"), {"auth": "x"})
    added = len(there) - len(text)
    assert any(text == there[:at] + there[at + added :] for at in range(len(text)))


def test_an_empty_file_is_written_as_docker_writes_it() -> None:
    written = '{\n\t"auths": {\n\t\t"r.example": {\n\t\t\t"auth": "x"\n\t\t}\n\t}\n}'
    for text in ("", "{}", " \n"):
        assert with_member(text, ("auths", "r.example"), {"auth": "x"}) == written


def test_new_lines_are_indented_as_the_file_is() -> None:
    there = with_member(FOUR_SPACES, ("auths", "r.example"), {"auth": "x"})
    assert ',\n        "r.example": {\n            "auth": "x"\n        }\n    }\n}\n' in there
    assert "\n" not in with_member(ONE_LINE, ("auths", "r.example"), {"auth": "x"})
    windows = with_member(WINDOWS, ("auths", "r.example"), {"auth": "x"})
    assert windows.count("\n") == windows.count("\r\n")


def test_the_last_login_that_goes_leaves_an_empty_object() -> None:
    assert without_member(ONE_LINE, ("auths", "a.example")) == (
        '{"auths":{},"detachKeys":"ctrl-e,e"}'
    )


def test_a_null_is_no_obstacle() -> None:
    there = with_member('{\n\t"auths": null\n}', ("auths", "r"), {})
    assert json.loads(there) == {"auths": {"r": {}}}


@pytest.mark.parametrize("text", ["[]", "{", '{"a":1} x', '{"a" 1}', "{'a': 1}", '{"a":1,}'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # what it says is json's
        with_member(text, ("auths", "r"), {})


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(
    document=st.dictionaries(st.text(), _JSON, max_size=5),
    indent=st.sampled_from([None, "\t", 2, 4]),
    key=st.text(),
)
def test_any_document_keeps_the_rest_of_itself(
    document: dict[str, object], indent: int | str | None, key: str
) -> None:
    text = json.dumps(document, indent=indent)
    wanted = dict(document)
    auths = wanted.get("auths")
    wanted["auths"] = {**(auths if isinstance(auths, dict) else {}), key: {"auth": "x"}}
    there = with_member(text, ("auths", key), {"auth": "x"})
    assert json.loads(there) == wanted
    assert list(json.loads(there)) == list(wanted)
    gone = json.loads(without_member(there, ("auths", key)))
    assert key not in gone["auths"]


# The file


@pytest.fixture
def config(tmp_path: Path) -> DockerConfig:
    return DockerConfig(tmp_path / "docker" / "config.json", tmp_path / "logins.lock")


def _found(config: DockerConfig, host: str, task: Task) -> Login | None:
    return AuthFiles((config.path,)).find(host, "", task).login


def test_a_login_in_plain_text_is_found_again(config: DockerConfig, task: Task) -> None:
    config.keep_in_plain_text("r.example:5000", ADA, task)
    assert json.loads(config.path.read_bytes()) == {"auths": {"r.example:5000": {"auth": AUTH}}}
    found = _found(config, "r.example:5000", task)
    assert found is not None
    assert (found.user, found.password) == ("ada", CANARY)
    assert config.forget("r.example:5000", task)
    assert not config.forget("r.example:5000", task)
    assert _found(config, "r.example:5000", task) is None


def test_the_file_is_for_its_owner_only(config: DockerConfig, task: Task) -> None:
    config.path.parent.mkdir()
    config.path.write_text("{}")
    config.path.chmod(0o644)
    config.keep_in_plain_text("r.example", ADA, task)
    assert stat.S_IMODE(config.path.stat().st_mode) == 0o600


def test_docker_hub_has_the_key_that_docker_gives_it(config: DockerConfig, task: Task) -> None:
    config.path.parent.mkdir()
    config.path.write_text(json.dumps({"auths": {"docker.io": {"auth": "b2xkOm9sZA=="}}}))
    config.keep_in_plain_text("docker.io", ADA, task)
    assert json.loads(config.path.read_bytes()) == {
        "auths": {"https://index.docker.io/v1/": {"auth": AUTH}}
    }
    assert config.forget("docker.io", task)


def test_logins_for_single_repositories_stay(config: DockerConfig, task: Task) -> None:
    config.path.parent.mkdir()
    entries = {
        "quay.io/team": {"auth": AUTH},
        "https://quay.io": {"auth": AUTH},
        "quay.io": {"auth": AUTH},
        "xquay.io": {"auth": AUTH},
    }
    config.path.write_text(json.dumps({"auths": entries}))
    assert config.forget("quay.io", task)
    assert list(json.loads(config.path.read_bytes())["auths"]) == ["quay.io/team", "xquay.io"]


def test_an_identity_token_takes_the_place_of_the_password(
    config: DockerConfig, task: Task
) -> None:
    config.keep_in_plain_text("r.example", Login("ada", identity_token=CANARY), task)
    entry = json.loads(config.path.read_bytes())["auths"]["r.example"]
    assert entry == {"auth": base64.b64encode(b"ada:").decode(), "identitytoken": CANARY}
    found = _found(config, "r.example", task)
    assert found is not None
    assert found.identity_token == CANARY


def test_the_file_behind_a_symbolic_link_is_changed(
    config: DockerConfig, tmp_path: Path, task: Task
) -> None:
    (tmp_path / "dotfiles").mkdir()
    config.path.parent.mkdir()
    config.path.symlink_to("../dotfiles/docker.json")
    config.keep_in_plain_text("r.example", ADA, task)
    assert config.path.is_symlink()
    assert AUTH in (tmp_path / "dotfiles" / "docker.json").read_text()
    assert [each.name for each in (tmp_path / "dotfiles").iterdir()] == ["docker.json"]


@pytest.mark.parametrize("content", ["{", "[]", '{"auths": 7', "\ufeff{}"])
def test_a_file_that_cannot_be_understood_stays_as_it_is(
    config: DockerConfig, task: Task, content: str
) -> None:
    config.path.parent.mkdir()
    config.path.write_text(content)
    with pytest.raises(BadInput, match="cannot be used"):
        config.keep_in_plain_text("r.example", ADA, task)
    assert config.path.read_text() == content


def test_links_that_lead_in_circles_and_pipes_are_refused(config: DockerConfig, task: Task) -> None:
    config.path.parent.mkdir()
    config.path.symlink_to(config.path)
    with pytest.raises(BadInput):
        config.keep_in_plain_text("r.example", ADA, task)
    config.path.unlink()
    os.mkfifo(config.path)
    with pytest.raises(BadInput):
        config.keep_in_plain_text("r.example", ADA, task)


def test_two_who_sign_in_at_once_are_both_kept(config: DockerConfig) -> None:
    def sign_in(number: int) -> None:
        config.keep_in_plain_text(f"r{number}.example", ADA, Task())

    threads = [threading.Thread(target=sign_in, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(json.loads(config.path.read_bytes())["auths"]) == 8


def test_the_file_is_the_one_that_is_read() -> None:
    lock = Path("/lock")
    at = DockerConfig.of_environment
    assert at(lock, {"HOME": "/h"}).path == Path("/h/.docker/config.json")
    assert at(lock, {"HOME": "/h", "DOCKER_CONFIG": "/d"}).path == Path("/d/config.json")
    assert at(lock, {"DOCKER_CONFIG": "/d", "REGISTRY_AUTH_FILE": "/r"}).path == Path("/r")


# Helpers

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
    found = _found(config, "r.example", task)
    assert found is not None
    assert found.password == CANARY
    assert helpers.erase("book", "r.example", task)
    assert not helpers.erase("book", "r.example", task)
    assert _found(config, "r.example", task) is None


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
def ring() -> Iterator[MemoryKeyring]:
    made = MemoryKeyring()
    with keyring_in_use(made):
        yield made


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


# Asking the registry first


@pytest.fixture
def registries_of() -> Iterator[Callable[..., Registries]]:
    made: list[Registries] = []

    def make(*far: HostileRegistry) -> Registries:
        made.append(Registries(config_for(*far)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def _guarded(far: HostileRegistry, right: str, challenge: str) -> None:
    far.on(
        "GET",
        "/v2/",
        lambda seen: (
            Reply(200)
            if seen.headers.get("authorization") == right
            else Reply(401, challenges=[challenge])
        ),
    )


def test_a_password_that_is_right_is_accepted_and_a_wrong_one_not(
    far: HostileRegistry, registries_of: Callable[..., Registries], task: Task
) -> None:
    _guarded(far, ADA.basic, 'Basic realm="x"')
    registries = registries_of(far)
    assert registries.accepted(far.host, ADA, task).checked
    with pytest.raises(SignInNeeded, match="did not accept this user name and password"):
        registries.accepted(far.host, Login("ada", "wrong"), task)


def test_a_token_server_is_asked_for_a_token_of_the_registrys_own(
    far: HostileRegistry, registries_of: Callable[..., Registries], task: Task
) -> None:
    _guarded(far, "Bearer t0ken", bearer(f"{far.url}/token"))
    far.on("GET", "/token", Reply(body=b'{"token": "t0ken", "refresh_token": "id3ntity"}'))
    agreed = registries_of(far).accepted(far.host, ADA, task)
    assert agreed.login == Login("ada", identity_token="id3ntity", source="a test")
    (asked,) = far.asked("GET", "/token")
    assert "offline_token=true" in asked.target
    assert "scope=" not in asked.target


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_token_server_that_says_no_is_believed(
    far: HostileRegistry, registries_of: Callable[..., Registries], task: Task, status: int
) -> None:
    _guarded(far, "Bearer t0ken", bearer(f"{far.url}/token"))
    far.on("GET", "/token", Reply(status))
    with pytest.raises(SignInNeeded, match="did not accept"):
        registries_of(far).accepted(far.host, ADA, task)


def test_a_login_is_not_checked_at_a_realm_that_may_not_see_it(
    far: HostileRegistry,
    elsewhere: HostileRegistry,
    registries_of: Callable[..., Registries],
    task: Task,
) -> None:
    """A token for strangers would look like success."""
    _guarded(far, "Bearer t0ken", bearer(f"{elsewhere.url}/token"))
    elsewhere.on("GET", "/token", Reply(body=b'{"token": "t0ken"}'))
    with pytest.raises(SignInNeeded, match="asks to log in at"):
        registries_of(far, elsewhere).accepted(far.host, ADA, task)
    assert not elsewhere.requests


def test_a_registry_that_lets_everybody_in_checks_nothing(
    far: HostileRegistry, registries_of: Callable[..., Registries], task: Task
) -> None:
    assert not registries_of(far).accepted(far.host, ADA, task).checked
    assert not far.heard(CANARY)


@pytest.mark.parametrize("login", [Login("ada", ""), Login("a:b", "x"), Login("a\nb", "x")])
def test_what_no_registry_could_be_shown_is_refused(
    far: HostileRegistry, registries_of: Callable[..., Registries], task: Task, login: Login
) -> None:
    with pytest.raises(BadInput):
        registries_of(far).accepted(far.host, login, task)
    assert not far.requests


def test_a_host_that_is_no_host_is_not_signed_in_to(
    registries_of: Callable[..., Registries], task: Task
) -> None:
    with pytest.raises((BadInput, RegistryError)):
        registries_of().accepted("r.example\nevil", ADA, task)

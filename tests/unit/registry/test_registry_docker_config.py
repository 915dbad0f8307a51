"""Logins in docker's own file, where the rest of it stays as it is."""

from __future__ import annotations

import base64
import json
import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.engine.errors import BadInput
from layerscope.engine.registry import (
    AuthFiles,
    DockerConfig,
    Login,
)
from layerscope.engine.registry.auth.json_text import with_member, without_member
from layerscope.engine.task import Task
from support.visitors import ADA, CANARY

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

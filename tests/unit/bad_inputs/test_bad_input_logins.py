"""N10: helpers, files and surroundings that logins come from, as bad as they can be; seen from a
pull of an image that needs one."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from layerscope.engine.errors import LayerscopeError, SignInNeeded
from layerscope.engine.library import open_library, remote
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.registry import Login, Proxies, Registries
from layerscope.engine.registry.auth import helpers
from layerscope.engine.task import Task
from support import tars
from support.bad_inputs import Door
from support.canary import files_with
from support.hostile_registry import HostileRegistry
from support.replies import Answering, Reply, Seen
from support.visitors import CANARY, config_for

LAYER = gzip.compress(tars.tar(tars.member(b"secret.txt", b"x")), mtime=0)
LOGIN = Login("me", CANARY)


class Guarded:
    """app:1, of a registry that shows it to those who know the password."""

    def __init__(self, door: Door, registry: HostileRegistry, programs: Path) -> None:
        self.door = door
        self.registry = registry
        self.reference = f"{registry.host}/app:1"
        self._programs = programs
        registry.serve_image("app", "1", [LAYER])
        registry.on("GET", "/v2/", Reply(body=b"{}"))
        for path, answers in dict(registry.scripts).items():
            registry.on(*path, guarded(answers[0]))

    def helper(self, script: str) -> None:
        """The helper that Docker's config file names for every registry."""
        path = self._programs / "docker-credential-bad"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        self.config({"credsStore": "bad"})

    def config(self, document: object) -> None:
        home = Path(os.environ["DOCKER_CONFIG"])
        home.mkdir(exist_ok=True)
        (home / "config.json").write_text(json.dumps(document))

    def refused(self) -> LayerscopeError:
        error = self.door.refused(
            SignInNeeded,
            lambda: self.door.library.pull(self.reference, task=Task()),
            self.registry.host,
        )
        self.door.complaint("pull", self.reference)
        assert CANARY not in f"{error} {error.hint} {error.__dict__}"
        self.is_nowhere()
        return error

    def is_nowhere(self) -> None:
        """The secret stands in no file but the ones that it came from."""
        came_from = {self._programs / "docker-credential-bad", self.door.folder / "home" / ".netrc"}
        assert files_with(CANARY, self.door.folder, *came_from) == []


def guarded(answer: Answering) -> Answering:
    def answering(seen: Seen) -> Reply:
        if seen.headers.get("authorization") != LOGIN.basic:
            return Reply(401, challenges=['Basic realm="far"'])
        return answer if isinstance(answer, Reply) else answer(seen)

    return answering


@pytest.fixture
def app(door: Door, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Guarded]:
    programs = tmp_path / "programs"
    programs.mkdir()
    (tmp_path / "home").mkdir(exist_ok=True)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "home" / "docker"))
    monkeypatch.setattr(helpers.ask, "__defaults__", (0.5,))  # seconds
    with HostileRegistry() as registry:
        monkeypatch.setattr(
            remote,
            "make_registries",
            lambda settings, hosts, session: Registries(
                replace(config_for(registry), credentials=remote.known_logins(session))
            ),
        )
        library = open_library(door.store, InlinePasses())
        yield Guarded(Door(door.folder, library, door.capture), registry, programs)


def says(**answer: str) -> str:
    return f"cat >/dev/null; printf '%s' '{json.dumps(answer)}'"


HELPERS = {
    "N10-hangs": "sleep 60",
    "N10-floods": "yes | head -c 10000000",
    "N10-exit-1": f"echo {CANARY}; exit 1",
    "N10-nothing": "true",
    "N10-no-json": f"echo {CANARY}",
    "N10-a-list": "echo '[]'",
    "N10-numbers": 'echo \'{"Username":1,"Secret":2}\'',
    "N10-newline-in-a-name": says(ServerURL="x\ny", Username="me\r\nX-Evil: 1", Secret="s"),
    "N10-newline-in-the-url": says(ServerURL="a\nb", Username="me", Secret=CANARY),
    "N10-dies": "kill -9 $$",
}


@pytest.mark.parametrize("script", HELPERS.values(), ids=HELPERS)
def test_a_bad_helper_leaves_a_stranger_who_is_told_to_sign_in(app: Guarded, script: str) -> None:
    app.helper(script)
    app.refused()
    assert not any(b"X-Evil" in seen.raw for seen in app.registry.requests)


def test_a_helper_that_is_missing_is_no_more_than_that(app: Guarded) -> None:
    """N10"""
    app.config({"credsStore": "not-installed-anywhere"})
    app.refused()


def test_a_helper_that_works_is_enough(app: Guarded) -> None:
    """N10: or else the tests above say little."""
    app.helper(says(ServerURL="x", Username="me", Secret=CANARY))
    app.door.library.pull(app.reference, task=Task())
    assert set(app.door.rows(app.reference)) == {b"secret.txt"}
    app.is_nowhere()


@pytest.mark.parametrize(
    "name",
    ["a.example\nhost=b.example/app", "a example/app", "ada@a.example/app", "a.example\x00/app:1",
     "a..b:port/app"],
    ids="N10-{!r}".format,
)  # fmt: skip
def test_a_name_that_is_no_host_reaches_no_helper(app: Guarded, name: str, tmp_path: Path) -> None:
    app.helper(f"touch {tmp_path}/asked")
    with pytest.raises(LayerscopeError):
        app.door.library.pull(name, task=Task())
    app.door.complaint("pull", name.replace("\0", "\\0"))
    assert not (tmp_path / "asked").exists()


def test_netrc_is_not_used(app: Guarded) -> None:
    """N10"""
    host = app.registry.host.partition(":")[0]
    netrc = app.door.folder / "home" / ".netrc"
    netrc.write_text(f"machine {host} login me password {CANARY}\n")
    netrc.chmod(0o600)
    app.refused()
    assert not app.registry.heard(CANARY)


def test_the_password_of_a_proxy_is_shown_nowhere(
    app: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N10"""
    proxies = Proxies(http=f"http://ada:{CANARY}@127.0.0.1:9", https=f"http://a:{CANARY}@[::1]:9")
    config = replace(config_for(), proxies=proxies, plain_http=frozenset({"registry.example"}))
    monkeypatch.setattr(
        remote, "make_registries", lambda settings, hosts, session: Registries(config)
    )
    library = open_library(app.door.store, InlinePasses())
    for reference in ("registry.example/app:1", "other.example/app:1"):
        with pytest.raises(LayerscopeError) as caught:
            library.pull(reference, task=Task())
        error = caught.value
        assert CANARY not in f"{error} {error.hint} {error.__dict__}"
        assert CANARY not in app.door.complaint("pull", reference)
    app.is_nowhere()

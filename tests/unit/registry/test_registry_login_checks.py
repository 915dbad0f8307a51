"""A login is shown to the registry before it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from layerscope.engine.errors import BadInput, RegistryError, SignInNeeded
from layerscope.engine.registry import (
    Login,
    Registries,
)
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.replies import Reply, bearer
from support.visitors import ADA, CANARY, config_for


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

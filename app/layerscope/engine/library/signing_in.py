"""Signing in and out: checked by the registry first, kept in the safest place, found by others."""

from __future__ import annotations

from layerscope.engine.errors import BadInput, RegistryError
from layerscope.engine.registry import (
    HUB_HOSTS,
    DockerConfig,
    HelperFailed,
    KeyringFailed,
    KeyringLogins,
    KnownLogins,
    Login,
)
from layerscope.engine.registry.auth import helpers
from layerscope.engine.registry.auth.credentials import server_name
from layerscope.engine.registry.http.origin import checked_host
from layerscope.engine.task import Task

from .ground import Ground
from .remote import docker_config, known_logins
from .values import ConnectionTest, Keep, RegistryState, SignedIn, SignedOut

_TOKEN_USER = "<token>"
_HUB_URL = "https://index.docker.io/v1/"


def login(
    ground: Ground, registry: str, user: str, password: str, keep: Keep, task: Task
) -> SignedIn:
    host = asked_host(registry)
    shown = Login("", identity_token=password) if user == _TOKEN_USER else Login(user, password)
    agreed = ground.registries.accepted(host, shown, task)
    kept, where, notes = _Keeping(ground, host, agreed.login, task).keep(keep)
    ground.forget_registries()
    if not agreed.checked:
        notes = (*notes, f"{host} lets everybody in, so the login could not be checked.")
    found = known_logins(ground.session_logins).find(host, "", task).login
    if found is not None and not _same(found, agreed.login):
        notes = (*notes, f"Another login for {host} comes first: the one in {found.source}.")
    return SignedIn(host, user, kept, where, bool(agreed.login.identity_token), notes)


def logout(ground: Ground, registry: str, task: Task) -> SignedOut:
    host = asked_host(registry)
    logins = known_logins(ground.session_logins)
    removed: list[str] = []
    notes: list[str] = []
    if logins.session.forget(host):
        removed.append("this session")
    try:
        if logins.keyring.forget(host, task):
            removed.append("the system's keyring")
    except KeyringFailed as error:
        notes.append(sentence(error))
    config = docker_config()
    helper = config.helper(host)
    if helper:
        try:
            if helpers.erase(helper, server_name(host), task):
                removed.append(f"docker-credential-{helper}")
        except HelperFailed as error:
            notes.append(sentence(error))
    if config.forget(host, task) and not helper:
        removed.append(str(config.path))
    ground.forget_registries()
    return SignedOut(host, tuple(removed), _remaining(logins, host, task), tuple(notes))


def test_registry(ground: Ground, registry: str, task: Task) -> ConnectionTest:
    host = asked_host(registry)
    ground.forget_registries()  # what was known may be what has changed
    client = ground.registries.client(host)
    encrypted: bool | None = None
    user = ""
    notes: tuple[str, ...] = ()
    try:
        greeting = client.session.greeting(task)
        encrypted = greeting.home.scheme == "https"
        found = client.session.finding("", task)
        notes = (*greeting.warnings, *found.warnings)
        if found.login is None:
            return ConnectionTest(host, RegistryState.ANONYMOUS, "", encrypted, notes=notes)
        user = client.signed_in_as(task)
        if not found.login.registry_token:
            ground.registries.accepted(host, found.login, task)
    except (RegistryError, BadInput) as error:
        return ConnectionTest(
            host, RegistryState.FAILING, user, encrypted, str(error), error.hint, notes
        )
    return ConnectionTest(host, RegistryState.SIGNED_IN, user, encrypted, notes=notes)


class _Keeping:
    """Puts one login where it is to be kept."""

    def __init__(self, ground: Ground, host: str, login: Login, task: Task) -> None:
        self._ground = ground
        self._host = host
        self._login = login
        self._task = task
        self._config: DockerConfig = docker_config()
        self._keyring: KeyringLogins = known_logins(ground.session_logins).keyring

    def keep(self, keep: Keep) -> tuple[Keep, str, tuple[str, ...]]:
        """What it was kept by, where that is, and what did not work on the way there.  Another
        place of ours that held one holds it no more."""
        match keep:
            case Keep.PLAIN_TEXT:
                self._forget_others()
                self._config.keep_in_plain_text(self._host, self._login, self._task)
                return keep, str(self._config.path), self._shadowed_by_helper()
            case Keep.SESSION:
                return self._for_session(())
            case Keep.HELPER:
                helper = self._config.helper(self._host)
                if not helper:
                    raise BadInput(
                        f"No credential helper is set up for {self._host}.",
                        hint=f"Set credsStore or credHelpers in {self._config.path}.",
                    )
                try:
                    return self._with_helper(helper)
                except HelperFailed as error:
                    raise BadInput(sentence(error), hint="The login was not kept.") from error
            case Keep.KEYRING:
                try:
                    return self._in_keyring()
                except KeyringFailed as error:
                    raise BadInput(sentence(error), hint="The login was not kept.") from error
        return self._in_the_safest_place()

    def _in_the_safest_place(self) -> tuple[Keep, str, tuple[str, ...]]:
        notes: tuple[str, ...] = ()
        helper = self._config.helper(self._host)
        if helper:
            try:
                return self._with_helper(helper)
            except HelperFailed as error:
                notes = (sentence(error),)
        try:
            kept, where, more = self._in_keyring()
        except KeyringFailed as error:
            return self._for_session((*notes, sentence(error)))
        return kept, where, (*notes, *more)

    def _with_helper(self, helper: str) -> tuple[Keep, str, tuple[str, ...]]:
        self._config.keep_with_helper(helper, self._host, self._login, self._task)
        self._forget_others()
        return Keep.HELPER, f"docker-credential-{helper}", ()

    def _in_keyring(self) -> tuple[Keep, str, tuple[str, ...]]:
        name = self._keyring.name(self._task)
        self._keyring.keep(self._host, self._login, self._task)
        self._ground.session_logins.forget(self._host)
        return Keep.KEYRING, name, ()

    def _for_session(self, notes: tuple[str, ...]) -> tuple[Keep, str, tuple[str, ...]]:
        self._ground.session_logins.keep(self._host, self._login)
        return Keep.SESSION, "this session", notes

    def _forget_others(self) -> None:
        """Ours would come first when the login is looked for."""
        self._ground.session_logins.forget(self._host)
        try:
            self._keyring.forget(self._host, self._task)
        except KeyringFailed:
            return  # ``login`` looks for what comes first, and tells

    def _shadowed_by_helper(self) -> tuple[str, ...]:
        helper = self._config.helper(self._host)
        if not helper:
            return ()
        return (f"docker itself asks docker-credential-{helper} and not the file.",)


def _remaining(logins: KnownLogins, host: str, task: Task) -> tuple[str, ...]:
    """Where a login for the host still is.  Each file is asked alone, as the first hides others."""
    found = []
    for book in logins.files.each():
        login = book.find(host, "", task).login
        if login is not None:
            found.append(login.source)
    return tuple(dict.fromkeys(found))


def asked_host(registry: str) -> str:
    """All of Docker Hub's names are one registry."""
    return "docker.io" if registry in {*HUB_HOSTS, _HUB_URL} else checked_host(registry)


def _same(one: Login, other: Login) -> bool:
    return (one.password, one.identity_token) == (other.password, other.identity_token)


def sentence(error: Exception) -> str:
    """What went wrong with a helper or keyring, for people.  Names of programs begin as
    they are written."""
    text = str(error)
    return f"{text if text.startswith('docker-') else text[:1].upper() + text[1:]}."

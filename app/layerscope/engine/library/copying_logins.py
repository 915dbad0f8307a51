"""Logins of other programs, shown without their secrets and copied at a person's word."""

from __future__ import annotations

from collections.abc import Iterable

from layerscope.engine.errors import BadInput
from layerscope.engine.registry import KeyringFailed, KnownLogins
from layerscope.engine.registry.auth.other_logins import Noted, OtherLogins
from layerscope.engine.task import Task

from .ground import Ground
from .remote import docker_config, known_logins
from .signing_in import asked_host, sentence
from .values import CopiedLogins, Keep, LoginPlaces, NotedLogin, NotedLogins

_SESSION = "this session"


def login_places(ground: Ground, registry: str, task: Task) -> LoginPlaces:
    host = asked_host(registry)
    config = docker_config()
    helper = config.helper(host)
    if helper:
        return LoginPlaces(host, Keep.HELPER, f"docker-credential-{helper}", str(config.path))
    keep, where, _why = _safest(known_logins(ground.session_logins), task)
    return LoginPlaces(host, keep, where, str(config.path))


def noted_logins(ground: Ground, task: Task) -> NotedLogins:
    ours = known_logins(ground.session_logins)
    noted, notes = OtherLogins(ours.files).noted(task)
    keep, where, _why = _safest(ours, task)
    return NotedLogins(tuple(_row(each, ours) for each in noted), keep, where, notes)


def copy_logins(
    ground: Ground, chosen: Iterable[tuple[str, str]], keep: Keep | None, task: Task
) -> CopiedLogins:
    """Never into another program's file or helper: those belong to whoever set them up."""
    ours = known_logins(ground.session_logins)
    safest, where, why = _safest(ours, task)
    if keep is None:
        keep = safest
    if keep not in {Keep.KEYRING, Keep.SESSION}:
        raise BadInput(
            "Copies of logins are kept in the system's keyring or for this session only.",
            hint="Nothing was copied.",
        )
    if keep is Keep.KEYRING and safest is not Keep.KEYRING:
        raise BadInput(why, hint="Nothing was copied.")
    if keep is Keep.SESSION:
        where = _SESSION
    others = OtherLogins(ours.files)
    # One file may also have logins for single repositories of a host: the whole host comes first.
    in_turn = sorted(others.noted(task)[0], key=lambda each: bool(each.limited), reverse=True)
    known = {(each.host, each.source): each for each in in_turn}
    copied: list[tuple[str, str]] = []
    notes: list[str] = []
    for host, source in dict.fromkeys(chosen):
        noted = known.get((host, source))
        trouble = f"There is no login for {host} in {source}." if noted is None else _trouble(noted)
        login = None if trouble else others.login(host, source, task)
        if login is None:
            notes.append(trouble or f"The login for {host} could not be read from {source}.")
            continue
        try:
            if keep is Keep.KEYRING:
                ours.keyring.keep(host, login, task)
                ours.session.forget(host)
            else:
                ours.session.keep(host, login)
        except KeyringFailed as error:
            notes.append(f"The login for {host} was not copied: {error}.")
        else:
            copied.append((host, login.user))
    ground.forget_registries()
    return CopiedLogins(tuple(copied), keep, where, tuple(notes))


def _safest(ours: KnownLogins, task: Task) -> tuple[Keep, str, str]:
    """Where a login of ours goes, and why it is not a better place."""
    try:
        return Keep.KEYRING, ours.keyring.name(task), ""
    except KeyringFailed as error:
        return Keep.SESSION, _SESSION, sentence(error)


def _row(noted: Noted, ours: KnownLogins) -> NotedLogin:
    held = ""
    if ours.session.find(noted.host) is not None:
        held = _SESSION
    elif noted.host in ours.keyring.hosts():
        held = "the system's keyring"
    return NotedLogin(
        noted.host, noted.user, noted.source, noted.helper, trouble=_trouble(noted), ours=held
    )


def _trouble(noted: Noted) -> str:
    if noted.limited:
        return f"It is for {noted.host}/{noted.limited} alone, and is used from where it is."
    if noted.bearer:
        return "It is a token that soon runs out, and is used from where it is."
    return ""

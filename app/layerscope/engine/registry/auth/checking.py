"""Shows a login to a registry before it is kept."""

from __future__ import annotations

from dataclasses import replace

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import BadInput, SignInNeeded
from layerscope.engine.registry.ask import Ask
from layerscope.engine.registry.auth.credentials import Finding
from layerscope.engine.registry.auth.login import Login
from layerscope.engine.registry.failures import complaint, refusal
from layerscope.engine.registry.session import Session
from layerscope.engine.task import Task


@dataclass(frozen=True, slots=True)
class Only:
    """Credentials that know one login, or none."""

    login: Login | None

    def find(self, host: str, repository: str, task: Task) -> Finding:
        return Finding(self.login)


@dataclass(frozen=True, slots=True)
class Accepted:
    """``login`` is what to keep: with an identity token in place of the password, if the registry
    gave one.  ``checked`` is False for a registry that asks nobody who they are."""

    login: Login
    checked: bool


def require_usable(login: Login) -> None:
    """Raises BadInput for what no registry could be shown."""
    if login.empty:
        raise BadInput("The password is empty.", hint="Nothing was sent.")
    if ":" in login.user or not login.user.isprintable():
        raise BadInput(
            "A user name holds no colon and no control characters.", hint="Nothing was sent."
        )


def accepted(session: Session, login: Login, task: Task) -> Accepted:
    """What the registry makes of ``login``; ``session`` must know it and nothing else.

    Raises SignInNeeded if it does not agree, or asks to log in at a host that may not be shown the
    login; and what Session.open raises."""
    require_usable(login)
    challenge = session.greeting(task).challenge
    if challenge is None:
        return Accepted(login, False)
    try:
        if challenge.scheme == "bearer":
            token, identity = session.tokens.sign_in(challenge, login, task)
            shown = f"Bearer {token}"
            if identity and not login.identity_token:
                login = replace(login, password="", identity_token=identity)
        else:
            shown = login.basic
        _look(session, shown, task)
    except SignInNeeded as error:
        if error.token_server:
            raise
        raise SignInNeeded(
            f"{session.host} did not accept this user name and password.",
            hint="Many registries want an access token in place of the password.",
            registry=session.host,
        ) from error
    return Accepted(login, True)


def _look(session: Session, shown: str, task: Task) -> None:
    ask = Ask(
        "/v2/",
        headers={"Accept": "application/json, */*"},
        accepted=frozenset({401, 403}),
    )
    with session.shown(ask, shown, task) as answer:
        if answer.status in {401, 403}:
            raise refusal(answer, complaint(answer), "")

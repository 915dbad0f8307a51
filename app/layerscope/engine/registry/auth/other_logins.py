"""What other programs have logins for: hosts and users, without the secrets; read only."""

from __future__ import annotations

from collections.abc import Iterator

from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import MalformedReference
from layerscope.engine.registry.auth import helpers
from layerscope.engine.registry.auth.credentials import (
    AuthFiles,
    Book,
    helper_for,
    place_of,
    server_name,
    stored,
)
from layerscope.engine.registry.auth.login import Login
from layerscope.engine.registry.http.origin import checked_host
from layerscope.engine.task import Task


@dataclass(frozen=True, slots=True)
class Noted:
    """``limited`` are the first parts of the repositories that it is for, empty for all of them;
    ``helper`` is the program that holds the secret, empty where ``source`` itself does.
    ``bearer`` is a token of a registry, which soon runs out."""

    host: str
    user: str
    source: str
    helper: str = ""
    limited: str = ""
    bearer: bool = False


class OtherLogins:
    """The logins of docker, podman and skopeo, as ``files`` finds them."""

    def __init__(self, files: AuthFiles) -> None:
        self._files = files

    def noted(self, task: Task) -> tuple[tuple[Noted, ...], tuple[str, ...]]:
        """All of them, in the order they are asked, and what could not be read.  Helpers are asked
        what they have; one that cannot tell is asked for each host that is written down."""
        warnings: list[str] = []
        found: list[Noted] = []
        for book in self._files.books(warnings):
            found += _Reading(book, warnings, task).logins()
        return tuple(found), tuple(dict.fromkeys(warnings))

    def login(self, host: str, source: str, task: Task) -> Login | None:
        """The login that one place has for ``host``, with its secret; None if it is gone."""
        for alone in self._files.each():
            if any(book.title == source for book in alone.books([])):
                return alone.find(host, "", task).login
        return None


class _Reading:
    """One file, read once."""

    def __init__(self, book: Book, warnings: list[str], task: Task) -> None:
        self._book = book
        self._warnings = warnings
        self._task = task
        self._listed: dict[str, dict[str, str] | None] = {}

    def logins(self) -> Iterator[Noted]:
        seen: set[tuple[str, str]] = set()
        for key in self._keys():
            host, limited = place_of(key)
            if (host, limited) in seen or not _is_host(host):
                continue
            seen.add((host, limited))
            noted = self._noted(key, host, limited)
            if noted is not None:
                yield noted

    def _keys(self) -> Iterator[str]:
        yield from self._book.entries
        yield from self._book.helpers
        if self._book.store:
            yield from self._list(self._book.store) or ()

    def _noted(self, key: str, host: str, limited: str) -> Noted | None:
        book = self._book
        helper = "" if limited else helper_for(book.helpers, book.store, host)
        if helper:
            user = self._user(helper, host)
            if user is not None:
                return Noted(host, user, book.title, f"docker-credential-{helper}")
        login = stored(book.entries.get(key), book.title, self._warnings)
        if login is None:
            return None
        bearer = bool(login.registry_token)
        return Noted(host, login.user, book.title, "", limited, bearer)

    def _user(self, helper: str, host: str) -> str | None:
        """Empty for a token that has no user; None for no login."""
        listed = self._list(helper)
        if listed is not None:
            for server, user in listed.items():
                if place_of(server) == (host, ""):
                    return "" if user == "<token>" else user
            return None
        try:
            login = helpers.ask(helper, server_name(host), self._task)
        except helpers.HelperFailed as error:
            self._warnings.append(f"{error}.")
            return None
        return None if login is None else login.user

    def _list(self, helper: str) -> dict[str, str] | None:
        """None where the helper cannot tell."""
        if helper not in self._listed:
            try:
                self._listed[helper] = helpers.listed(helper, self._task)
            except helpers.HelperFailed:
                self._listed[helper] = None  # many helpers know no such question: ask for each host
        return self._listed[helper]


def _is_host(text: str) -> bool:
    try:
        checked_host(text)
    except MalformedReference:
        return False
    return True

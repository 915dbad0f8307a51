"""All logins there are: of this session, of the keyring, and of the files of docker and podman."""

from __future__ import annotations

import threading

from layerscope.engine.registry.auth.credentials import AuthFiles, Finding
from layerscope.engine.registry.auth.keyrings import KeyringFailed, KeyringLogins
from layerscope.engine.registry.auth.login import Login
from layerscope.engine.task import Task


class SessionLogins:
    """Logins that are forgotten when the program ends; used by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logins: dict[str, Login] = {}

    def find(self, host: str) -> Login | None:
        """None where nobody signed in to ``host`` in this session."""
        with self._lock:
            return self._logins.get(host)

    def keep(self, host: str, login: Login) -> None:
        """Until the process ends; replaces an earlier one."""
        with self._lock:
            self._logins[host] = login

    def forget(self, host: str) -> bool:
        """Whether there was one."""
        with self._lock:
            return self._logins.pop(host, None) is not None


class KnownLogins:
    """Ours come before those of other programs: they were asked for here, and last."""

    def __init__(self, session: SessionLogins, keyring: KeyringLogins, files: AuthFiles) -> None:
        self.session = session
        self.keyring = keyring
        self.files = files

    def find(self, host: str, repository: str, task: Task) -> Finding:
        """From this session, else the system's keyring, else the files of docker and podman."""
        login = self.session.find(host)
        if login is not None:
            return Finding(login)
        warnings: tuple[str, ...] = ()
        try:
            login = self.keyring.find(host, task)
        except KeyringFailed as error:
            warnings = (f"{str(error)[:1].upper()}{str(error)[1:]}.",)
        if login is not None:
            return Finding(login)
        found = self.files.find(host, repository, task)
        return Finding(found.login, (*warnings, *found.warnings))

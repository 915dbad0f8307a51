"""Logins in the system's keyring: encrypted by the desktop, through the ``keyring`` package.

Which registries have one there is written in a small file of ours (names only), so that the
keyring, which may ask its owner to unlock it, is asked for those and no others.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from layerscope.engine.content import files
from layerscope.engine.content.locks import FileLock
from layerscope.engine.dataclass import dataclass
from layerscope.engine.registry.auth.login import Login
from layerscope.engine.task import Task

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "layerscope"
SECONDS = 60.0  # its owner may have to type a password
_LONGEST = 1 << 20
#: Backends that keep nothing, or keep it where anybody can read it.
_UNSAFE = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt.")

T = TypeVar("T")


class KeyringFailed(Exception):
    """There is no keyring, or it does not answer; the text never holds a secret."""


@dataclass(frozen=True, slots=True)
class KeyringLogins:
    """``note`` is the file with the names of the registries."""

    note: Path

    def name(self, task: Task) -> str:
        """What the keyring calls itself.  Raises KeyringFailed if there is none that is safe."""
        return str(self._asked(lambda ring: getattr(ring, "name", ""), task)) or "system keyring"

    def find(self, host: str, task: Task) -> Login | None:
        """Raises KeyringFailed."""
        if host not in self.hosts():
            return None
        text = self._asked(lambda ring: ring.get_password(SERVICE, host), task)
        return None if text is None else _login(text)

    def keep(self, host: str, login: Login, task: Task) -> None:
        """Raises KeyringFailed; then nothing is kept."""
        secret = {"user": login.user, "password": login.password, "token": login.identity_token}
        text = json.dumps({key: value for key, value in secret.items() if value})
        self._asked(lambda ring: ring.set_password(SERVICE, host, text), task)
        self._remember(lambda hosts: hosts | {host}, task)

    def forget(self, host: str, task: Task) -> bool:
        """Whether there was one.  Raises KeyringFailed."""
        if host not in self.hosts():
            return False

        def delete(ring: KeyringBackend) -> bool:
            if ring.get_password(SERVICE, host) is None:
                return False
            ring.delete_password(SERVICE, host)
            return True

        was_there = self._asked(delete, task)
        self._remember(lambda hosts: hosts - {host}, task)
        return was_there

    def hosts(self) -> frozenset[str]:
        """The registries that have a login in the keyring, by our own note."""
        try:
            names = json.loads(files.read_regular(self.note, _LONGEST))
        except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
            return frozenset()
        if not isinstance(names, list):
            return frozenset()
        return frozenset(name for name in names if isinstance(name, str))

    def _remember(self, change: Callable[[frozenset[str]], frozenset[str]], task: Task) -> None:
        files.make_folder(self.note.parent)
        with FileLock(self.note.with_suffix(".lock")).held(task):
            names = sorted(change(self.hosts()))
            files.write_whole(self.note, json.dumps(names).encode() + b"\n", files.PRIVATE)

    def _asked(self, question: Callable[[KeyringBackend], T], task: Task) -> T:
        """On a thread of its own: nothing can break a keyring off that waits for its owner."""
        answers: list[T] = []
        failures: list[Exception] = []
        woken = threading.Event()

        def ask() -> None:
            try:
                answers.append(question(_safe_keyring()))
            except Exception as error:  # backends raise what they like; told by the caller
                failures.append(error)
            woken.set()

        threading.Thread(target=ask, name="keyring", daemon=True).start()
        with task.interrupted_by(woken.set):
            woken.wait(SECONDS)
        task.checkpoint()
        if failures:
            if isinstance(failures[0], KeyringFailed):
                raise failures[0]
            raise KeyringFailed(
                f"the system's keyring does not work ({type(failures[0]).__name__})"
            ) from failures[0]
        if not answers:
            raise KeyringFailed("the system's keyring does not answer")
        return answers[0]


def _safe_keyring() -> KeyringBackend:
    import keyring  # slow to load, and most people have their logins elsewhere

    ring = keyring.get_keyring()
    parts = getattr(ring, "backends", None) or [ring]
    module = f"{type(parts[0]).__module__}."
    if module.startswith(tuple(f"{name.rstrip('.')}." for name in _UNSAFE)):
        raise KeyringFailed("there is no system keyring here")
    if getattr(ring, "backends", None) == []:
        raise KeyringFailed("there is no system keyring here")
    return ring


def _login(text: str) -> Login | None:
    try:
        secret = json.loads(text)
    except (ValueError, RecursionError):
        raise KeyringFailed("what the system's keyring holds is not ours") from None
    if not isinstance(secret, dict):
        raise KeyringFailed("what the system's keyring holds is not ours")
    user, password, token = (str(secret.get(key, "")) for key in ("user", "password", "token"))
    login = Login(user, password, identity_token=token, source="the system's keyring")
    return None if login.empty else login

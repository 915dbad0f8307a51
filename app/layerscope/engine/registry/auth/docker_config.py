"""Writes logins where docker keeps them, as docker does, and takes them away again."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from layerscope.engine.content import files
from layerscope.engine.content.locks import FileLock
from layerscope.engine.dataclass import dataclass
from layerscope.engine.errors import BadInput
from layerscope.engine.registry.auth import helpers
from layerscope.engine.registry.auth.credentials import helper_for, keys_for, server_name
from layerscope.engine.registry.auth.json_text import with_member, without_member
from layerscope.engine.registry.auth.login import Login
from layerscope.engine.task import Task

_LONGEST = 4 * 1024 * 1024
TOKEN_USER = "<token>"  #: what helpers call a login that is an identity token


@dataclass(frozen=True, slots=True)
class DockerConfig:
    """``path`` may be a symbolic link: then the file it leads to is changed.  ``lock`` is a file of
    ours that keeps two of us from changing it at once; docker knows no lock."""

    path: Path
    lock: Path

    @classmethod
    def of_environment(cls, lock: Path, environment: Mapping[str, str] = os.environ) -> Self:
        """Docker's file; the one of REGISTRY_AUTH_FILE where only that is looked at."""
        if only := environment.get("REGISTRY_AUTH_FILE"):
            return cls(Path(only), lock)
        if folder := environment.get("DOCKER_CONFIG"):
            return cls(Path(folder) / "config.json", lock)
        home = Path(environment.get("HOME") or Path.home())
        return cls(home / ".docker" / "config.json", lock)

    def helper(self, host: str) -> str:
        """The credential helper that is set up for ``host``, or empty.  Raises BadInput if the file
        cannot be understood."""
        document = self._document(self._text())
        return helper_for(document.get("credHelpers"), document.get("credsStore"), host)

    def keep_with_helper(self, helper: str, host: str, login: Login, task: Task) -> None:
        """Give the login to a helper, and mark the host as known, as docker does.  Raises
        helpers.HelperFailed; then nothing is marked."""
        user = TOKEN_USER if login.identity_token else login.user
        helpers.store(helper, server_name(host), user, login.identity_token or login.password, task)
        self._put(host, {}, task)

    def keep_in_plain_text(self, host: str, login: Login, task: Task) -> None:
        """Anybody who can read the file can read the login: it is in base64, not encrypted."""
        entry: dict[str, str] = {}
        if login.user and login.user != TOKEN_USER:
            pair = f"{login.user}:{'' if login.identity_token else login.password}"
            entry["auth"] = base64.b64encode(pair.encode()).decode("ascii")
        if login.identity_token:
            entry["identitytoken"] = login.identity_token
        self._put(host, entry, task)

    def forget(self, host: str, task: Task) -> bool:
        """Take every entry for the host away, but not those for single repositories of it;
        whether there was one."""
        found: list[str] = []

        def change(text: str) -> str:
            for key in keys_for(self._entries(text), host, ""):
                found.append(key)
                text = without_member(text, ("auths", key))
            return text

        if not self._text().strip():
            return False
        self._change(change, task)
        return bool(found)

    def holds(self, host: str) -> bool:
        """Whether the file itself names ``host``; helpers are not asked."""
        return any(keys_for(self._entries(self._text()), host, ""))

    def _put(self, host: str, entry: dict[str, str], task: Task) -> None:
        key = server_name(host)

        def change(text: str) -> str:
            for other in list(keys_for(self._entries(text), host, "")):
                if other != key:  # would be found before ours
                    text = without_member(text, ("auths", other))
            return with_member(text, ("auths", key), entry)

        self._change(change, task)

    def _change(self, change: Callable[[str], str], task: Task) -> None:
        """Whole or absent, readable for its owner only, and still the owner's when root does it."""
        files.make_folder(self.lock.parent)
        with FileLock(self.lock).held(task):
            target = self._target()
            text = self._text()
            self._document(text)
            changed = change(text)
            if changed == text:
                return
            files.make_folder(target.parent)
            with files.whole_or_absent(target, files.PRIVATE) as file:
                file.write(changed.encode())
                if hasattr(os, "fchown") and target.exists():
                    found = target.stat()
                    if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
                        os.fchown(file.fileno(), found.st_uid, found.st_gid)

    def _target(self) -> Path:
        try:
            target = self.path.resolve()
        except (OSError, RuntimeError) as error:  # links that lead round in circles
            raise self._unusable("its symbolic links lead nowhere") from error
        if target.is_symlink() or (target.exists() and not target.is_file()):
            raise self._unusable("it is no regular file")
        return target

    def _text(self) -> str:
        try:
            data = files.read_regular(self._target(), _LONGEST)
        except (FileNotFoundError, NotADirectoryError):
            return ""
        try:
            if len(data) > _LONGEST:
                raise ValueError("it is too large")
            return data.decode()
        except ValueError as error:
            raise self._unusable("it is not valid JSON") from error

    def _document(self, text: str) -> dict[str, object]:
        try:
            document = json.loads(text) if text.strip() else {}
        except (ValueError, RecursionError) as error:
            raise self._unusable("it is not valid JSON") from error
        if not isinstance(document, dict):
            raise self._unusable("it is not a JSON object")
        return document

    def _entries(self, text: str) -> Mapping[str, object]:
        entries = self._document(text).get("auths")
        return entries if isinstance(entries, dict) else {}

    def _unusable(self, why: str) -> BadInput:
        return BadInput(
            f"{self.path} cannot be used: {why}.",
            hint="Repair or remove it; nothing was changed.",
        )

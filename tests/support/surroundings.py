"""A user's folders and sign-ins, away from those of the person who runs the tests."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

#: Where docker and podman are told that logins lie.
_LOGINS = ("DOCKER_CONFIG", "DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR")


def live_in(home: Path) -> dict[str, str]:
    """Environment variables of a user whose files are all below ``home``."""
    names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME")
    return dict.fromkeys(names, str(home))


def move_to(home: Path, patch: pytest.MonkeyPatch) -> None:
    """Settings, logs and logins of the person who runs the tests stay out of this process."""
    for name, value in live_in(home).items():
        patch.setenv(name, value)
    for name in _LOGINS:
        patch.delenv(name, raising=False)


def docker_login(folder: Path, host: str, user: str, password: str) -> None:
    """What ``docker login`` leaves in its config folder."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = base64.b64encode(f"{user}:{password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": secret}}}))

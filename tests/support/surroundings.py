"""A user's folders and sign-ins, away from those of the person who runs the tests."""

from __future__ import annotations

import base64
import json
from pathlib import Path


def live_in(home: Path) -> dict[str, str]:
    """Environment variables of a user whose files are all below ``home``."""
    names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME")
    return dict.fromkeys(names, str(home))


def docker_login(folder: Path, host: str, user: str, password: str) -> None:
    """What ``docker login`` leaves in its config folder."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = base64.b64encode(f"{user}:{password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": secret}}}))

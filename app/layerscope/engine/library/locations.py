"""Where this user's store, settings and log live."""

from __future__ import annotations

from pathlib import Path

import platformdirs

_NAME = "layerscope"


def store_folder() -> Path:
    """The store that is used when nobody names another one."""
    return Path(platformdirs.user_data_dir(_NAME, appauthor=False)) / "store"


def settings_file() -> Path:
    return Path(platformdirs.user_config_dir(_NAME, appauthor=False)) / "settings.json"


def settings_lock() -> Path:
    return settings_file().with_name("settings.lock")


def keyring_note() -> Path:
    """Which registries have a login in the system's keyring; holds no secret."""
    return settings_file().with_name("keyring.json")


def logins_lock() -> Path:
    return settings_file().with_name("logins.lock")


def log_file() -> Path:
    """Where failures that nobody foresaw are written down; its folder may not exist yet."""
    return Path(platformdirs.user_log_dir(_NAME, appauthor=False)) / "layerscope.log"

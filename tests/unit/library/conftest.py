"""A library over a store in a temporary folder, with passes in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.engine.library import Library
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.values import Settings
from layerscope.engine.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


@pytest.fixture
def ground(store: Store) -> Ground:
    return Ground(store, Settings(), InlinePasses())


@pytest.fixture
def library(ground: Ground) -> Library:
    return Library(ground)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, logs and logins of the person who runs the tests stay out of it."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))

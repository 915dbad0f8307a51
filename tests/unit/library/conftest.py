"""A library over a store in a temporary folder, with passes in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from layerscope.engine.library import Library
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.library.values import Settings
from layerscope.engine.store import Store
from support.full_image import store_full_image
from support.hostile_registry import HostileRegistry
from support.memory_keyring import keyring_in_use, no_keyring
from support.surroundings import move_to


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


@pytest.fixture
def ground(store: Store) -> Ground:
    return Ground(store, Settings(), InlinePasses())


@pytest.fixture
def library(ground: Ground) -> Library:
    return Library(ground)


@pytest.fixture
def image(store: Store) -> str:
    """The name of an image with every kind of entry."""
    return store_full_image(store)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_to(tmp_path / "home", monkeypatch)


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    """Unless a test asks for ``ring``, which is in use while the test runs."""
    with keyring_in_use(no_keyring()):
        yield


@pytest.fixture
def far() -> Iterator[HostileRegistry]:
    with HostileRegistry() as registry:
        yield registry

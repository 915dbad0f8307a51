"""A hostile registry, and clients that are closed afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from layerscope.engine.registry import Client, Registries, RegistryConfig
from layerscope.engine.registry.auth.docker_config import DockerConfig
from layerscope.engine.task import Task
from support.hostile_registry import HostileRegistry
from support.hostile_uploads import UploadRegistry
from support.visitors import ClientOf, config_for


@pytest.fixture
def far() -> Iterator[HostileRegistry]:
    with HostileRegistry() as registry:
        yield registry


@pytest.fixture
def elsewhere() -> Iterator[HostileRegistry]:
    """Another origin: same machine, another port."""
    with HostileRegistry() as registry:
        yield registry


@pytest.fixture
def up() -> Iterator[UploadRegistry]:
    with UploadRegistry() as registry:
        yield registry


@pytest.fixture
def store() -> Iterator[UploadRegistry]:
    """Another origin that takes uploads."""
    with UploadRegistry() as registry:
        yield registry


@pytest.fixture
def config(tmp_path: Path) -> DockerConfig:
    """The file of docker, which is not there yet."""
    return DockerConfig(tmp_path / "docker" / "config.json", tmp_path / "logins.lock")


@pytest.fixture
def task() -> Task:
    return Task()


@pytest.fixture
def client_of() -> Iterator[ClientOf]:
    """``client_of(far)`` or ``client_of(far, config)``."""
    made: list[Registries] = []

    def client(registry: HostileRegistry, config: RegistryConfig | None = None) -> Client:
        registries = Registries(config or config_for(registry))
        made.append(registries)
        return registries.client(registry.host)

    yield client
    for registries in made:
        registries.close()


@pytest.fixture(autouse=True)
def _no_thread_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = {
        thread
        for thread in set(threading.enumerate()) - before
        if not thread.name.startswith("look up")
    }
    assert not left, f"still running after the test: {left}"

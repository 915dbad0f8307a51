"""A store with a good image, the public door to it, and a registry that means ill."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from layerscope.engine.library import open_library, remote
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.registry import Login, Registries, RegistryConfig
from layerscope.engine.store import index_reader
from layerscope.engine.task import Task
from support.bad_inputs import GOOD, Door
from support.canary import files_with
from support.far_images import FarLayer, FarManifest
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.surroundings import move_to
from support.visitors import CANARY, config_for


class _ClosingPasses(InlinePasses):
    """Instead of processes: a command is over sooner."""

    def __init__(self, nursery: None = None) -> None:
        super().__init__()

    def close(self) -> None:
        return


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_to(tmp_path / "home", monkeypatch)


@pytest.fixture
def door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Door:
    monkeypatch.setattr("layerscope.worker.passes.ProcessPasses", _ClosingPasses)
    monkeypatch.setattr("layerscope.worker.passes.start_nursery", lambda: None)
    monkeypatch.setattr(os, "fsync", lambda _file: None)  # hundreds of them; no power is cut here
    monkeypatch.setattr(index_reader, "_PAUSE", 0.001)  # for other programs that are writing
    opened = Door(tmp_path, open_library(tmp_path / "store", InlinePasses()), capsys)
    opened.plant(*GOOD, name="good:1")
    assert opened.library.browse("good:1", task=Task()).damage == ""
    return opened


def impatient(registry: HostileRegistry) -> RegistryConfig:
    """Somebody who is signed in there, with three tries and no long waits."""
    config = config_for(registry, login=Login("me", CANARY))
    return replace(config, patience=replace(config.patience, attempts=3, stall_window=0.3))


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileRegistry]:
    """A registry on loopback that wants to see a login, which stands in no file afterwards; every
    client waits for it only as long as a test can."""
    with HostileRegistry() as registry:
        registry.on("GET", "/v2/", Reply(401, challenges=['Basic realm="far"']))
        monkeypatch.setattr(
            remote,
            "make_registries",
            lambda settings, hosts, logins: Registries(impatient(registry)),
        )
        yield registry
    assert files_with(CANARY, tmp_path) == []


@pytest.fixture
def image_far(door: Door, far: HostileRegistry) -> FarManifest:
    return FarManifest(door, far)


@pytest.fixture
def app(door: Door, far: HostileRegistry) -> FarLayer:
    return FarLayer(door, far)

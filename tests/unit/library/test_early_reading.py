"""Large layers are read while they arrive; what arrives wrong or anew is read again."""

from __future__ import annotations

import gzip
import os

import pytest

from layerscope.engine.library import Library
from layerscope.engine.library.early import EarlyReading
from layerscope.engine.library.ground import Ground
from layerscope.engine.library.indexes import index_path, known_summary
from layerscope.engine.library.passes import IndexOrder, InlinePasses
from layerscope.engine.library.values import Settings
from layerscope.engine.oci import Descriptor, Digest
from layerscope.engine.registry import Registries
from layerscope.engine.store import Store
from layerscope.engine.task import Task
from support import tars
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.stores import names
from support.visitors import cancelled_when, config_for, with_patience

BIG = gzip.compress(tars.tar(tars.member(b"noise", os.urandom(3 << 20))), 0, mtime=0)


class Watched(InlinePasses):
    """Notes which layers were read from a file that was still being written."""

    def __init__(self) -> None:
        self.early: list[bool] = []

    def run(self, work, *args, task):  # type: ignore[no-untyped-def]  # as its base
        if isinstance(args[0], IndexOrder):
            self.early.append(args[0].arriving is not None)
        return super().run(work, *args, task=task)


@pytest.fixture
def passes() -> Watched:
    return Watched()


@pytest.fixture
def ground(store: Store, far: HostileRegistry, passes: Watched) -> Ground:
    registries = Registries(with_patience(config_for(far)))
    return Ground(store, Settings(), passes, registries=registries)


def test_a_large_layer_is_read_on_its_way(
    library: Library, ground: Ground, far: HostileRegistry, passes: Watched
) -> None:
    far.serve_image("app", "1", [BIG])
    library.pull(f"{far.host}/app:1", task=Task())
    assert passes.early == [True]
    assert index_path(ground.store, Digest.of(BIG)).exists()


def test_bytes_that_come_anew_are_read_anew(
    library: Library, ground: Ground, far: HostileRegistry, passes: Watched
) -> None:
    far.serve_image("app", "1", [BIG])
    wrong = BIG[:-100] + bytes(100)
    far.serve_blob("app", BIG, Reply(body=wrong), Reply(body=BIG))
    library.pull(f"{far.host}/app:1", task=Task())
    assert passes.early[-1] is False
    summary = known_summary(ground, Digest.of(BIG))
    assert summary is not None
    assert summary.matches


def test_a_cancelled_pull_gives_its_seats_back(
    library: Library, store: Store, ground: Ground, far: HostileRegistry, passes: Watched
) -> None:
    far.serve_image("app", "1", [BIG])
    far.serve_blob("app", BIG, Reply(body=BIG, ranges=True, stall=2_000_000))
    with cancelled_when(far.stalled) as task:
        library.pull(f"{far.host}/app:1", task=task)
    assert names(store) == {}
    assert passes.early == [True]
    assert ground.early.acquire(blocking=False)
    assert ground.early.acquire(blocking=False)


def test_without_a_seat_a_layer_is_read_afterwards(
    library: Library, ground: Ground, far: HostileRegistry, passes: Watched
) -> None:
    while ground.early.acquire(blocking=False):
        pass
    far.serve_image("app", "1", [BIG])
    library.pull(f"{far.host}/app:1", task=Task())
    assert passes.early == [False]


def test_a_layer_without_a_diff_id_is_not_believed_early(ground: Ground, store: Store) -> None:
    early = EarlyReading(ground, Task())
    layer = Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", Digest.of(BIG), len(BIG))
    early.begin(1, layer, None, store.path, urgent=True)
    assert early.outcome(1, lambda _: None) is None
    early.close()

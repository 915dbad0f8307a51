"""What running work uses, or may be bringing, is never freed."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from layerscope.engine.oci import Digest, media_types
from layerscope.engine.store import Operation, Store
from support.stores import (
    age,
    blobs_on_disk,
    store_image,
)

DAY = 24 * 3600


def test_what_running_work_uses_is_not_freed(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer" * 100], "app:1")
    worker = Store.open(store.path)
    with worker.lease() as lease:
        lease.keep([Digest.of(b"layer" * 100)])
        plan = store.plan(remove=[image.digest])
        assert plan.leased == 500
        store.apply(plan)
        assert worker.has(store.reach(image).blobs[0]) is False
        assert Digest.of(b"layer" * 100).hex in blobs_on_disk(store)


def test_a_lease_taken_after_the_plan_holds_as_well(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer" * 100], "app:1")
    plan = store.plan(remove=[image.digest])
    with Store.open(store.path).lease() as lease:
        lease.keep([Digest.of(b"layer" * 100)])
        change = store.apply(plan)
    assert change.reclaimed == plan.reclaimed - 500
    assert Digest.of(b"layer" * 100).hex in blobs_on_disk(store)


def test_the_lease_of_a_dead_process_holds_nothing(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer" * 100], "app:1")
    script = (
        "import os, sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from layerscope.engine.store import Store\n"
        "from layerscope.engine.oci import Digest\n"
        "context = Store.open(Path(sys.argv[1])).lease(); lease = context.__enter__()\n"
        "lease.keep([Digest.of(b'layer' * 100)]); os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(store.path), *filter(None, sys.path)], check=False
    )
    assert done.returncode == -9
    assert len(list((store.path / ".layerscope/leases").iterdir())) == 1
    assert store.apply(store.plan(remove=[image.digest])).reclaimed > 500
    assert blobs_on_disk(store) == {}
    assert list((store.path / ".layerscope/leases").iterdir()) == []


def test_young_blobs_that_nothing_names_are_left_to_whoever_brings_them(store: Store) -> None:
    with store.lease() as lease:
        young = lease.put(b"young", media_types.OCI_LAYER)
        old = lease.put(b"old", media_types.OCI_LAYER)
        held = lease.put(b"held", media_types.OCI_LAYER)
    age(store, old.digest, DAY + 60)
    age(store, held.digest, DAY + 60)
    with Store.open(store.path).lease() as lease:
        lease.keep([held.digest])
        plan = store.plan(orphans=True)
        assert [(blob.digest, blob.orphan) for blob in plan.blobs] == [(old.digest, True)]
        change = store.apply(plan)
    assert change.kind is Operation.PRUNE
    assert change.reclaimed == 3
    assert store.has(young)
    assert store.has(held)
    store.undo()
    assert store.has(old)


def test_a_clock_that_jumps_a_day_ahead_takes_nothing_from_running_work(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.lease() as lease:
        blob = lease.put(b"content", media_types.OCI_LAYER)
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 2 * DAY)
        assert store.plan(orphans=True).blobs == ()
        assert store.has(blob)

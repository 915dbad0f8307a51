"""Stores in which others are at work, asleep or dead."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from layerscope.engine.errors import LayerscopeError
from layerscope.engine.task import Task
from support.bad_inputs import Door, again, is_one_sentence
from support.programs import environment
from support.tars import member, tar

LAYER = tar(member(b"f", b"x" * 3000), member(b"d/g", b"yy"))
OTHER = tar(member(b"d/.wh.g"), member(b"h", b"z"))

HOLDER = """
import sys, time
from pathlib import Path
from layerscope.engine.store import Store
store = Store.open(Path(sys.argv[1]))
with store.lease() as lease:
    print(lease.put(b"brought by a slow pull", "application/octet-stream").digest.hex, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def sleeper(door: Door) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that has brought a blob no image names yet, and is suspended."""
    command = [sys.executable, "-c", HOLDER, str(door.store)]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        digest = process.stdout.readline().strip()
        process.send_signal(signal.SIGSTOP)
        yield process, digest
        process.kill()


def test_a_suspended_process_keeps_what_it_brought_and_a_dead_one_does_not(
    door: Door, sleeper: tuple[subprocess.Popen[str], str]
) -> None:
    """S07: a laptop that slept for two days; nothing depends on clocks."""
    process, digest = sleeper
    blob = door.store / "blobs" / "sha256" / digest
    long_ago = 1_000_000_000
    os.utime(blob, (long_ago, long_ago))
    lease = door.store / ".layerscope" / "leases"
    for path in lease.iterdir():
        os.utime(path, (long_ago, long_ago))

    def prune() -> None:
        library = again(door).library
        library.apply(library.plan_prune(all_unused=True, task=Task()), task=Task())
        door.plant(LAYER)

    prune()
    assert blob.read_bytes() == b"brought by a slow pull"
    process.kill()
    process.wait()
    os.utime(blob, (long_ago, long_ago))
    prune()
    assert not blob.exists()


def test_an_image_that_goes_while_it_is_looked_at_is_missed_in_a_sentence(door: Door) -> None:
    """S07: by another process; and what is open stays readable."""
    door.plant(LAYER, OTHER)
    rows = door.rows()
    entry = rows[b"f"].entry
    assert entry is not None
    other = again(door)
    other.library.apply(other.library.plan_removal(["bad:1"], task=Task()), task=Task())
    for call in (
        lambda: door.library.browse("bad:1", task=Task()),
        lambda: door.library.read_file("bad:1", *entry, 0, 10, task=Task()),
        lambda: door.library.image("bad:1", task=Task()),
    ):
        with pytest.raises(LayerscopeError) as caught:
            call()
        is_one_sentence(f"{caught.value} {caught.value.hint}".strip(), "bad:1")
    other.library.undo(task=Task())
    assert door.rows() == rows


def test_a_root_of_unknown_type_stops_a_prune_from_freeing_anything(door: Door) -> None:
    """S07: it may need any blob."""
    stray = door.store / "blobs" / "sha256" / ("5" * 64)
    stray.write_bytes(b"perhaps it is needed")
    os.utime(stray, (0, 0))
    index = json.loads((door.store / "index.json").read_bytes())
    unknown = {
        "mediaType": "application/vnd.acme.tree.v1",
        "digest": f"sha256:{'4' * 64}",
        "size": 3,
    }
    index["manifests"].append(unknown)
    (door.store / "index.json").write_text(json.dumps(index))
    fresh = again(door)
    plan = fresh.library.plan_prune(task=Task())
    fresh.library.apply(plan, task=Task())
    assert stray.exists()
    assert set(fresh.rows("good:1")) == {b"good.txt", b"more"}

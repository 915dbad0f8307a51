"""Several processes on one store at the same moment: nobody's work is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from layerscope.engine.errors import StoreBusy
from layerscope.engine.oci import Digest, media_types
from layerscope.engine.store import Store
from layerscope.engine.task import Cancelled, Task
from support.stores import names, ref, store_image

TESTS = Path(__file__).parents[2]
PRELUDE = """
import os, sys, json
sys.path[:0] = sys.argv[2:4]
from pathlib import Path
from support.stores import *
from layerscope.engine.errors import *
from layerscope.engine.oci import *
from layerscope.engine.store import Store
store = Store.open(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
"""


class Crowd:
    """Processes that all begin at the same moment."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._members: list[subprocess.Popen[str]] = []

    def add(self, script: str, *arguments: str) -> None:
        command = [sys.executable, "-B", "-c", PRELUDE + script, str(self._store.path)]
        command += [str(TESTS.parent / "app"), str(TESTS), *arguments]
        self._members.append(
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )

    def run(self) -> list[str]:
        """Let them loose; what each has said when all are done."""
        for member in self._members:
            assert member.stdout is not None
            assert member.stdout.readline() == "ready\n", member.communicate()[1]
        for member in self._members:
            assert member.stdin is not None
            member.stdin.write("go\n")
            member.stdin.flush()
        said = [member.communicate(timeout=120) for member in self._members]
        for member, (_, errors) in zip(self._members, said, strict=True):
            assert member.returncode == 0, errors
        return [out for out, _ in said]


@pytest.fixture
def crowd(store: Store) -> Crowd:
    return Crowd(store)


def test_twelve_processes_that_tag_at_once_keep_twelve_tags(store: Store, crowd: Crowd) -> None:
    """skopeo keeps 1 of 12, umoci 2 to 5."""
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:0")
    for number in range(1, 13):
        script = "store.tag(Digest.parse(sys.argv[4]), ref(sys.argv[5]))"
        crowd.add(script, str(image.digest), f"app:{number}")
    crowd.run()
    assert len(names(store)) == 13


def test_processes_that_store_the_same_blob_write_it_once(store: Store, crowd: Crowd) -> None:
    script = """
data = b"x" * 3_000_000
layer = Descriptor(media_types.OCI_LAYER, Digest.of(data), len(data))
written = 0
with store.lease() as lease, lease.write(layer) as writer:
    while not writer.present and writer.offset < len(data):
        writer.write(data[writer.offset : writer.offset + 100_000])
        written += 100_000
    writer.commit()
print(written)
"""
    for _ in range(4):
        crowd.add(script)
    assert sorted(map(int, crowd.run())) == [0, 0, 0, 3_000_000]


def test_pulls_and_prunes_at_once_lose_nothing(store: Store, crowd: Crowd) -> None:
    """A pull whose layers are there already must not lose them to a prune that runs beside it."""
    pulling = """
for turn in range(8):
    with store.lease() as lease:
        store_image(lease, [b"base" * 1000, b"%d" % (turn % 3)], f"app:{sys.argv[4]}", mark="x")
    entry = [e for e in store.entries() if e.name == f"docker.io/library/app:{sys.argv[4]}"]
    if entry:
        assert planning_complete(store, entry[0].descriptor)
"""
    pulling = (
        "def planning_complete(store, descriptor):\n"
        "    return all(store.has(blob) for blob in store.reach(descriptor).blobs)\n" + pulling
    )
    pruning = """
for turn in range(12):
    for blob in (store.path / "blobs/sha256").iterdir():
        try: os.utime(blob, (1, 1))
        except FileNotFoundError: pass
    try:
        chosen = [e.descriptor.digest for e in store.entries() if e.name is None]
        store.apply(store.plan(remove=chosen, orphans=True))
    except StoreChanged:
        pass
"""
    for number in range(3):
        crowd.add(pulling, str(number))
    crowd.add(pruning)
    crowd.add(pruning)
    crowd.run()
    assert set(names(store)) == {"app:0", "app:1", "app:2"}
    assert store.verify().damage == ()


def test_processes_that_make_a_store_at_once_make_one(tmp_path: Path) -> None:
    script = (
        "import os, sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path; from support.stores import *\n"
        "store = Store.open(Path(sys.argv[1]))\n"
        "with store.lease() as lease: store_image(lease, [b'x'], f'app:{os.getpid()}')"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "new/store")]
    command += [str(TESTS.parent / "app"), str(TESTS)]
    made = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(6)]
    for process in made:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
    store = Store.open(tmp_path / "new/store")
    assert len(names(store)) == 6
    assert store.verify().findings == ()


def test_a_busy_store_names_who_holds_it_and_can_still_be_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    monkeypatch.setattr("layerscope.engine.content.locks.PATIENCE", 0.2)
    with store._folder.lock.held(Task()):
        with pytest.raises(StoreBusy) as caught:
            store.tag(image.digest, ref("app:2"))
        assert f"Process {os.getpid()}" in caught.value.holder
        assert "since" in caught.value.holder
        assert "still works" in caught.value.hint
        assert list(names(Store.open(store.path))) == ["app:1"]
    store.tag(image.digest, ref("app:2"))


def test_waiting_for_a_busy_store_can_be_cancelled(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
    task = Task()
    ended = threading.Event()

    def tag() -> None:
        with pytest.raises(Cancelled):
            store.tag(image.digest, ref("app:2"), task)
        ended.set()

    with store._folder.lock.held(Task()):
        thread = threading.Thread(target=tag)
        thread.start()
        task.cancel()
        assert ended.wait(0.25)
    thread.join(5)
    assert list(names(store)) == ["app:1"]


def test_threads_of_one_process_exclude_each_other_as_well(store: Store) -> None:
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:0")
        threads = [
            threading.Thread(target=store.tag, args=(image.digest, ref(f"app:{number}")))
            for number in range(1, 9)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(names(store)) == 9
    index = json.loads((store.path / "index.json").read_bytes())
    assert len(index["manifests"]) == 9


def test_a_lease_ends_with_its_block(store: Store) -> None:
    with store.lease() as lease:
        lease.keep([Digest.of(b"x")])
        assert len(list((store.path / ".layerscope/leases").iterdir())) == 1
    assert list((store.path / ".layerscope/leases").iterdir()) == []


def test_what_comes_and_what_goes_wait_for_each_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A blob that is stored while a removal decides about it would be lost."""
    with store.lease() as lease:
        image = store_image(lease, [b"layer"], "app:1")
        monkeypatch.setattr("layerscope.engine.content.locks.PATIENCE", 0.05)
        gc_lock = store._folder.gc_lock
        with gc_lock.held(Task()):
            with lease.new_blob(media_types.OCI_LAYER) as new:
                new.write(b"layer")
                with pytest.raises(StoreBusy):
                    new.commit()
            for coming in (
                lambda: lease.keep([image.digest]),
                lambda: lease.put(b"layer", media_types.OCI_LAYER),
                lambda: lease.publish(image, []),
                lambda: store.tag(image.digest, ref("app:2")),
                lambda: store.untag(ref("app:1")),
            ):
                with pytest.raises(StoreBusy):
                    coming()
        plan = store.plan(remove=[image.digest])
        with gc_lock.held(Task(), shared=True):
            for going in (lambda: store.apply(plan), store.undo, store.redo, store.empty_trash):
                with pytest.raises(StoreBusy):
                    going()
            lease.keep([image.digest])
            store.tag(image.digest, ref("app:2"))
    assert set(names(store)) == {"app:1", "app:2"}


def test_a_blob_of_unknown_digest_is_leased_once_it_is_known(store: Store) -> None:
    with store.lease() as lease, lease.new_blob(media_types.OCI_LAYER) as new:
        new.write(b"content")
        blob = new.commit()
        os.utime(store.blob_path(blob.digest), (1, 1))
        assert Store.open(store.path).plan(orphans=True).blobs == ()
    assert len(store.plan(orphans=True).blobs) == 1

"""skopeo copies into our store, without any lock, while we do everything that we can do to it."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from layerscope.engine.errors import StoreChanged
from layerscope.engine.oci import Digest
from layerscope.engine.store import Store
from support.stores import names, ref, store_image
from support.tars import member, tar

pytestmark = pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed")

LEAST, COPIES = 12, 4


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


class Copies:
    """Copies into our store by skopeo, each of an image of its own, one after the other: several at
    once overwrite each other's lists from ever older copies, and nobody can tell then what was
    meant to stay."""

    def __init__(self, store: Path, sources: list[Path]) -> None:
        self._store = store
        self._sources = sources
        self._running: subprocess.Popen[bytes] | None = None

    def going_on(self) -> bool:
        """Whether there is one at work or left to begin."""
        if self._running is not None and self._running.poll() is None:
            return True
        if not self._sources:
            return False
        source = f"oci:{self._sources.pop()}:docker.io/library/theirs:1"
        target = f"oci:{self._store}:copied-{len(self._sources)}"
        command = ["skopeo", "copy", "--insecure-policy", "-q", source, target]
        self._running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        return True


@pytest.fixture
def copies(store: Store, tmp_path: Path) -> Copies:
    sources = []
    for number in range(COPIES):
        theirs = Store.open(tmp_path / f"theirs-{number}")
        with theirs.lease() as lease:
            store_image(lease, [tar(member(b"theirs", b"%d" % number * 999))], "theirs:1")
        sources.append(theirs.path)
    return Copies(store.path, sources)


def remove(store: Store, digest: Digest) -> None:
    """As a person does it: who is told that the store changed meanwhile looks again."""
    for _ in range(50):
        with suppress(StoreChanged):
            store.apply(store.plan(remove=[digest], orphans=True))
            return
    raise AssertionError("the store never kept still")


def test_what_we_store_name_and_keep_is_there_when_skopeo_is_done(
    store: Store, copies: Copies
) -> None:
    kept: set[str] = set()
    turn = 0
    while copies.going_on() or turn < LEAST:
        with store.lease() as lease:
            stays = store_image(lease, [b"shared", b"stays %d" % turn], f"stays:{turn}")
            goes = store_image(lease, [b"shared", b"goes %d" % turn], f"goes:{turn}")
        store.tag(stays.digest, ref(f"also:{turn}"))
        remove(store, goes.digest)
        kept |= {f"stays:{turn}", f"also:{turn}"}
        turn += 1
    found = Store.open(store.path)
    assert found.writable
    assert kept <= set(names(found))
    assert not any(name.startswith("goes:") for name in names(found))
    assert any("copied-" in name for name in names(found))
    assert found.verify().damage == ()

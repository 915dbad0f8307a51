"""skopeo copies into our store, without any lock, while we do everything that we can do to it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
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


@pytest.fixture
def copies(store: Store, tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Copies into our store that have begun at the same time, each of an image of its own."""
    running = []
    for number in range(COPIES):
        theirs = Store.open(tmp_path / f"theirs-{number}")
        with theirs.lease() as lease:
            store_image(lease, [tar(member(b"theirs", b"%d" % number * 999))], "theirs:1")
        source = f"oci:{theirs.path}:docker.io/library/theirs:1"
        target = f"oci:{store.path}:copied-{number}"
        command = ["skopeo", "copy", "--insecure-policy", "-q", source, target]
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
    yield running
    for copy in running:
        copy.wait(60)


def remove(store: Store, digest: Digest) -> None:
    """As a person does it: who is told that the store changed meanwhile looks again."""
    for _ in range(50):
        with suppress(StoreChanged):
            store.apply(store.plan(remove=[digest], orphans=True))
            return
    raise AssertionError("the store never kept still")


def test_what_we_store_name_and_keep_is_there_when_skopeo_is_done(
    store: Store, copies: list[subprocess.Popen[bytes]]
) -> None:
    kept: set[str] = set()
    turn = 0
    while turn < LEAST or any(copy.poll() is None for copy in copies):
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

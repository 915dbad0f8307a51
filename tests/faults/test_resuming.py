"""A pull that is killed or cut goes on from there: what came twice is counted and stays small."""

from __future__ import annotations

import gzip
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from layerscope.engine.library import Library, open_library, remote
from layerscope.engine.library.passes import InlinePasses
from layerscope.engine.oci import Digest
from layerscope.engine.registry import Registries
from layerscope.engine.registry.http.answer import CHUNK
from layerscope.engine.task import Task
from support.command_line import CommandLine
from support.hostile_registry import HostileRegistry
from support.replies import Reply
from support.tars import member, tar
from support.visitors import config_for, eventually

LAYER = gzip.compress(tar(member(b"noise", random.Random(9).randbytes(3_000_000))), 0, mtime=0)
DIGEST = str(Digest.of(LAYER))
BLOB = f"/v2/app/blobs/{DIGEST}"
STEP = 400_000
KILLS, CUTS = 4, 4


@pytest.fixture
def far() -> Iterator[HostileRegistry]:
    with HostileRegistry() as registry:
        registry.serve_image("app", "1", [LAYER])
        yield registry


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    return CommandLine(tmp_path)


def pull(shell: CommandLine, far: HostileRegistry) -> dict[str, int]:
    told: dict[str, int] = shell.json("pull", f"{far.host}/app:1", "--plain-http", far.host)
    assert shell.json("verify")["findings"] == []
    assert (shell.store / "blobs/sha256" / DIGEST[7:]).read_bytes() == LAYER
    return told


def starts(far: HostileRegistry) -> list[int]:
    """Where each answer with bytes of the layer began."""
    asked = [seen.headers.get("range", "bytes=0-") for seen in far.asked("GET", BLOB)]
    return [int(each.removeprefix("bytes=").partition("-")[0]) for each in asked]


def here(store: Path) -> int:
    """Bytes of the layer that would outlive the process."""
    places = (store / ".layerscope").rglob(f"*{DIGEST[7:]}*")
    return max((path.stat().st_size for path in places if path.is_file()), default=0)


def test_a_killed_pull_goes_on_where_it_was(far: HostileRegistry, shell: CommandLine) -> None:
    """kill -9 while the registry is silent in the middle of the layer, again and again."""
    for kill in range(1, KILLS + 1):
        far.on("GET", BLOB, Reply(body=LAYER, ranges=True, stall=STEP))
        far.stalled.clear()
        process = shell.start("pull", f"{far.host}/app:1", "--plain-http", far.host)
        try:
            assert far.stalled.wait(20)
            assert eventually(lambda kill=kill: here(shell.store) > kill * (STEP - CHUNK))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate()
    far.on("GET", BLOB, Reply(body=LAYER, ranges=True))
    told = pull(shell, far)
    sent = KILLS * STEP + len(LAYER) - starts(far)[-1]
    twice = sent - len(LAYER)
    print(f"{KILLS} kills: {twice} bytes of {len(LAYER)} sent twice, {told['resumed']} resumed")
    assert 0 <= twice <= KILLS * CHUNK
    assert told["resumed"] == starts(far)[-1] >= KILLS * (STEP - CHUNK)
    assert told["downloaded"] == len(LAYER) - told["resumed"]
    assert told["downloaded_twice"] == 0


@pytest.fixture
def library(
    far: HostileRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Library]:
    registries = Registries(config_for(far))
    monkeypatch.setattr(remote, "make_registries", lambda settings, hosts, logins: registries)
    yield open_library(tmp_path / "store", InlinePasses())
    registries.close()


def test_a_cut_pull_goes_on_where_it_was(far: HostileRegistry, library: Library) -> None:
    cut = Reply(body=LAYER, ranges=True, cut=STEP)
    far.on("GET", BLOB, *[cut] * CUTS, Reply(body=LAYER, ranges=True))
    told = library.pull(f"{far.host}/app:1", task=Task())
    twice = CUTS * STEP - starts(far)[-1]
    print(f"{CUTS} cuts: {twice} bytes of {len(LAYER)} sent twice")
    assert len(starts(far)) == CUTS + 1
    assert 0 <= twice <= CUTS * CHUNK
    assert told.downloaded == len(LAYER)
    assert told.downloaded_twice == 0
    assert library.verify(task=Task()).findings == ()


def test_what_a_registry_without_ranges_sends_twice_is_told(
    far: HostileRegistry, library: Library
) -> None:
    far.on("GET", BLOB, Reply(body=LAYER, cut=STEP), Reply(body=LAYER))
    told = library.pull(f"{far.host}/app:1", task=Task())
    assert told.downloaded_twice >= STEP - CHUNK
    assert told.downloaded == len(LAYER) + told.downloaded_twice

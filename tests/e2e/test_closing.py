"""Closing the window in the middle of work: quick, quiet, nothing left behind, nothing lost."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support import archives, tars
from support.busy_windows import busy_window
from support.command_line import CommandLine
from support.hostile_registry import HostileRegistry
from support.processes import Process, descendants
from support.replies import Reply

GOAL = 2.0
PATIENCE = 4.0  #: on a machine that does other things besides
_NOISE = ("This plugin does not support propagateSizeHints",)
_NAME = "docker.io/library/large:1"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OCI layout whose one layer takes seconds to index: 600,000 entries, packed small."""
    block = b"".join(tars.header(b"folder/name-%06d" % number) for number in range(10_000))
    member, count = gzip.compress(block, 1, mtime=0), 60
    digest = hashlib.sha256()
    for _ in range(count):
        digest.update(block)
    digest.update(tars.END)
    layout = archives.Layout()
    diff_ids = [f"sha256:{digest.hexdigest()}"]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }
    blob = member * count + gzip.compress(tars.END, mtime=0)
    manifest = {
        "schemaVersion": 2,
        "mediaType": archives.OCI_MANIFEST,
        "config": layout.blob(archives.dumped(config), archives.OCI_CONFIG),
        "layers": [layout.blob(blob, archives.OCI_LAYER_GZIP)],
    }
    names = {archives.REF_NAME: _NAME, archives.IMAGE_NAME: _NAME}
    entry = layout.blob(archives.dumped(manifest), archives.OCI_MANIFEST, annotations=names)
    return archives.as_folder(layout.whole(entry), tmp_path_factory.mktemp("large") / "layout")


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    """Of a user who knows no registry yet."""
    return CommandLine(tmp_path)


def closes(process: subprocess.Popen[str], how: str) -> None:
    """End it, and see that it ends as it must."""
    family = descendants(process.pid)
    assert family, "the window has no worker"
    start = time.monotonic()
    if how == "close":
        assert process.stdin is not None
        process.stdin.write("close\n")
        process.stdin.flush()
    else:
        process.send_signal(signal.SIGTERM)
    process.wait(20)
    taken = time.monotonic() - start
    print(f"closed by {how} in {taken:.2f} s (goal {GOAL} s)")
    complaints = process.communicate()[1].splitlines()
    assert [line for line in complaints if not any(noise in line for noise in _NOISE)] == []
    assert process.returncode == 0
    assert taken < PATIENCE
    assert not _left(family), "processes are left behind"


def _left(family: list[Process]) -> list[Process]:
    """Who is still there after a moment for the system to clear away the dead."""
    end = time.monotonic() + 2
    while (left := [one for one in family if one.alive]) and time.monotonic() < end:
        os.sched_yield()
    return left


@pytest.mark.parametrize("how", ["close", "SIGTERM"])
def test_a_pull_is_broken_off_and_its_bytes_are_kept(
    tmp_path: Path, shell: CommandLine, how: str
) -> None:
    noise = random.Random(3).randbytes(3_000_000)
    blob = gzip.compress(tars.tar(tars.member(b"noise", noise)), 0, mtime=0)
    with HostileRegistry() as far:
        far.serve_image("app", "1", [blob])
        far.serve_blob("app", blob, Reply(body=blob, ranges=True, stall=1_500_000))
        with busy_window(tmp_path, "pull", f"{far.host}/app:1") as process:
            closes(process, how)
        far.serve_blob("app", blob)
        assert shell.json("images") == []
        pulled = shell.json("pull", f"{far.host}/app:1")
        assert pulled["downloaded"] < len(blob) - 700_000
    assert shell.json("verify")["findings"] == []


@pytest.mark.parametrize("how", ["close", "SIGTERM"])
def test_an_index_pass_is_broken_off(
    tmp_path: Path, shell: CommandLine, large: Path, how: str
) -> None:
    with busy_window(tmp_path, "load", str(large)) as process:
        closes(process, how)
    assert shell.json("verify")["findings"] == []


@pytest.mark.parametrize("how", ["close", "SIGTERM"])
def test_reading_the_layers_of_an_image_is_broken_off(
    tmp_path: Path, shell: CommandLine, large: Path, how: str
) -> None:
    _copy(large, shell.store)
    with busy_window(tmp_path, "open", _NAME) as process:
        closes(process, how)
    assert shell.json("verify")["findings"] == []
    assert [row["references"] for row in shell.json("images")] == [[_NAME]]


def test_the_window_leaves_the_settings_of_the_engine_alone(
    tmp_path: Path, shell: CommandLine
) -> None:
    settings = tmp_path / "layerscope" / "settings.json"
    settings.parent.mkdir()
    kept = {"registries": ["registry.example"], "ca_files": {}}
    settings.write_text(json.dumps(kept))
    with busy_window(tmp_path, "idle", "-") as process:
        closes(process, "close")
    assert json.loads(settings.read_text()) == kept


def _copy(layout: Path, store: Path) -> None:
    files = {
        str(path.relative_to(layout)): path.read_bytes()
        for path in layout.rglob("*")
        if path.is_file()
    }
    archives.as_folder(files, store)

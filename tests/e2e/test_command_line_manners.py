"""How the program on the command line behaves, whatever is asked of it and however it ends."""

from __future__ import annotations

import contextlib
import gzip
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support import archives, tars
from support.command_line import CommandLine
from support.hostile_registry import HostileRegistry
from support.replies import Reply


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    """Of a user who knows no registry yet."""
    return CommandLine(tmp_path)


def test_a_killed_pull_goes_on_where_it_stopped(shell: CommandLine) -> None:
    noise = tars.tar(tars.member(b"noise", bytes(range(256)) * 8000))
    blob = gzip.compress(noise, 0, mtime=0)
    with HostileRegistry() as far:
        far.serve_image("app", "1", [blob])
        digest = far.serve_blob("app", blob, Reply(body=blob, ranges=True, stall=1_500_000))
        process = shell.start("pull", f"{far.host}/app:1")
        partial = shell.store / ".layerscope" / "partial"
        _until(lambda: _largest(partial) > 1_000_000)
        process.kill()
        process.communicate(timeout=20)
        assert shell.json("images") == []
        far.serve_blob("app", blob)
        pulled = shell.json("pull", f"{far.host}/app:1")
        assert pulled["downloaded"] < 1_100_000
        last = far.asked("GET", f"/v2/app/blobs/{digest}")[-1]
        assert int(last.headers["range"].removeprefix("bytes=").rstrip("-")) > 1_000_000
    assert shell.json("verify")["findings"] == []


def test_ctrl_c_ends_a_pull_quickly_and_keeps_what_came(shell: CommandLine) -> None:
    blob = gzip.compress(tars.tar(tars.member(b"noise", bytes(range(256)) * 8000)), 0, mtime=0)
    with HostileRegistry() as far:
        far.serve_image("app", "1", [blob])
        far.serve_blob("app", blob, Reply(body=blob, ranges=True, stall=1_500_000))
        process = shell.start("pull", f"{far.host}/app:1")
        partial = shell.store / ".layerscope" / "partial"
        _until(lambda: _largest(partial) > 1_000_000)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=20)
        assert time.monotonic() - begin < 2
        assert process.returncode == 130
        assert "Traceback" not in complaint.decode()
        assert shell.json("df")["partial"] > 1_000_000


def test_a_reader_that_goes_away_is_no_error(shell: CommandLine, tmp_path: Path) -> None:
    entries = [tars.member(b"file%06d" % number) for number in range(5000)]
    files = archives.layout_of(tars.tar(*entries), name="many")
    shell.run("load", str(archives.as_folder(files, tmp_path / "many")))
    (image,) = shell.json("images")
    process = shell.start("files", image["image_id"], "--recursive", "--json")
    assert process.stdout is not None
    process.stdout.read(100)
    process.stdout.close()
    assert process.stderr is not None
    complaint = process.stderr.read().decode()
    process.wait(30)
    process.stderr.close()
    assert "Traceback" not in complaint
    assert "Error" not in complaint


def test_complaints_are_one_sentence_with_the_right_status(shell: CommandLine) -> None:
    assert "nothing-here" in shell.refused("layers", "nothing-here")
    assert "lower case" in shell.refused("reference", "Upper/Case")
    assert "127.0.0.1" in shell.refused("pull", "127.0.0.1:1/app")
    assert "--help" in shell.refused("bogus", status=2)
    assert "--help" in shell.refused("images", "--bogus", status=2)
    assert "not a number" in shell.refused("files", "x", "--as-of", "0", status=2)
    assert "no file" in shell.refused("load", "/nonexistent/x.tar")
    assert "nothing to undo" in shell.refused("undo").lower()


def test_help_and_version_need_no_store(shell: CommandLine) -> None:
    out, _ = shell.run("--help")
    assert all(word in out.decode() for word in ("pull", "trace", "prune"))
    assert shell.run("--version")[0].startswith(b"layerscope ")
    assert not shell.store.exists()


def test_a_store_whose_list_is_no_file_is_looked_at_and_told_of(shell: CommandLine) -> None:
    (shell.store / "index.json").mkdir(parents=True)
    (shell.store / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    assert shell.json("images") == []
    _, complaint = shell.run("images")
    assert complaint.count("\n") == 1
    assert "index.json" in complaint


def test_names_that_steer_terminals_are_shown_harmless(shell: CommandLine, tmp_path: Path) -> None:
    evil = b"evil\x1b[31m\n\xe2\x80\xaename\xff"
    files = archives.layout_of(tars.tar(tars.member(evil, b"x")), name="evil")
    shell.run("load", str(archives.as_folder(files, tmp_path / "evil")))
    identity = shell.run("images", "-q")[0].decode().strip()
    out, _ = shell.run("files", identity)
    assert b"\x1b" not in out
    assert len(out.splitlines()) == 2
    (row,) = shell.json("files", identity)
    assert row["path"].encode("utf-8", "surrogateescape") == evil
    assert shell.run("cat", identity, os.fsdecode(evil))[0] == b"x"


def test_the_command_line_brings_no_qt(shell: CommandLine) -> None:
    code = (
        "import sys; from layerscope.cli.main import main; "
        "status = main(lambda store: 9, ['images', '--json']); "
        "print(status, [name for name in sys.modules if name.startswith('PySide6')], "
        "'requests' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={**shell.environment, "XDG_DATA_HOME": str(shell.home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert out.stdout.splitlines()[-1] == "0 [] False"


def _largest(folder: Path) -> int:
    """The size of the largest file in a folder where files come and go."""
    sizes = [0]
    for path in folder.glob("*"):
        with contextlib.suppress(FileNotFoundError):
            sizes.append(path.stat().st_size)
    return max(sizes)


def _until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        os.sched_yield()

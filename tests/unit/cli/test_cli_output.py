"""What the command line shows to people: aligned, on one line, harmless, and never in the way."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from layerscope.cli import tables
from layerscope.cli.arguments import Usage, parse
from layerscope.cli.main import main
from layerscope.cli.progress import told
from layerscope.engine.task import (
    Cancelled,
    LayerProgress,
    LayerState,
    Progress,
    Task,
    TransferProgress,
)
from support.command_line import ROOT, CommandLine


def transfer(*states: LayerState) -> TransferProgress:
    layers = tuple(
        LayerProgress(number, f"sha256:{number:064x}", 1000, state, 500)
        for number, state in enumerate(states, 1)
    )
    return TransferProgress("app:1", "linux/amd64", layers, 500, 2000)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2


def test_columns_are_as_wide_as_they_must_be(capsys: pytest.CaptureFixture[str]) -> None:
    tables.table(("A", "NAME"), [("1", "x"), ("12345", "y")])
    assert capsys.readouterr().out == "A      NAME\n1      x\n12345  y\n"


def test_long_tables_flow(capsys: pytest.CaptureFixture[str]) -> None:
    """Rows are printed while later ones are still being made."""

    def rows() -> Iterator[tuple[str, str]]:
        for number in range(20_000):
            if number == 10_000:
                assert capsys.readouterr().out.count("\n") > 5000
            yield str(number), "x"

    tables.table(("N", "X"), rows())


def test_cells_cannot_break_lines_or_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    tables.table(("NAME",), [("a\nb\x1b[31m\u202e",)])
    out = capsys.readouterr().out
    assert out.count("\n") == 2
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_a_log_gets_one_line_for_each_layer_that_is_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with told(Task()) as task:
        for _ in range(100):
            task.report(transfer(LayerState.EXISTS, LayerState.DOWNLOADING))
        task.report(transfer(LayerState.EXISTS, LayerState.COMPLETE))
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["000000000000: Already exists", "000000000000: Pull complete"]


def test_a_terminal_is_redrawn_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr("os.get_terminal_size", lambda _fd: os.terminal_size((80, 24)))
    with told(Task()) as task:
        task.report(transfer(LayerState.DOWNLOADING, LayerState.WAITING))
        task.report(transfer(LayerState.COMPLETE, LayerState.COMPLETE))
    text = screen.getvalue()
    assert "\x1b[3F" in text  # two layers and the total, drawn over
    assert "Pull complete" in text.rsplit("\x1b[3F", 1)[1]
    assert all(len(line) < 120 for line in text.splitlines())


def test_cancelling_reaches_the_work_that_is_told_about() -> None:
    outer = Task()
    with told(outer) as task:
        outer.cancel()
        with pytest.raises(Cancelled):
            task.report(Progress(1))


@pytest.mark.parametrize(
    "arguments",
    [
        ["bogus"],
        ["pull"],
        ["images", "--bogus"],
        ["files", "x", "--layer", "-1"],
        ["files", "x", "--as-of", "zwei"],
        ["inspect", "x", "--raw", "layer"],
        ["--store", "", "images"],
    ],
)
def test_a_command_line_that_cannot_be_read_is_one_sentence(arguments: list[str]) -> None:
    with pytest.raises(Usage) as caught:
        parse(arguments)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith("--help`.")


def test_options_stand_before_or_after_the_command() -> None:
    before = parse(["--store", "a", "--json", "images"])
    after = parse(["images", "--store", "a", "--json"])
    assert (before.store, before.json) == (after.store, after.json)
    assert parse(["--store", "a", "images", "--store", "b"]).store.name == "b"
    assert parse([]).command is None
    assert parse(["--plain-http", "a:1", "images"]).plain_http == ["a:1"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
@pytest.mark.parametrize(
    ("redirected", "complaint"),
    [(">&-", "output is closed"), (">/dev/full", "standard output: No space left on device")],
)
def test_an_answer_that_nobody_can_get_is_one_sentence(
    tmp_path: Path, redirected: str, complaint: str
) -> None:
    shell = CommandLine(tmp_path)
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$@" {redirected}', "sh", *shell.program, "images"],
        env=shell.environment,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_closed_standard_error_leaves_the_answer_alone(tmp_path: Path) -> None:
    shell = CommandLine(tmp_path)
    done = subprocess.run(
        ["/bin/sh", "-c", '"$@" 2>&-', "sh", *shell.program, "layers", "nothing", "--json"],
        env=shell.environment,
        stdout=subprocess.PIPE,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, b"")


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    shell = CommandLine(tmp_path)
    readme = (ROOT / "README.md").read_text("utf-8")
    example = textwrap.dedent(readme.split("## The engine in a program\n")[1].split("\nSeveral")[0])
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env=shell.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "store" / "index.json").is_file()


def test_a_bug_is_one_sentence_and_the_place_of_the_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(name: str) -> object:
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("layerscope.cli.commands.command", broken)
    assert main(lambda _store: 0, ["--store", str(tmp_path / "store"), "images"]) == 1
    out, complaint = capsys.readouterr()
    assert out == ""
    assert complaint.count("\n") == 1
    assert "ZeroDivisionError" in complaint
    (log,) = tmp_path.rglob("*.log")
    assert str(log) in complaint
    assert "nobody thought of this" in log.read_text()
